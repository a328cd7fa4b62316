//! Does everything work? Runs every check in order, stops at the first failure and says how to repeat it.

mod setup;
mod step;

use crate::{target_directory, tidy};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use step::{Command, Steps, Stop};

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Set-up, every check, the interop clients and the browser tests.
    Everything,
    /// What a change needs every few minutes: format, clippy, tidy and the Rust tests.
    Quick,
}

/// Runs the checks. Its last line is `N passed, N failed`, counting steps.
pub fn run(root: &Path, extent: Extent) -> ExitCode {
    let mut steps = Steps::default();
    let stopped = run_all(root, extent, &mut steps).err();
    if stopped == Some(Stop::Missing) {
        return ExitCode::from(2);
    }
    println!("\n{}", steps.summary());
    if stopped.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_all(root: &Path, extent: Extent, steps: &mut Steps) -> Result<(), Stop> {
    let cargo = |words: &[&str]| Command::new("cargo", words).within(root);
    if extent == Extent::Everything {
        setup::run(root, steps)?;
    }
    steps.run("format", &cargo(&["fmt", "--all", "--check"]))?;
    steps.run(
        "clippy",
        &cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    )?;
    steps.run_here("tidy", "cargo xtask tidy", || tidy::run(root) == ExitCode::SUCCESS)?;
    if cargo(&["deny", "--version"]).succeeds() {
        steps.run("licences", &cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    } else {
        println!("\ncargo-deny is not installed: licences and sources of dependencies were not checked.");
    }
    steps.run("Rust tests", &cargo(&["test", "--workspace", "--locked"]))?;
    if extent == Extent::Quick {
        println!("\nNot run: set-up, interop clients and browser tests (`cargo xtask test`).");
        return Ok(());
    }
    steps.run("build", &cargo(&["build", "--locked", "-p", "tandem-server", "-p", "tandem-devices"]))?;
    // A workspace of its own, which nothing else here compiles.
    steps.run("fuzz targets", &cargo(&["check", "--locked", "--manifest-path", "fuzz/Cargo.toml"]))?;
    let mails = ["build", "--locked", "-p", "tandem-content-filter", "--example", "mails"];
    steps.run("ordinary mails", &cargo(&mails))?;
    for test in interop_tests(root) {
        steps.run(&test.name, &test.command)?;
    }
    Ok(())
}

struct InteropTest {
    name: String,
    command: Command,
}

/// Every `interop/*.test.mjs` and `interop/*_test.py`, with the binaries that they run against.
fn interop_tests(root: &Path) -> Vec<InteropTest> {
    let interop = root.join("interop");
    let target = target_directory(root);
    let python = setup::python(root).to_string_lossy().into_owned();
    let found = names(&interop).into_iter().filter_map(|name| {
        let path = format!("interop/{name}");
        let command = if name.ends_with(".test.mjs") {
            Command::new("node", &["--test", &path])
        } else if name.ends_with("_test.py") {
            Command::new(&python, &[&path])
        } else {
            return None;
        };
        let command = command
            .within(root)
            .with("TANDEM_BIN", &target.join("debug/tandem"))
            .with("TANDEM_DEVICE_BIN", &target.join("debug/tandem-device"))
            .with("TANDEM_MAILS_BIN", &target.join("debug/examples/mails"))
            .with("TANDEM_OUTPUT", &target.join("interop-output"));
        Some(InteropTest { name: path, command })
    });
    found.collect()
}

/// The names in a directory, sorted; none if there is no such directory.
fn names(directory: &PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interop_tests_are_found_by_name() {
        let root = target_directory(&crate::root()).join("xtask-test-interop");
        std::fs::create_dir_all(root.join("interop")).unwrap();
        for name in ["b.test.mjs", "a_test.py", "lib.mjs", "package.json"] {
            std::fs::write(root.join("interop").join(name), "").unwrap();
        }
        let found: Vec<String> =
            interop_tests(&root).into_iter().map(|test| test.command.to_string()).collect();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].ends_with("interop/.venv/bin/python interop/a_test.py"), "{}", found[0]);
        assert!(found[0].contains("TANDEM_BIN="), "{}", found[0]);
        assert!(found[1].ends_with("node --test interop/b.test.mjs"), "{}", found[1]);
    }
}
