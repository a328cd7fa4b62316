//! Does each Rust file say which question it answers, and is it short enough to be read?

use super::source;
use super::tree::is_test_file;
use super::{Findings, Tree};

const LONG: usize = 300;
const TOO_LONG: usize = 500;

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.rust() {
        if !text.starts_with("//! ") {
            findings.fail(path, 1, "the first line must be `//!` and say which question the file answers");
        }
        if is_test_file(path) || text.lines().take(5).any(|line| line.contains("@generated")) {
            continue;
        }
        let lines = source::lines(text);
        let length = lines.iter().filter(|line| !line.in_test).count();
        if length > TOO_LONG {
            findings.fail(
                path,
                TOO_LONG + 1,
                format!("{length} lines without tests; the limit is {TOO_LONG}"),
            );
        } else if length > LONG {
            findings.warn(path, LONG + 1, format!("{length} lines without tests; aim at 200"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{failures, warnings};
    use super::check;

    #[test]
    fn a_file_without_a_first_line_fails() {
        assert_eq!(failures(check, &[("crates/a/src/b.rs", "use x;\n")]), ["crates/a/src/b.rs:1"]);
        assert_eq!(failures(check, &[("crates/a/tests/b.rs", "// x\n")]), ["crates/a/tests/b.rs:1"]);
    }

    #[test]
    fn length_counts_without_tests() {
        let path = "crates/a/src/b.rs";
        let code = |lines: usize| format!("//! x\n{}", "let x = 1;\n".repeat(lines - 1));
        assert!(warnings(check, &[(path, &code(300))]).is_empty());
        assert_eq!(warnings(check, &[(path, &code(301))]), ["crates/a/src/b.rs:301"]);
        assert!(failures(check, &[(path, &code(500))]).is_empty());
        assert_eq!(failures(check, &[(path, &code(501))]), ["crates/a/src/b.rs:501"]);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", code(200), "x();\n".repeat(900));
        assert!(
            failures(check, &[(path, &tested)]).is_empty() && warnings(check, &[(path, &tested)]).is_empty()
        );
        assert!(failures(check, &[("crates/a/src/tests.rs", &code(900))]).is_empty());
        let generated = format!("//! x\n// @generated\n{}", code(900));
        assert!(failures(check, &[(path, &generated)]).is_empty());
    }
}
