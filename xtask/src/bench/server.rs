//! How is a server started alone on its core, and certainly stopped again?

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server's core; the driver has the other.
pub const CORE: &str = "0";
const PATIENCE: Duration = Duration::from_secs(20);

type CommandFor = dyn Fn(&str, u16) -> Result<Command, String>;
type ArgumentsFor = dyn Fn(&str) -> Vec<String>;

/// A server that can be measured.
pub struct Subject {
    /// `tandem` or `peer`.
    pub name: &'static str,
    /// For the head of the report.
    pub version: String,
    /// Where it writes what it says.
    pub log: PathBuf,
    /// What the driver must know of it, by workload.
    pub driver_arguments: Box<ArgumentsFor>,
    /// The command that serves a workload on this port, with everything fresh.
    pub command: Box<CommandFor>,
}

impl Subject {
    /// The driver's own server that answers everything the same.
    pub fn constant(driver: &Path) -> Self {
        Self::bare("constant", driver, "--constant-server")
    }

    /// A server of the same libraries as Tandem that reads a form and answers the same each time.
    pub fn floor(program: &Path) -> Self {
        Self::bare("floor", program, "--floor")
    }

    /// A server that keeps nothing: `program` with an option that takes the port.
    fn bare(name: &'static str, program: &Path, option: &'static str) -> Self {
        let program = program.to_owned();
        Self {
            name,
            version: String::new(),
            log: PathBuf::from("/dev/null"),
            driver_arguments: Box::new(|_| Vec::new()),
            command: Box::new(move |_, port| {
                let mut command = Command::new(&program);
                command.args([option, &port.to_string()]);
                Ok(command)
            }),
        }
    }

    /// Starts it for a workload, on a free port, and waits until it answers.
    pub fn start(&self, workload: &str) -> Result<Started, String> {
        let port = free_port()?;
        let log = || std::fs::File::options().create(true).append(true).open(&self.log);
        std::fs::write(&self.log, "").map_err(|error| format!("{}: {error}", self.log.display()))?;
        let (out, err) = log().and_then(|out| Ok((out, log()?))).map_err(|error| error.to_string())?;
        // An empty store with a person in it is made before, and is not part of the start.
        let mut command = pinned(CORE, &(self.command)(workload, port)?);
        let begun = Instant::now();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().map_err(|error| format!("{}: cannot start: {error}", self.name))?;
        let mut started = Started { child, port, ready_ms: 0.0, log: self.log.clone() };
        while !answers(port) {
            if let Ok(Some(status)) = started.child.try_wait() {
                return Err(format!("{}: ended at once ({status})\n{}", self.name, started.log_tail()));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{}: not ready after 20 s\n{}", self.name, started.log_tail()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        started.ready_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(started)
    }
}

/// A running server; dropping it stops it.
pub struct Started {
    child: Child,
    /// On 127.0.0.1.
    pub port: u16,
    /// From its start to its first good answer.
    pub ready_ms: f64,
    log: PathBuf,
}

impl Started {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last it said.
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines
            .iter()
            .skip(lines.len().saturating_sub(15))
            .fold(String::new(), |tail, line| tail + "    " + line + "\n")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command, bound to one core, and killed by the system if this process dies before it. `taskset` and `setpriv`
/// become the command, so the process id is the command's own.
pub fn pinned(core: &str, command: &Command) -> Command {
    behind(&["setpriv", "--pdeathsig", "KILL", "taskset", "-c", core], command)
}

/// The command, allowed to have so many files open; or why it cannot be. `prlimit` becomes the command too.
pub fn with_open_files(files: u32, command: &Command) -> Result<Command, String> {
    let limits = std::fs::read_to_string("/proc/self/limits").map_err(|error| error.to_string())?;
    let most = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = most.and_then(|line| line.split_ascii_whitespace().nth(1)).unwrap_or_default();
    if most != "unlimited" && most.parse::<u32>().is_ok_and(|most| most < files) {
        return Err(format!(
            "{files} open files a process are needed, and no more than {most} allowed: raise the hard limit \
             (as root: `prlimit --pid $$ --nofile={files}:{files}`)"
        ));
    }
    // The hard limit stays as it is.
    Ok(behind(&["prlimit", &format!("--nofile={files}:")], command))
}

/// The command as an argument of these words, with its own environment and directory.
fn behind(words: &[&str], command: &Command) -> Command {
    let mut words = words.iter();
    let mut outer = Command::new(words.next().copied().unwrap_or("env"));
    outer.args(words).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            outer.env(name, value);
        }
    }
    if let Some(directory) = command.get_current_dir() {
        outer.current_dir(directory);
    }
    outer
}

/// Builds packages in release form.
pub fn build(root: &Path, packages: &[&str]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["build", "--release", "--locked"]);
    for package in packages {
        command.args(["-p", package]);
    }
    succeed(&mut command)
}

/// Runs a command to its good end.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// A second free port beside one that is already spoken for.
pub fn another_port() -> Result<u16, String> {
    free_port()
}

/// Whether the server serves its metadata.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let path = "/.well-known/openid-configuration";
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_server_is_stopped() {
        let subject = Subject {
            name: "sleeper",
            version: String::new(),
            log: PathBuf::from("/dev/null"),
            driver_arguments: Box::new(|_| Vec::new()),
            command: Box::new(|_, _| Err("not used".to_owned())),
        };
        assert!(subject.start("discovery").is_err());
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let pid = child.id();
        drop(Started { child, port: 0, ready_ms: 0.0, log: PathBuf::new() });
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_pinned_command_keeps_its_arguments_and_environment() {
        let mut command = Command::new("env");
        command.arg("--version").env("A", "b").current_dir("/");
        let pinned = pinned("1", &command);
        let words: Vec<&str> = pinned.get_args().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(words, ["--pdeathsig", "KILL", "taskset", "-c", "1", "env", "--version"]);
        assert_eq!((pinned.get_envs().count(), pinned.get_current_dir()), (1, Some(Path::new("/"))));
    }

    #[test]
    fn open_files_are_allowed_or_it_is_told_how() {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -Sn"]);
        let output = with_open_files(64, &command).unwrap().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "64\n");
        let unbounded = with_open_files(u32::MAX, &command);
        assert!(unbounded.is_ok() || unbounded.is_err_and(|why| why.contains("prlimit")));
    }
}
