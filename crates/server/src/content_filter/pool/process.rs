//! How is one child process started, asked and ended?

use super::super::worker::{Asking, MOST_ANSWERED, READY, SUBCOMMAND, Settings, head};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tandem_content_filter::Scan;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The file that the kernel runs again for us, even if an upgrade has put another in its place.
const ITSELF: &str = "/proc/self/exe";

/// How much address space the allocator sets aside in advance, which would be memory that the limit does not count.
const RESERVE: &str = "MIMALLOC_ARENA_RESERVE";

/// Why a process gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It could not be talked to.
    #[error("no answer: {0}")]
    Io(#[from] io::Error),
    /// It said something that is no answer.
    #[error("an answer that is none")]
    Malformed,
    /// It did not get ready in time.
    #[error("it did not get ready in time")]
    TooSlow,
}

/// A child process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    done: u32,
}

impl Process {
    /// Starts one, and waits until it is ready.
    pub async fn start(program: Option<&Path>, settings: &Settings) -> Result<Self, ScanError> {
        let mut child = Command::new(own_or(program)?)
            .arg0("tandem")
            .arg(OsStr::new(SUBCOMMAND))
            .env_clear()
            .env(RESERVE, "0")
            .current_dir("/")
            // Ctrl-C at a terminal is meant for the server, which ends its children when it is done with them.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a decoder prints when it fails may be words of the message.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ScanError::Malformed);
        };
        let mut process = Self { child, input, output, done: 0 };
        let text = serde_json::to_vec(settings).map_err(io::Error::other)?;
        if process.ask(Asking::Settings, &text).await? == READY {
            Ok(process)
        } else {
            Err(ScanError::Malformed)
        }
    }

    /// Has a message looked at. After an error the process is of no more use.
    pub async fn scan(&mut self, asking: Asking, message: &[u8]) -> Result<Scan, ScanError> {
        let answer = self.ask(asking, message).await?;
        self.done += 1;
        serde_json::from_slice(&answer).map_err(|_| ScanError::Malformed)
    }

    /// How many messages it has looked at.
    pub const fn done(&self) -> u32 {
        self.done
    }

    /// Ends it.
    pub fn kill(&mut self) {
        // It may be dead already; whoever drops it waits for it in the background.
        let _ = self.child.start_kill();
    }

    async fn ask(&mut self, asking: Asking, body: &[u8]) -> Result<Vec<u8>, ScanError> {
        self.input.write_all(&head(asking, body.len())?).await?;
        self.input.write_all(body).await?;
        self.input.flush().await?;
        let length = usize::try_from(self.output.read_u32().await?).unwrap_or(usize::MAX);
        if length > MOST_ANSWERED {
            return Err(ScanError::Malformed);
        }
        let mut answer = vec![0; length];
        self.output.read_exact(&mut answer).await?;
        Ok(answer)
    }
}

fn own_or(program: Option<&Path>) -> io::Result<PathBuf> {
    match program {
        Some(program) => Ok(program.to_owned()),
        None if Path::new(ITSELF).exists() => Ok(PathBuf::from(ITSELF)),
        None => std::env::current_exe(),
    }
}
