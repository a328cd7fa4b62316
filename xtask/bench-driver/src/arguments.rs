//! What shall be driven? The command line, written by `cargo xtask bench`.

use crate::target::Approval;
use crate::workload::Workload;
use std::path::PathBuf;
use std::time::Duration;

/// What this process does.
#[derive(Debug)]
pub enum Mode {
    /// Answer every request with the same bytes: shows how fast the driver itself is.
    ConstantServer {
        /// On 127.0.0.1.
        port: u16,
    },
    /// How fast this core signs and verifies.
    Calibrate {
        /// How long it looks.
        seconds: Duration,
    },
    /// Make a key for the client that signs its assertions, and show its public half.
    MakeClientKey {
        /// Where the private half goes.
        file: PathBuf,
    },
    /// Drive a server.
    Drive(Box<Plan>),
}

/// One run.
#[derive(Debug)]
pub struct Plan {
    /// The server's port on 127.0.0.1.
    pub port: u16,
    /// The server's process, whose CPU time and memory are read.
    pub pid: u32,
    /// What each connection does over and over.
    pub workload: Workload,
    /// Instead of measuring, leave this many pending codes behind and report the memory.
    pub pending_codes: Option<usize>,
    /// Instead of measuring, hold so many inboxes open, and report the memory and who is woken.
    pub inbox_streams: Option<usize>,
    /// A line `NAME COOKIE=VALUE` for each person who is signed in.
    pub sessions: PathBuf,
    /// How a person's yes reaches the server.
    pub approval: Approval,
    /// Connections, each with one request under way.
    pub connections: usize,
    /// Not counted.
    pub warm_up: Duration,
    /// Counted.
    pub window: Duration,
    /// Name and password of the person who approves by pages.
    pub person: (String, String),
    /// Client id and secret that introspect.
    pub introspector: (String, String),
    /// Client id and secret that ask people.
    pub asker: (String, String),
    /// Client id and key file of the client that asks people and authenticates by assertion.
    pub signer: (String, PathBuf),
    /// How many people may be asked: `user00000` and so on.
    pub people: usize,
}

/// Reads `--name value` pairs.
pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Mode, String> {
    let mut plan = Plan {
        port: 0,
        pid: 0,
        workload: Workload::Discovery,
        pending_codes: None,
        inbox_streams: None,
        sessions: PathBuf::new(),
        approval: Approval::Door,
        connections: 32,
        warm_up: Duration::from_secs(2),
        window: Duration::from_secs(3),
        person: (String::new(), String::new()),
        introspector: (String::new(), String::new()),
        asker: (String::new(), String::new()),
        signer: (String::new(), PathBuf::new()),
        people: 0,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<usize>().map_err(|_| format!("{name}: {value} is no number"));
        let seconds = || value.parse::<f64>().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
        let seconds = || seconds().ok_or_else(|| format!("{name}: {value} is no number of seconds"));
        let pair = || value.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()));
        let pair = || pair().ok_or_else(|| format!("{name}: needs NAME:SECRET"));
        let port = || value.parse::<u16>().map_err(|_| format!("{name}: {value} is no port"));
        match name.as_str() {
            "--constant-server" => return Ok(Mode::ConstantServer { port: port()? }),
            "--calibrate" => return Ok(Mode::Calibrate { seconds: seconds()? }),
            "--make-client-key" => return Ok(Mode::MakeClientKey { file: PathBuf::from(value) }),
            "--port" => plan.port = port()?,
            "--pid" => plan.pid = value.parse().map_err(|_| format!("{value} is no process"))?,
            "--workload" => {
                plan.workload = Workload::named(&value).ok_or_else(|| format!("no workload {value}"))?;
            }
            "--pending-codes" => plan.pending_codes = Some(number()?),
            "--inbox-streams" => plan.inbox_streams = Some(number()?),
            "--sessions" => plan.sessions = PathBuf::from(value),
            "--approval" => {
                plan.approval = Approval::named(&value).ok_or_else(|| format!("no approval {value}"))?;
            }
            "--connections" => plan.connections = number()?,
            "--warm-up" => plan.warm_up = seconds()?,
            "--seconds" => plan.window = seconds()?,
            "--person" => plan.person = pair()?,
            "--introspector" => plan.introspector = pair()?,
            "--asker" => plan.asker = pair()?,
            "--signer" => plan.signer = pair().map(|(id, file)| (id, PathBuf::from(file)))?,
            "--people" => plan.people = number()?,
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(Mode::Drive(Box::new(plan)))
}
