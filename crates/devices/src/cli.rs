//! Which commands and options does `tandem-device` have? The help texts are its manual.

use crate::along;
use crate::ciba::options::{Ciba, EXAMPLES as CIBA_EXAMPLES};
use crate::phone::options::{EXAMPLES as PHONE_EXAMPLES, Phone};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  Sign in and look at the tokens:
    tandem-device login --issuer https://login.example --client tv --scope \"openid profile\"

  Keep them in a file that only you can read, bound to a key of this device:
    tandem-device login --issuer https://login.example --client tv --dpop --output tokens.json

  In a script:
    token=$(tandem-device login --issuer https://login.example --client tv --json | jq -r .access_token)

Output:
  Standard output carries the token response and nothing else, as one JSON object; nothing at all with --output.
  Everything meant for eyes goes to standard error: the QR code, the code, the time left. With --json, standard
  error carries one JSON object a line instead, each with a member \"event\":
    codes        user_code, verification_uri, verification_uri_complete, number, user_code_expires_in, expires_in,
                 interval (seconds); with --living-qr also qr_seed, qr_period and qr_time (the server's clock)
    pin          tries_left, expires_in: write the PIN that the phone shows to standard input, as a line
    slow_down    interval
    unreachable  retry_after
    granted      output (the file, or null)
    failed       reason, message, exit_code

Keys:
  With --dpop the tokens are of use only together with the private key. It is written (PKCS#8, PEM, mode 0600) to
  --dpop-key, else to OUTPUT.dpop-key.pem, else into the JSON on standard output as \"dpop_key\". A --dpop-key file
  that exists is used as it is.

Exit codes:
  0 signed in    1 refused by the server, or a file error    2 wrong command line
  3 denied       4 nobody answered in time                   5 no connection    130 interrupted";

/// A device that signs in with the help of another one.
#[derive(Debug, Parser)]
#[command(name = "tandem-device", version, about, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a code, wait until somebody approves it on a phone or computer, and receive tokens
    ///
    /// A client of the OAuth 2.0 Device Authorization Grant (RFC 8628). It works with any server that has metadata.
    #[command(after_long_help = EXAMPLES)]
    Login(Login),
    /// Ask a person on their own phone for consent, wait for the answer there, and receive tokens
    ///
    /// A client of OpenID Connect Client-Initiated Backchannel Authentication (CIBA). It polls; a client that is
    /// registered for ping may do the same. It works with any server that has metadata.
    #[command(after_long_help = CIBA_EXAMPLES)]
    Ciba(Box<Ciba>),
    /// Be the phone: an authorization device that is asked, and answers with a signature over what was shown
    #[command(after_long_help = PHONE_EXAMPLES)]
    Phone(Phone),
}

/// The options of `login`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Login {
    /// The server, exactly as it names itself
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// The client identifier that this device is registered with
    #[arg(long, visible_alias = "client-id", value_name = "ID")]
    pub client: String,
    /// A file with the client's secret; or set TANDEM_DEVICE_CLIENT_SECRET
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// What the tokens shall be good for, separated by spaces, such as "openid profile"
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
    /// What to call this device on the page where it is approved, such as "Build box"
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// What kind of device this is
    #[arg(long = "type", value_name = "WORD", default_value = "terminal")]
    pub device_type: String,
    /// What this terminal brings along.
    #[command(flatten)]
    pub along: along::Options,
    /// Bind the tokens to a key of this device (DPoP, RFC 9449)
    #[arg(long)]
    pub dpop: bool,
    /// Where that key is, or shall be written to
    #[arg(long, value_name = "FILE", requires = "dpop")]
    pub dpop_key: Option<PathBuf>,
    /// Write the tokens to this file (mode 0600) instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Tell a script what happens: one JSON object a line on standard error
    #[arg(long)]
    pub json: bool,
    /// Show no QR code
    #[arg(long)]
    pub no_qr: bool,
    /// With --json: the script draws the QR code, anew every 15 seconds (Tandem only)
    #[arg(long, requires = "json")]
    pub living_qr: bool,
    /// Give up after this many seconds, even if the code lives longer
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Trust the certificate authorities in this PEM file, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Allow addresses without TLS; everybody on the way can then read the tokens
    #[arg(long)]
    pub insecure: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_the_help_names_every_exit_code() {
        Arguments::command().debug_assert();
        let mut command = Arguments::command();
        for (name, first, rest) in [
            ("login", "0 signed in", ["3 denied", "4 nobody"]),
            ("ciba", "0 granted", ["3 denied", "4 nobody"]),
            ("phone", "0 done", ["3 not confirmed", "4 too late"]),
        ] {
            let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
            for part in
                [first, "1 refused", "2 wrong", rest[0], rest[1], "5 no connection", "130 interrupted"]
            {
                assert!(help.contains(part), "{name}: {part}");
            }
        }
    }

    #[test]
    fn both_names_of_the_client_work_and_a_key_without_dpop_does_not() {
        let parse = |more: &[&str]| {
            let first = ["tandem-device", "login", "--issuer", "https://a.example"];
            Arguments::try_parse_from(first.iter().chain(more))
        };
        for name in ["--client", "--client-id"] {
            let Command::Login(login) = parse(&[name, "tv"]).unwrap().command else { panic!() };
            assert_eq!((login.client.as_str(), login.device_type.as_str()), ("tv", "terminal"));
        }
        for wrong in [&["--client", "tv", "--dpop-key", "k"][..], &[], &["--client", "tv", "--timeout", "0"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
