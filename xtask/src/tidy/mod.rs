//! Does the tree keep the rules that no compiler checks? `cargo xtask tidy` reads files and nothing else.

mod direction;
mod documented;
mod files;
mod leftovers;
mod machine;
mod messages;
mod purity;
mod readme;
mod rooms;
mod skipped;
mod source;
mod tree;

use std::path::Path;
use std::process::ExitCode;
use tree::Tree;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    severity: Severity,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Failure,
    Warning,
}

/// What the rules found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fail(&mut self, path: &str, line: usize, message: impl Into<String>) {
        self.push(path, line, Severity::Failure, message.into());
    }

    fn warn(&mut self, path: &str, line: usize, message: impl Into<String>) {
        self.push(path, line, Severity::Warning, message.into());
    }

    fn push(&mut self, path: &str, line: usize, severity: Severity, message: String) {
        self.0.push(Finding { path: path.to_owned(), line, severity, message });
    }
}

type Rule = fn(&Tree, &mut Findings);

/// Every rule, each in a file of its own with the tests that show it failing.
const RULES: [Rule; 10] = [
    direction::check,
    documented::check,
    files::check,
    leftovers::check,
    machine::check,
    messages::check,
    purity::check,
    readme::check,
    rooms::check,
    skipped::check,
];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Findings::default();
    for rule in RULES {
        rule(tree, &mut findings);
    }
    findings.0.sort();
    findings.0.dedup();
    findings.0
}

/// Checks the tree under `root`, prints what is wrong as `file:line: message`, and fails if anything is.
pub fn run(root: &Path) -> ExitCode {
    let tree = match Tree::load(root) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("tidy: cannot read the tree: {error}");
            return ExitCode::FAILURE;
        }
    };
    let findings = check(&tree);
    let failures = findings.iter().filter(|finding| finding.severity == Severity::Failure).count();
    for finding in &findings {
        let note = if finding.severity == Severity::Warning { "warning: " } else { "" };
        println!("{}:{}: {note}{}", finding.path, finding.line, finding.message);
    }
    println!("tidy: {} files, {failures} failures, {} warnings", tree.len(), findings.len() - failures);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod test_support {
    use super::{Findings, Rule, Severity, Tree};

    /// The failures of `rule` on a tree of these files, as `path:line`.
    pub fn failures(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        found(rule, files, Severity::Failure)
    }

    /// The warnings of `rule` on a tree of these files, as `path:line`.
    pub fn warnings(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        found(rule, files, Severity::Warning)
    }

    fn found(rule: Rule, files: &[(&str, &str)], severity: Severity) -> Vec<String> {
        let mut findings = Findings::default();
        rule(&Tree::of(files), &mut findings);
        findings.0.sort();
        let wanted = findings.0.iter().filter(|finding| finding.severity == severity);
        wanted.map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
    }
}
