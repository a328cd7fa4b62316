//! How fast is Tandem beside its peer? Fresh processes on one core, the same load from the other, in interleaved rounds.

mod driver;
mod peer;
mod report;
mod rows;
mod server;
mod statistics;
mod tandem;

use crate::target_directory;
use driver::{Driver, Run};
use report::{Footprint, Row};
use server::Subject;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is measured, in this order.
const WORKLOADS: [&str; 7] = [
    "discovery",
    "device_authorization",
    "pending_poll",
    BY_DOOR,
    "introspection",
    "refresh",
    "refresh_dpop",
];
/// The workload in which a person's yes comes in by a side door, at both servers.
const BY_DOOR: &str = "device_flow";
/// The same by the pages of both servers; only on request.
const BY_PAGES: &str = "device_flow_pages";
/// A pair of runs counts as disturbed if other programs used more than this share of a core.
const NOISE: f64 = 0.15;
/// So often disturbed pairs are run again, as a multiple of the rounds asked for.
const PATIENCE: usize = 2;
/// Not a workload: how long a start takes, and how much memory a server has idle and with codes pending.
const FOOTPRINT: &str = "footprint";
const STARTS: usize = 5;
const PENDING_CODES: usize = 100_000;

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
struct Options {
    json: Option<PathBuf>,
    fsync_delay_ms: u32,
    rounds: usize,
    seconds: f64,
    workloads: Vec<String>,
    footprint: bool,
    subjects: Subjects,
}

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subjects {
    Both,
    PeerOnly,
    TandemOnly,
}

