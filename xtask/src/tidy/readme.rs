//! Does the README open with the two commands that are all a newcomer needs?

use super::{Findings, Tree};

const COMMANDS: [&str; 2] = ["cargo run --release -- demo", "cargo xtask test"];

pub fn check(tree: &Tree, findings: &mut Findings) {
    let Some(readme) = tree.get("README.md") else {
        findings.fail("README.md", 1, "there is no README.md");
        return;
    };
    for command in COMMANDS.iter().filter(|command| !readme.contains(*command)) {
        findings.fail("README.md", 1, format!("the README does not show `{command}`"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::check;

    #[test]
    fn both_commands_are_shown() {
        assert_eq!(failures(check, &[]), ["README.md:1"]);
        assert_eq!(failures(check, &[("README.md", "cargo xtask test")]), ["README.md:1"]);
        assert!(
            failures(check, &[("README.md", "cargo run --release -- demo\ncargo xtask test")]).is_empty()
        );
    }
}
