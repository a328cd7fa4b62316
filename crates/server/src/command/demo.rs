//! `tandem demo`: what can be said to the demo?

use super::Failure;
use crate::demo;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  tandem demo
  tandem demo --listen 127.0.0.1:0
  tandem demo --expose                     a phone on the same network can scan the codes
  tandem demo --data-dir demo-data         keeps what happens; `-c demo-data/demo.toml` leads other commands there

Every setting can be changed as TANDEM_SECTION__KEY, such as TANDEM_DEVICE_AUTHORIZATION__INTERVAL=1; the issuer,
the addresses, TLS, the data directory and its encryption key are the demo's own.

The passwords are public. Never put anything real into a demo.";

/// The options of `demo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Keep everything in this folder; without it in a temporary one that is removed at the end
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Be reachable from other devices on the network, without TLS
    #[arg(long)]
    expose: bool,
}

/// Does it.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    demo::run(arguments.listen, arguments.data_dir, arguments.expose)
}
