//! How is the server under test started, steered and ended?

mod config;

use crate::actors::RESOURCE;
use crate::actors::device::Key;
use crate::http::{Answer, Machine, PATIENCE};
use crate::outcome::{Played, Trouble};
use crate::places;
use crate::toml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};
use tempfile::TempDir;

/// The issuer in all tokens; nobody goes there by name.
pub const ISSUER: &str = "http://localhost:8080";
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";
/// The secret of every backchannel client, and of the resource server.
pub const SECRET: &str = "a-secret-of-the-lab-only";
/// When the server's clock begins, in seconds since 1970: a Friday morning.
pub const START: u64 = 1_800_000_000;
/// How many people the server knows: `user000` and so on.
pub const PEOPLE: usize = 1000;
/// How many of them, the first ones, are asked all at once; the others are for single plays.
pub const CROWD: usize = 500;

/// The client that has messages looked at.
pub const GATEWAY: &str = "gateway";
/// The client with which operators look after incidents.
pub const OPERATOR: &str = "operator";
/// The client that hears of sessions that ended.
pub const RECEIVER: &str = "shop";
/// The client that asks whether tokens are good.
pub const RESOURCE_SERVER: &str = "resource-server";

/// What is set for the whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Every rate limit is off, and the guess budget as large as it can be. Nothing is an incident but what the content
    /// filter reports, and it is asked by nobody unless its defence is on.
    Off,
    /// The rate limits are on: the defaults, and a client may ask for twenty people at once.
    RateLimits,
    /// What is an incident is so by the default rules, and others hear of what ends.
    Incidents,
}

impl Setup {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::RateLimits, Self::Incidents];
}

/// A running server, and the folder that it works in.
#[derive(Debug)]
pub struct Lab {
    child: Child,
    public: SocketAddr,
    door: SocketAddr,
    next_people: Cell<usize>,
    /// The key of the one registered device, which is an instance of the client with `Defence::TrustedDevices`.
    pub registered: Rc<Key>,
    // Removed when the process is gone.
    _folder: TempDir,
}

impl Lab {
    /// Starts the server under test, which `program` is, and waits until it listens.
    pub fn start(program: &Path, setup: Setup) -> Played<Self> {
        let folder = tempfile::tempdir()?;
        let key = folder.path().join("encryption.key");
        std::fs::write(&key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")?;
        private(&key)?;
        let file = folder.path().join("tandem.toml");
        std::fs::write(&file, toml::written(&config::written(folder.path(), setup)))?;
        std::fs::write(folder.path().join("places.mmdb"), places::database(START))?;
        let registered = Rc::new(Key::new()?);
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TANDEM_"))
        {
            command.env_remove(name);
        }
        command.arg(&file).arg(PEOPLE.to_string()).arg(registered.thumbprint());
        command.current_dir(folder.path()).env("TANDEM_LOG__FORMAT", "json");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let out = child.stdout.take().map(lines);
        let err = child.stderr.take().map(lines);
        let mut lab = Self {
            child,
            public: SocketAddr::from(([127, 0, 0, 1], 0)),
            door: SocketAddr::from(([127, 0, 0, 1], 0)),
            next_people: Cell::new(CROWD),
            registered,
            _folder: folder,
        };
        let (Some(out), Some(err)) = (out, err) else { return Err(Trouble::new("the server has no output")) };
        let (listening, said) = wait_for(&err, "\"listening\"");
        let Some(listening) = listening else { return Err(Trouble::new(format!("no server: {said}"))) };
        let listening: Value = serde_json::from_str(&listening)?;
        let address = listening.get("public").and_then(Value::as_str).and_then(|text| text.parse().ok());
        lab.public = address.ok_or_else(|| Trouble::new("the server does not say where it listens"))?;
        let door = wait_for(&out, "door ").0;
        let door = door.and_then(|line| line.strip_prefix("door ")?.parse().ok());
        lab.door = door.ok_or_else(|| Trouble::new("the server does not say where its door is"))?;
        // What it says from now on is read, so that its pipes never fill, and forgotten.
        std::thread::spawn(move || err.iter().for_each(drop));
        std::thread::spawn(move || out.iter().for_each(drop));
        Ok(lab)
    }

    /// A machine with this address.
    pub const fn machine(&self, address: Ipv4Addr) -> Machine {
        Machine { address, server: self.public }
    }

    /// Moves the server's clock on.
    pub fn advance(&self, seconds: u64) -> Played<()> {
        self.turn(seconds).map(drop)
    }

    /// The time on the server's clock, in seconds since 1970.
    pub fn now(&self) -> Played<u64> {
        self.turn(0)
    }

    fn turn(&self, seconds: u64) -> Played<u64> {
        let mut door = TcpStream::connect_timeout(&self.door, PATIENCE)?;
        door.set_read_timeout(Some(PATIENCE))?;
        writeln!(door, "{seconds}")?;
        let mut now = String::new();
        BufReader::new(door).read_line(&mut now)?;
        now.trim().parse().map_err(|_| Trouble::new("the door does not tell the time"))
    }

    /// The next people whom no play has used.
    pub fn people(&self, count: usize) -> Vec<String> {
        let first = self.next_people.get();
        self.next_people.set(first + count);
        (first..first + count).map(person).collect()
    }

    /// Whose token this is, as the server tells whoever uses it from this machine; nobody's if it does not work there.
    pub fn whose(&self, machine: Machine, token: &str, key: Option<&Key>) -> Played<Option<String>> {
        let authorization = match key {
            None => vec![("authorization", format!("Bearer {token}"))],
            Some(key) => vec![
                ("authorization", format!("DPoP {token}")),
                ("dpop", key.proof("GET", &format!("{ISSUER}/userinfo"), self.now()?, Some(token))?),
            ],
        };
        let answer = machine.get("/userinfo", &authorization)?;
        match answer.status {
            200 => Ok(answer.text("sub")),
            401 => Ok(None),
            other => Err(Trouble::new(format!("userinfo answers {other}"))),
        }
    }

    /// Whether a token is good, as a resource server hears it.
    pub fn is_active(&self, token: &str) -> Played<bool> {
        let machine = self.machine(RESOURCE);
        let answer = self.post_as(machine, RESOURCE_SERVER, "/introspect", &[("token", token)])?;
        answer.json().get("active").and_then(Value::as_bool).ok_or_else(|| Trouble::new("no introspection"))
    }

    /// Asks as a client with a secret.
    pub fn post_as(
        &self,
        machine: Machine,
        client_id: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Played<Answer> {
        machine.post(path, form, &[("authorization", basic(client_id))])
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // By its own id; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The name of somebody whom the server knows.
pub fn person(number: usize) -> String {
    format!("user{number:03}")
}

fn basic(client_id: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{SECRET}")))
}

#[cfg(unix)]
fn private(file: &Path) -> Played<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn private(_file: &Path) -> Played<()> {
    Ok(())
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

/// The first line with this in it, and everything that was said before.
fn wait_for(lines: &Receiver<String>, part: &str) -> (Option<String>, String) {
    let mut said = String::new();
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        if line.contains(part) {
            return (Some(line), said);
        }
        said.extend([&line, "\n"]);
    }
    (None, said)
}
