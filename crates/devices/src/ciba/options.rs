//! Which options does `tandem-device ciba` have?

use crate::along;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

/// The end of the help text.
pub const EXAMPLES: &str = "\
Examples:
  Ask alice to consent, and look at the tokens:
    tandem-device ciba --issuer https://login.example --client-id call-center --client-secret-file secret.txt \\
      --login-hint alice --binding-message \"Call 4711\"

  The same as a signed request with tokens bound to a key, and a number to compare:
    tandem-device ciba --issuer https://login.example --client-id bank --client-key-file key.jwk --sign-request \\
      --dpop --number --login-hint alice --output tokens.json

Authentication:
  CIBA is for clients that can keep a secret. One of: --client-secret-file, TANDEM_DEVICE_CLIENT_SECRET, or
  --client-key-file (private_key_jwt). With a secret and a key, the secret authenticates and --sign-request signs.

Output:
  Standard output carries the token response and nothing else, as one JSON object; nothing at all with --output.
  Everything meant for eyes goes to standard error. With --json, standard error carries one JSON object a line instead,
  each with a member \"event\":
    asked        binding_message, number, expires_in, interval (seconds)
    pin          tries_left, expires_in: write the PIN that the phone shows to standard input, as a line
    slow_down    interval
    unreachable  retry_after
    granted      output (the file, or null)
    failed       reason, message, exit_code

Exit codes:
  0 granted      1 refused by the server, or a file error    2 wrong command line
  3 denied       4 nobody answered in time                   5 no connection    130 interrupted";

/// The options of `ciba`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("hint").required(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Ciba {
    /// The server, exactly as it names itself
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// The client identifier
    #[arg(long, visible_alias = "client-id", value_name = "ID")]
    pub client: String,
    /// A file with the client's secret; or set TANDEM_DEVICE_CLIENT_SECRET
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// A file with the client's private key, one JWK: EC P-256, Ed25519, or RSA
    #[arg(long, value_name = "FILE")]
    pub client_key_file: Option<PathBuf>,
    /// Who to ask: a user name or whatever else the server knows the person by
    #[arg(long, value_name = "HINT", group = "hint")]
    pub login_hint: Option<String>,
    /// Who to ask: a token from somebody the server trusts; @FILE reads it from a file
    #[arg(long, value_name = "TOKEN", group = "hint")]
    pub login_hint_token: Option<String>,
    /// Who to ask: an ID token of an earlier sign-in; @FILE reads it from a file
    #[arg(long, value_name = "TOKEN", group = "hint")]
    pub id_token_hint: Option<String>,
    /// What the tokens shall be good for, separated by spaces
    #[arg(long, value_name = "SCOPES", default_value = "openid")]
    pub scope: String,
    /// A short message that the person sees on their phone and compares with what they see or hear from you
    #[arg(long, value_name = "TEXT")]
    pub binding_message: Option<String>,
    /// Ask for the person's user code without showing it; or set TANDEM_DEVICE_USER_CODE
    #[arg(long, conflicts_with = "user_code_file")]
    pub user_code: bool,
    /// A file with the person's user code
    #[arg(long, value_name = "FILE")]
    pub user_code_file: Option<PathBuf>,
    /// Ask the server to let the request live for this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub requested_expiry: Option<u32>,
    /// How the person shall be authenticated, in order of preference, separated by spaces
    #[arg(long, value_name = "VALUES")]
    pub acr_values: Option<String>,
    /// What exactly shall be consented to (RFC 9396): a JSON array, or @FILE
    #[arg(long, value_name = "JSON")]
    pub authorization_details: Option<String>,
    /// Where the tokens shall be used (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    pub resource: Vec<String>,
    /// Send the request as a JWT signed with the client's key
    #[arg(long, requires = "client_key_file")]
    pub sign_request: bool,
    /// Bind the tokens to a key of this device (DPoP, RFC 9449)
    #[arg(long)]
    pub dpop: bool,
    /// Where that key is, or shall be written to
    #[arg(long, value_name = "FILE", requires = "dpop")]
    pub dpop_key: Option<PathBuf>,
    /// What this terminal brings along.
    #[command(flatten)]
    pub along: along::Options,
    /// Write the tokens to this file (mode 0600) instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Tell a script what happens: one JSON object a line on standard error
    #[arg(long)]
    pub json: bool,
    /// Wait no longer than this many seconds, even if the request lives longer
    #[arg(long, visible_alias = "wait", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Trust the certificate authorities in this PEM file, instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Allow addresses without TLS; everybody on the way can then read the tokens
    #[arg(long)]
    pub insecure: bool,
}
