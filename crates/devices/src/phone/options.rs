//! Which commands and options does `tandem-device phone` have?

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The end of the help text.
pub const EXAMPLES: &str = "\
Examples:
  Make this terminal an authorization device; the link is on the page /account/devices of the server:
    tandem-device phone register \"https://login.example/authorization-device/register?code=...\" --name \"My laptop\"

  See what is asked, and answer:
    tandem-device phone list
    tandem-device phone approve ID
    tandem-device phone deny ID

  Be asked, and answer at once:
    tandem-device phone watch

The key and the PIN:
  The private key of this device and a salted hash of its PIN are in one file of mode 0600, by default phone.json in
  the folder tandem-device of your configuration folder. The PIN is checked here, before approve signs anything; it
  is typed, or read from --pin-file or TANDEM_DEVICE_PIN. It protects from somebody who finds the terminal open, not
  from somebody who can read the file.

Output:
  Standard output carries results: text, or with --json one JSON object a line. Questions go to standard error.

Exit codes:
  0 done             1 refused by the server, or a file error              2 wrong command line
  3 not confirmed: wrong PIN, no \"yes\", another number, or a rule of the server; nothing was approved
  4 too late: the request is unknown, answered or expired    5 no connection    130 interrupted";

/// The options of `phone`.
#[derive(Debug, Args)]
pub struct Phone {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
}

/// What holds for every command.
#[derive(Debug, Args)]
pub struct Common {
    /// The file with this device's key, for more than one device
    #[arg(long, global = true, value_name = "FILE", env = "TANDEM_DEVICE_PHONE")]
    pub file: Option<PathBuf>,
    /// A file with the PIN of this device; or set TANDEM_DEVICE_PIN
    #[arg(long, global = true, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Write JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Trust the certificate authorities in this PEM file, instead of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Allow addresses without TLS; everybody on the way can then see what is asked
    #[arg(long, global = true)]
    pub insecure: bool,
}

/// The commands of `phone`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make this terminal an authorization device of a person
    Register {
        /// The link, or the code in it together with --issuer; `-` reads it from standard input
        #[arg(value_name = "LINK OR CODE", allow_hyphen_values = true)]
        code: String,
        /// The server, if only a code is given
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
        /// What to call this device in the person's list
        #[arg(long, value_name = "TEXT", default_value = "Terminal")]
        name: String,
    },
    /// List the open requests
    List,
    /// Show one request with everything that the server says about it
    Show {
        /// Which one
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Show one request, check the PIN, ask for a "yes", and approve it
    Approve {
        /// Which one
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// The number that the other screen shows
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
        /// What you typed on the other device
        #[arg(long, value_name = "TEXT")]
        binding: Option<String>,
    },
    /// Deny one request
    Deny {
        /// Which one
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Deny one request and say that you did not start it
    Report {
        /// Which one
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Wait for requests and answer them; with --json, or without a terminal, only tell of them
    Watch,
    /// Delete this device at the server, and then its file
    Forget {
        /// Delete the file only; the server keeps the device until the person removes it
        #[arg(long)]
        local: bool,
    },
}