fn parse(arguments: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        json: None,
        fsync_delay_ms: 0,
        rounds: 5,
        seconds: 3.0,
        workloads: Vec::new(),
        footprint: false,
        subjects: Subjects::Both,
    };
    let mut rest = arguments.iter().copied().peekable();
    while let Some(name) = rest.next() {
        match name {
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

/// Measures and prints; with `--json FILE` also writes the rows.
pub fn run(root: &Path, arguments: &[&str]) -> ExitCode {
    let outcome = parse(arguments).and_then(|options| Bench::prepare(root, options)?.measure());
    if let Err(error) = outcome {
        eprintln!("bench: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

struct Bench {
    options: Options,
    driver: Driver,
    peer: Option<Subject>,
    tandem: Option<Subject>,
}

/// One run of each, close in time.
struct Pair {
    peer: Option<Run>,
    tandem: Option<Run>,
}

impl Pair {
    fn noise(&self) -> f64 {
        let noise = |run: &Option<Run>| run.as_ref().map_or(0.0, |run| run.other_cores);
        noise(&self.peer).max(noise(&self.tandem))
    }
}

impl Bench {
    fn prepare(root: &Path, options: Options) -> Result<Self, String> {
        let work = target_directory(root).join("bench");
        std::fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
        let release = target_directory(root).join("release");
        server::build(root, &["bench-driver"])?;
        let driver = Driver { program: release.join("bench-driver"), seconds: options.seconds };
        let peer = match options.subjects {
            Subjects::TandemOnly => None,
            Subjects::Both | Subjects::PeerOnly => Some(peer::subject(root, &work)?),
        };
        let tandem = match options.subjects {
            Subjects::PeerOnly => None,
            Subjects::Both | Subjects::TandemOnly => {
                server::build(root, &["tandem-server", "tandem-bench-server"])?;
                Some(tandem::subject(&release, &work, options.fsync_delay_ms)?)
            }
        };
        Ok(Self { options, driver, peer, tandem })
    }

    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.peer.iter().chain(&self.tandem)
    }

    fn measure(&self) -> Result<(), String> {
        report::machine();
        for subject in self.subjects() {
            println!("{}: {}", subject.name, subject.version);
        }
        if self.options.fsync_delay_ms > 0 {
            println!("every write of Tandem to disk takes {} ms longer", self.options.fsync_delay_ms);
        }
        report::manners(&self.options.workloads);
        println!("the driver alone, against a server that does nothing: {:.0} requests/s", self.ceiling()?);
        let mut pairs: Vec<Vec<Pair>> = self.options.workloads.iter().map(|_| Vec::new()).collect();
        for round in 0..self.options.rounds {
            for (workload, pairs) in self.options.workloads.iter().zip(&mut pairs) {
                pairs.push(self.pair(workload, round)?);
            }
        }
        let mut rows = Vec::new();
        for (workload, pairs) in self.options.workloads.iter().zip(pairs) {
            rows.push(self.row(workload, self.undisturbed(workload, pairs)?));
        }
        report::table(&rows);
        let mut footprints = Vec::new();
        for subject in self.subjects().filter(|_| self.options.footprint) {
            footprints.push(self.footprint(subject)?);
        }
        report::footprints(&footprints);
        match &self.options.json {
            Some(path) => rows::write(path, &rows, &footprints),
            None => Ok(()),
        }
    }

    /// Runs again what others disturbed, as long as there is patience.
    fn undisturbed(&self, workload: &str, mut pairs: Vec<Pair>) -> Result<Vec<Pair>, String> {
        for attempt in 0..self.options.rounds * PATIENCE {
            pairs.sort_by(|a, b| a.noise().total_cmp(&b.noise()));
            let calm = pairs.iter().take(self.options.rounds).all(|pair| pair.noise() <= NOISE);
            if calm {
                break;
            }
            pairs.push(self.pair(workload, attempt)?);
        }
        pairs.sort_by(|a, b| a.noise().total_cmp(&b.noise()));
        pairs.truncate(self.options.rounds);
        Ok(pairs)
    }

    fn pair(&self, workload: &str, round: usize) -> Result<Pair, String> {
        let run = |subject: &Option<Subject>| -> Result<Option<Run>, String> {
            let Some(subject) = subject else { return Ok(None) };
            let started = subject.start(workload)?;
            let run = self.driver.run(&started, subject, workload);
            let run =
                run.map_err(|error| format!("{} {workload}: {error}\n{}", subject.name, started.log_tail()))?;
            report::progress(round, subject.name, workload, &run);
            Ok(Some(run))
        };
        // Who goes first changes from round to round.
        let (peer, tandem);
        if round.is_multiple_of(2) {
            peer = run(&self.peer)?;
            tandem = run(&self.tandem)?;
        } else {
            tandem = run(&self.tandem)?;
            peer = run(&self.peer)?;
        }
        Ok(Pair { peer, tandem })
    }

    fn row(&self, workload: &str, pairs: Vec<Pair>) -> Row {
        let disturbed = pairs.iter().filter(|pair| pair.noise() > NOISE).count();
        let (peer, tandem): (Vec<_>, Vec<_>) = pairs.into_iter().map(|pair| (pair.peer, pair.tandem)).unzip();
        Row { workload: workload.to_owned(), disturbed, peer, tandem, only_peer: self.tandem.is_none() }
    }

    /// Requests a second that the driver manages when the server costs next to nothing.
    fn ceiling(&self) -> Result<f64, String> {
        let subject = Subject::constant(&self.driver.program);
        let started = subject.start("device_authorization")?;
        Ok(self.driver.run(&started, &subject, "device_authorization")?.ops_per_s)
    }

    fn footprint(&self, subject: &Subject) -> Result<Footprint, String> {
        let mut ready_ms = Vec::new();
        for _ in 1..STARTS {
            ready_ms.push(subject.start(FOOTPRINT)?.ready_ms);
        }
        let started = subject.start(FOOTPRINT)?;
        ready_ms.push(started.ready_ms);
        let codes = self.driver.pending_codes(&started, subject, PENDING_CODES);
        let codes = codes.map_err(|error| format!("{}: {error}\n{}", subject.name, started.log_tail()))?;
        Ok(Footprint { name: subject.name, ready_ms, codes })
    }
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
