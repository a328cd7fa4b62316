//! What shall be measured? The command line of `cargo xtask bench`.

use super::{BY_PAGES, FOOTPRINT, WORKLOADS};
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
                    if workload == FOOTPRINT {
                        options.footprint = true;
                        continue;
                    }
                    if !WORKLOADS.contains(&workload) && workload != BY_PAGES {
                        return Err(format!(
                            "no workload {workload}; there are {}, {BY_PAGES}, {FOOTPRINT}",
                            WORKLOADS.join(", ")
                        ));
                    }
                    options.workloads.push(workload.to_owned());
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
    if options.workloads.is_empty() && !options.footprint {
        options.footprint = true;
        options.workloads = WORKLOADS.map(str::to_owned).to_vec();
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let all = parse(&[]).unwrap();
        assert_eq!((all.rounds, all.workloads.len(), all.fsync_delay_ms), (5, 7, 0));
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
        for wrong in
            [&["--workload", "other"][..], &["--rounds", "0"], &["--json"], &["--seconds", "x"], &["x"]]
        {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
