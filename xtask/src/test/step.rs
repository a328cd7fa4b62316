//! How is one step run, timed and, if it fails, repeated by hand?

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::time::Instant;

/// Why no further step is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A step failed.
    Failed,
    /// Something has to be installed by a person first.
    Missing,
}

/// A program to run; shown as a line that a person can paste into a shell in the project's root.
#[derive(Debug, Clone)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    directory: PathBuf,
    /// The directory as a person at the root would name it.
    shown_directory: Option<String>,
}

impl Command {
    /// `program` with `arguments`.
    pub fn new(program: &str, arguments: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            variables: Vec::new(),
            directory: PathBuf::from("."),
            shown_directory: None,
        }
    }

    /// Run in the project's root.
    pub fn within(mut self, root: &Path) -> Self {
        root.clone_into(&mut self.directory);
        self
    }

    /// Run in a folder of the project.
    pub fn within_folder(mut self, root: &Path, folder: &str) -> Self {
        self.directory = root.join(folder);
        self.shown_directory = Some(folder.to_owned());
        self
    }

    /// With an environment variable.
    pub fn with(mut self, name: &str, value: &(impl AsRef<OsStr> + ?Sized)) -> Self {
        self.variables.push((name.to_owned(), value.as_ref().to_string_lossy().into_owned()));
        self
    }

    fn prepared(&self) -> process::Command {
        let mut command = process::Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it without a word and says whether it succeeded.
    pub fn succeeds(&self) -> bool {
        let quiet = self.prepared().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = &self.shown_directory {
            write!(f, "cd {folder} && ")?;
        }
        for (name, value) in &self.variables {
            write!(f, "{name}={value} ")?;
        }
        f.write_str(&self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// The steps so far.
#[derive(Debug, Default)]
pub struct Steps {
    passed: usize,
    failed: usize,
}

impl Steps {
    /// Runs a program as a step.
    pub fn run(&mut self, name: &str, command: &Command) -> Result<(), Stop> {
        self.run_here(name, &command.to_string(), || match command.prepared().status() {
            Ok(status) => status.success(),
            Err(error) => {
                eprintln!("{}: {error}", command.program);
                false
            }
        })
    }

    /// Runs a function as a step that a person would repeat with `command`.
    pub fn run_here(&mut self, name: &str, command: &str, work: impl FnOnce() -> bool) -> Result<(), Stop> {
        println!("\n==> {name}: {command}");
        let start = Instant::now();
        let passed = work();
        let seconds = start.elapsed().as_secs_f64();
        if passed {
            self.passed += 1;
            println!("    {name}: passed in {seconds:.1} s");
            Ok(())
        } else {
            self.failed += 1;
            println!("    {name}: FAILED after {seconds:.1} s. Repeat it with:\n    {command}");
            Err(Stop::Failed)
        }
    }

    /// `N passed, N failed`.
    pub fn summary(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_and_a_failure_stops() {
        let mut steps = Steps::default();
        assert_eq!(steps.run("good", &Command::new("true", &[])), Ok(()));
        assert_eq!(steps.run("bad", &Command::new("false", &[])), Err(Stop::Failed));
        assert_eq!(steps.run("absent", &Command::new("no-such-program-here", &[])), Err(Stop::Failed));
        assert_eq!(steps.summary(), "1 passed, 2 failed");
    }

    #[test]
    fn a_command_can_be_pasted() {
        let command = Command::new("npm", &["ci"]).within_folder(Path::new("/x"), "interop").with("A", "b");
        assert_eq!(command.to_string(), "cd interop && A=b npm ci");
    }
}
