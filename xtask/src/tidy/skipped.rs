//! Does every skipped test carry its reason in words?

use super::source::has_word;
use super::tree::{has_extension, is_test_file};
use super::{Findings, Tree};

/// How Node, Python and people skip a test.
const SKIPS: [&str; 10] = [
    ".skip(",
    "skip: true",
    "xit(",
    "xtest(",
    "test.todo(",
    "@unittest.skip",
    "@pytest.mark.skip",
    "pytest.skip(",
    "self.skipTest(",
    "raise SkipTest",
];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.files() {
        let script = has_extension(path, &["mjs", "js", "ts", "py"]) && is_test_script(path);
        let mut before = "";
        for (index, line) in text.lines().enumerate() {
            if script
                && SKIPS.iter().any(|skip| has_word(line, skip))
                && !gives_reason(line)
                && !gives_reason(before)
            {
                findings.fail(path, index + 1, "a skipped test needs its reason: `// because …`");
            }
            if has_extension(path, &["rs"]) && names_skipped_test(line, before) && !gives_reason(before) {
                findings.fail(path, index + 1, "a test named as skipped needs its reason: `// because …`");
            }
            before = line;
        }
    }
}

fn is_test_script(path: &str) -> bool {
    is_test_file(path) || path.contains(".test.") || path.ends_with("_test.py")
}

/// `fn skipped_…`, `fn …_disabled`, or a comment that says that a test does not run.
fn names_skipped_test(line: &str, before: &str) -> bool {
    let line = line.trim_start();
    let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()).unwrap_or_default();
    let named = before.trim_start().starts_with("#[test]") || before.contains("::test]");
    let parts = || name.split('_');
    let comment = line.starts_with("//") && has_word(line, "test") && !gives_reason(line);
    (named && (parts().next() == Some("skipped") || parts().next_back() == Some("disabled")))
        || (comment && (has_word(line, "skipped") || has_word(line, "disabled")) && !line.starts_with("//!"))
}

fn gives_reason(line: &str) -> bool {
    has_word(line, "because")
        || has_word(line, "reason")
        || line.contains("skip: '")
        || line.contains("skip: \"")
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::check;

    #[test]
    fn a_skipped_script_test_needs_a_reason() {
        for line in ["test.skip('a', () => {});", "test('a', { skip: true }, f);"] {
            assert_eq!(failures(check, &[("interop/a.test.mjs", line)]), ["interop/a.test.mjs:1"]);
            let reasoned = format!("// because Chromium lacks it\n{line}");
            assert!(failures(check, &[("interop/a.test.mjs", &reasoned)]).is_empty());
        }
        assert_eq!(
            failures(check, &[("interop/a_test.py", "@unittest.skip('')\n")]),
            ["interop/a_test.py:1"]
        );
        assert!(
            failures(check, &[("interop/a.test.mjs", "test('a', { skip: 'needs a radio' }, f);")]).is_empty()
        );
    }

    #[test]
    fn leaving_a_process_is_no_skipped_test() {
        assert!(
            failures(
                check,
                &[("interop/a_test.py", "sys.exit(1)"), ("interop/a.test.mjs", "process.exit(0)")]
            )
            .is_empty()
        );
    }

    #[test]
    fn a_rust_test_named_as_skipped_needs_a_reason() {
        let path = "crates/a/src/b.rs";
        assert_eq!(
            failures(check, &[(path, "#[test]\nfn skipped_for_later() {}\n")]),
            ["crates/a/src/b.rs:2"]
        );
        let comment = concat!("// this test is ", "disabled\n");
        assert_eq!(failures(check, &[(path, comment)]), ["crates/a/src/b.rs:1"]);
        assert!(
            failures(check, &[(path, "let a = b.iter().skip(1);\n#[test]\nfn blanks_are_skipped() {}")])
                .is_empty()
        );
    }
}
