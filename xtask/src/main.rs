//! Which chores does the project have? `cargo xtask test`, `cargo xtask tidy` and `cargo xtask bench`.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool measures real time; only the product takes time as a value"
)]

mod bench;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The project's own chores.

cargo xtask test [--quick]
    Installs what the tests need (system packages where it is root on Debian, npm and Python packages in interop/;
    elsewhere it names what is missing and ends with 2), then: format check, clippy, tidy, every Rust test, the
    interop clients and the browser tests. Stops at the first failure and says how to repeat it.
    --quick    no set-up, no interop: the inner loop

cargo xtask tidy
    The rules that no compiler checks: crate direction, a pure core, first lines, file lengths, leftovers,
    documented errors and mitigations, rooms apart, the same messages in every language.

cargo xtask bench [--json FILE] [--fsync-delay 4ms] [--rounds 5] [--seconds 3] [--workload NAME...]
    The release binary with its durable store beside npm oidc-provider in memory: fresh processes on core 0, the same
    32 connections from core 1, interleaved rounds, medians and the quartiles of the paired ratio.
    Workloads: discovery device_authorization pending_poll device_flow ciba_flow introspection refresh refresh_dpop,
    and of Tandem alone ciba_flow_private_key_jwt, beside the most that one core could do; then footprint (start and
    memory) and inbox_streams (10,000 waiting inboxes: memory, and whom a request wakes; needs 12,000 open files)
    --json FILE        also writes the rows {workload, ops_per_s, p50_ms, p99_ms, cpu_us, rss_mib, peer_ops_per_s, ratio}
    --fsync-delay 4ms  every write of Tandem to disk takes so much longer
    --workload device_flow_pages   approval by the pages of both, instead of a side door that the bench adds to both
    --peer-only, --tandem-only     one of the two
    --no-build                     the release programs as they are
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["tidy"] => tidy::run(&root()),
        ["test"] => test::run(&root(), test::Extent::Everything),
        ["test", "--quick"] => test::run(&root(), test::Extent::Quick),
        ["bench", ref options @ ..] => bench::run(&root(), options),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{HELP}");
            ExitCode::from(2)
        }
    }
}

/// The project's root: the folder that this package lies in now, or lay in when it was built.
fn root() -> PathBuf {
    let now =
        std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).filter(|path| path.ends_with("xtask"));
    let own = now.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    own.parent().unwrap_or(&own).to_owned()
}

/// Where cargo builds.
fn target_directory(root: &Path) -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty());
    root.join(chosen.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}
