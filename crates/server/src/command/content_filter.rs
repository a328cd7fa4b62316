//! `tandem content-filter`: what would the filter find in this mail? And the process that looks.

use super::Failure;
use super::output::{plain, say, say_json, table};
use super::settings::{Settings, block_on};
use crate::config::Config;
use crate::content_filter::try_out;
use crate::content_filter::worker::{self, Kind};
use clap::{Args, Subcommand, ValueEnum};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use tandem_content_filter::{Find, Scan, What};

const EXAMPLES: &str = "\
Examples:
  tandem content-filter scan -c tandem.toml suspicious.eml
  tandem content-filter scan -c tandem.toml --as image poster.png --json

It says what looks like a code, a link or a QR code of this server. Which codes are alive only the running server knows.";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Say what the filter finds in a file
    Scan(Scanning),
}

/// The options of `scan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Scanning {
    #[command(flatten)]
    settings: Settings,
    /// The file; `-` is standard input
    file: PathBuf,
    /// What the file is
    #[arg(long = "as", value_name = "KIND", value_enum, default_value_t = FileKind::Mail)]
    kind: FileKind,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileKind {
    /// A mail, as it is sent
    Mail,
    /// Plain text
    Text,
    /// HTML
    Html,
    /// A picture
    Image,
    /// A PDF file
    Pdf,
}

impl From<FileKind> for Kind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Mail => Self::Mail,
            FileKind::Text => Self::Text,
            FileKind::Html => Self::Html,
            FileKind::Image => Self::Image,
            FileKind::Pdf => Self::Pdf,
        }
    }
}

/// Does it.
pub fn run(action: &Action) -> Result<(), Failure> {
    let Action::Scan(scanning) = action;
    let config = scanning.settings.load()?.config;
    let bytes = contents(&scanning.file, &config)?;
    let scan =
        block_on(async { try_out(&config, scanning.kind.into(), bytes.into()).await.map_err(Failure::of) })?;
    if scanning.json {
        say_json(&as_json(&scan));
    } else {
        tell(&scan);
    }
    Ok(())
}

/// The process that looks at messages. Whatever it has to say, it says to whoever started it.
pub fn work() -> Result<(), Failure> {
    worker::run().map_err(|_| Failure::Told)
}

fn contents(file: &Path, config: &Config) -> Result<Vec<u8>, Failure> {
    let most = u64::from(config.content_filter.max_bytes);
    let cannot = |error: io::Error| Failure::Failed(format!("cannot read {}: {error}", file.display()));
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    } else {
        File::open(file).map_err(cannot)?.take(most + 1).read_to_end(&mut bytes).map_err(cannot)?;
    }
    if bytes.len() as u64 > most {
        return Err(Failure::Failed(format!(
            "{} is longer than content_filter.max_bytes ({most})",
            file.display()
        )));
    }
    Ok(bytes)
}

const fn word(find: &Find) -> &'static str {
    match find.what {
        What::UserCode(_) => "may be a code",
        What::Link(_) => "link",
        What::RequestUri(_) => "request for a wallet",
    }
}

fn form(find: &Find) -> String {
    serde_json::to_value(find.form).ok().and_then(|form| form.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Without the codes: what is on a screen is soon in a ticket.
fn as_json(scan: &Scan) -> serde_json::Value {
    let find = |find: &Find| serde_json::json!({ "what": word(find), "part": find.part, "form": form(find) });
    let finds: Vec<_> = scan.finds.iter().map(find).collect();
    serde_json::json!({ "findings": finds, "skipped": scan.skipped })
}

fn tell(scan: &Scan) {
    if scan.finds.is_empty() {
        say("nothing was found");
    } else {
        let heading = ["what", "part", "where"].map(str::to_owned).to_vec();
        let row = |find: &Find| vec![word(find).to_owned(), plain(&find.part), form(find)];
        let rows: Vec<_> = std::iter::once(heading).chain(scan.finds.iter().map(row)).collect();
        say(&table(&rows));
    }
    for skipped in &scan.skipped {
        let text = serde_json::to_string(skipped).unwrap_or_default();
        say(&format!("not looked at: {}", plain(&text)));
    }
}
