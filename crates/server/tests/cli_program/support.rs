//! What do all these tests need? A home for a server, the program, and a process that never outlives its test.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The program, without the variables of whoever runs the tests.
pub fn tandem(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TANDEM_") || name == "RUST_LOG" || name == "NO_COLOR" {
            command.env_remove(&*name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// That standard error says all of this.
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "{part}: {self:#?}");
        }
        self
    }
}

pub fn run(command: &mut Command) -> Ended {
    run_with(command, None)
}

pub fn run_with(command: &mut Command, input: Option<&str>) -> Ended {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with a configuration that a server can run with.
pub struct Home {
    pub folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With more at the end of the configuration.
    pub fn with(more: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.write_key(
            "encryption.key",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        );
        home.write(&format!(
            "issuer = \"http://localhost:8080\"\n\
             data_dir = \"data\"\n\
             [listeners]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
             [keys]\nencryption_key_file = \"encryption.key\"\nsigning_algorithms = [\"ES256\"]\n\
             [users]\npassword_hash_memory = 8192\npassword_hash_iterations = 1\n\
             {more}"
        ));
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, text: &str) {
        std::fs::write(self.path("tandem.toml"), text).unwrap();
    }

    pub fn write_key(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A command on this configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tandem(arguments);
        command.arg("-c").arg(self.path("tandem.toml")).current_dir(self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        run(&mut self.command(arguments))
    }

    pub fn serve(&self) -> Server {
        Server::start(&mut self.command(&["serve"]))
    }
}

/// A running process; killed, by its id, when the test is over.
pub struct Process {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// Waits for a line on standard output.
    pub fn wait_for_output(&self, part: &str) -> String {
        wait_for(&self.out, part)
            .unwrap_or_else(|| panic!("no {part}: {:?}", self.err.iter().collect::<Vec<_>>()))
    }

    /// Waits for a line on standard error.
    pub fn wait_for_error(&self, part: &str) -> String {
        wait_for(&self.err, part).unwrap_or_else(|| panic!("no {part}"))
    }

    /// Sends a signal, by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end; the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        // The pipe closes when the process ends.
        while let Ok(line) = self.err.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            drop(line);
        }
        assert!(Instant::now() < deadline, "the process does not end");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn wait_for(lines: &Receiver<String>, part: &str) -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if line.contains(part) {
            return Some(line);
        }
    }
    None
}

/// A running `tandem serve`.
pub struct Server {
    pub process: Process,
    pub public: SocketAddr,
    pub admin: SocketAddr,
}

impl Server {
    pub fn start(command: &mut Command) -> Self {
        let process = Process::start(command.env("TANDEM_LOG__FORMAT", "json"));
        let line = process.wait_for_error("\"listening\"");
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        Self { public: address("public"), admin: address("admin"), process }
    }

    /// Asks it to end; the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.process.signal("TERM");
        self.process.wait()
    }
}

/// What came back over HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

pub fn get(address: SocketAddr, path: &str) -> Answer {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

pub fn post(address: SocketAddr, path: &str, form: &str) -> Answer {
    exchange(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )
}

/// A program calls with its service token, and JSON where there is any.
pub fn call(address: SocketAddr, method: &str, path: &str, token: &str, json: &str) -> Answer {
    let length = json.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}"
    );
    let body = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}");
    exchange(address, &format!("{head}\r\n{body}"))
}

/// A service token of a client, by the secret that `tandem client add` printed.
pub fn service_token(address: SocketAddr, client_id: &str, secret: &str) -> String {
    let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
    let answer = post(address, "/token", &form);
    assert_eq!(answer.status, 200, "{answer:#?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// Asks until the answer is as wanted: a running server notices what a command did a moment later.
pub fn eventually<T: std::fmt::Debug>(ask: impl Fn() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "still {answer:#?}");
        std::thread::yield_now();
    }
}

/// What lies in a folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}
