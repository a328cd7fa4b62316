//! What shall be measured? The command line of `cargo xtask bench`.

use super::workloads::{
    BY_PAGES, CONTAINMENT, FOOTPRINT, INBOX_STREAMS, REVOKED, SENSITIVE, WORKLOADS, without_peer,
};
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where the rows go.
    pub json: Option<PathBuf>,
    /// How much longer Tandem's writes take.
    pub fsync_delay_ms: u32,
    /// How often each workload is run.
    pub rounds: usize,
    /// How long each run is measured.
    pub seconds: f64,
    /// What is measured.
    pub workloads: Vec<String>,
    /// Whether start and memory are looked at.
    pub footprint: bool,
    /// Whether many inboxes are held open at Tandem.
    pub inbox_streams: bool,
    /// Whether incidents are contained.
    pub containment: bool,
    /// Whether the programs are built before.
    pub build: Build,
    /// Who is measured.
    pub subjects: Subjects,
}

/// Whether the programs are built before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Always up to date.
    Release,
    /// As they lie there.
    Nothing,
}

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subjects {
    /// Peer and Tandem.
    Both,
    /// The peer alone.
    PeerOnly,
    /// Tandem alone.
    TandemOnly,
}

/// Reads the command line.
pub fn parse(arguments: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        json: None,
        fsync_delay_ms: 0,
        rounds: 5,
        seconds: 3.0,
        workloads: Vec::new(),
        footprint: false,
        inbox_streams: false,
        containment: false,
        build: Build::Release,
        subjects: Subjects::Both,
    };
    let mut rest = arguments.iter().copied().peekable();
    while let Some(name) = rest.next() {
        match name {
            "--no-build" => options.build = Build::Nothing,
            "--peer-only" => options.subjects = Subjects::PeerOnly,
            "--tandem-only" => options.subjects = Subjects::TandemOnly,
            "--workload" => {
                while let Some(workload) = rest.next_if(|word| !word.starts_with("--")) {
                    options.add(workload)?;
                }
            }
            "--json" | "--fsync-delay" | "--rounds" | "--seconds" => {
                let value = rest.next().ok_or_else(|| format!("{name} needs a value"))?;
                let wrong = || format!("{name}: {value} is not accepted");
                match name {
                    "--json" => options.json = Some(PathBuf::from(value)),
                    "--fsync-delay" => {
                        let millis = value.strip_suffix("ms").unwrap_or(value);
                        options.fsync_delay_ms = millis.parse().map_err(|_| wrong())?;
                    }
                    "--rounds" => options.rounds = value.parse().map_err(|_| wrong())?,
                    _ => options.seconds = value.parse().map_err(|_| wrong())?,
                }
            }
            _ => return Err(format!("bench: unknown argument {name}")),
        }
    }
    if options.rounds == 0 || !options.seconds.is_finite() || options.seconds < 0.1 {
        return Err("bench: at least one round of 0.1 seconds".to_owned());
    }
    let peer_only = options.subjects == Subjects::PeerOnly;
    let none = options.workloads.is_empty() && !options.containment;
    if none && !options.footprint && !options.inbox_streams {
        options.footprint = true;
        options.inbox_streams = !peer_only;
        let all = WORKLOADS.into_iter().filter(|workload| !peer_only || !without_peer(workload));
        options.workloads = all.map(str::to_owned).collect();
    }
    let alone = options.workloads.iter().any(|workload| without_peer(workload))
        || options.inbox_streams
        || options.containment;
    if peer_only && alone {
        return Err("the peer has no part in what is measured of Tandem alone".to_owned());
    }
    Ok(options)
}

impl Options {
    fn add(&mut self, workload: &str) -> Result<(), String> {
        match workload {
            FOOTPRINT => self.footprint = true,
            CONTAINMENT => self.containment = true,
            INBOX_STREAMS => self.inbox_streams = true,
            _ if WORKLOADS.contains(&workload) || [BY_PAGES, SENSITIVE, REVOKED].contains(&workload) => {
                self.workloads.push(workload.to_owned());
            }
            _ => {
                let all = WORKLOADS.join(", ");
                return Err(format!(
                    "no workload {workload}; there are {all}, {BY_PAGES}, {SENSITIVE}, {REVOKED}, {FOOTPRINT}, {INBOX_STREAMS}, {CONTAINMENT}"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let all = parse(&[]).unwrap();
        assert_eq!((all.rounds, all.workloads.len(), all.fsync_delay_ms), (5, 9, 0));
        assert!(all.footprint && all.inbox_streams);
        let peer = parse(&["--peer-only"]).unwrap();
        assert_eq!((peer.workloads.len(), peer.inbox_streams), (8, false));
        let streams = parse(&["--workload", "inbox_streams"]).unwrap();
        assert!(streams.inbox_streams && !streams.footprint && streams.workloads.is_empty());
        let some = [
            "--json",
            "x.json",
            "--fsync-delay",
            "4ms",
            "--workload",
            "refresh",
            "discovery",
            "--rounds",
            "2",
        ];
        let some = parse(&some).unwrap();
        assert_eq!((some.rounds, some.fsync_delay_ms), (2, 4));
        assert_eq!(some.workloads, ["refresh", "discovery"]);
        for wrong in [
            &["--workload", "other"][..],
            &["--rounds", "0"],
            &["--json"],
            &["--seconds", "x"],
            &["x"],
            &["--peer-only", "--workload", "ciba_flow_private_key_jwt"],
            &["--workload", "inbox_streams", "--peer-only"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
