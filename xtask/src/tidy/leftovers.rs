//! Is everything finished? No stubs, no ignored tests, no marks of work left for later, no silenced lint without a reason.

use super::source::{self, has_word};
use super::tree::{has_extension, is_test_file};
use super::{Findings, Tree};

/// In code.
const STUBS: [&str; 4] = ["todo!", "unimplemented!", "#[ignore", "cfg_attr(miri, ignore"];
/// Anywhere, comments included. Written in halves so that this file does not find itself.
const MARKS: [&str; 3] = [concat!("FIX", "ME"), concat!("X", "XX"), concat!("TO", "DO")];
const TEXTS: [&str; 14] =
    ["rs", "md", "mjs", "js", "ts", "py", "toml", "html", "css", "ftl", "yml", "yaml", "sql", "sh"];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.files().filter(|(path, _)| has_extension(path, &TEXTS)) {
        for (index, line) in text.lines().enumerate() {
            for mark in MARKS.iter().filter(|mark| has_word(line, mark)) {
                findings.fail(path, index + 1, format!("`{mark}`: finish it or describe it in an issue"));
            }
        }
    }
    for (path, text) in tree.rust() {
        for line in source::lines(text) {
            for stub in STUBS.iter().filter(|stub| line.code.contains(*stub)) {
                findings.fail(path, line.number, format!("`{stub}` is a stub or a test that never runs"));
            }
            let silenced = line.code.contains("#[allow(") || line.code.contains("#![allow(");
            if silenced && !line.in_test && !is_test_file(path) {
                findings.fail(path, line.number, "use `#[expect(.., reason = \"..\")]` instead of `allow`");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::{MARKS, STUBS, check};

    #[test]
    fn stubs_fail_in_code_only() {
        for stub in STUBS {
            let path = "crates/a/src/b.rs";
            assert_eq!(
                failures(check, &[(path, &format!("//! x\n{stub}(1)\n"))]),
                ["crates/a/src/b.rs:2"],
                "{stub}"
            );
            assert!(failures(check, &[(path, &format!("// no {stub}\nlet a = \"{stub}\";\n"))]).is_empty());
        }
        assert_eq!(failures(check, &[("crates/a/tests/b.rs", "#[ignore]")]), ["crates/a/tests/b.rs:1"]);
    }

    #[test]
    fn marks_fail_anywhere_but_codes_do_not() {
        for mark in MARKS {
            for path in ["README.md", "interop/a.mjs", "crates/a/src/b.rs"] {
                assert_eq!(failures(check, &[(path, &format!("// {mark}: later"))]), [format!("{path}:1")]);
            }
        }
        let shape = format!("`{0}-{0}` is how a code is shown", "X".repeat(4));
        assert!(failures(check, &[("README.md", &shape)]).is_empty());
    }

    #[test]
    fn a_lint_is_not_silenced_in_silence() {
        let text = "#[allow(dead_code)]\nfn a() {}\n";
        assert_eq!(failures(check, &[("crates/a/src/b.rs", text)]), ["crates/a/src/b.rs:1"]);
        assert!(failures(check, &[("crates/a/tests/b.rs", text)]).is_empty());
    }
}
