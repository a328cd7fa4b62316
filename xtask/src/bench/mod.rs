//! How fast is Tandem beside its peer? Fresh processes on one core, the same load from the other, in interleaved rounds.

mod ceiling;
mod ciba_floor;
mod driver;
mod options;
mod peer;
mod report;
mod results;
mod rows;
mod server;
mod statistics;
mod tandem;
mod targets;
mod workloads;

use crate::target_directory;
use driver::{Driver, Floor, InboxStreams, Misfit, OPEN_FILES, Run};
use options::{Build, Options, Subjects};
use results::{Footprint, Row};
use server::{Subject, with_open_files};
use std::path::Path;
use std::process::{Command, ExitCode};
use workloads::{CIBA_BY_KEY, CONTAINMENT, FOOTPRINT, INBOX_STREAMS, with_itself, without_peer};

/// A pair of runs counts as disturbed if other programs used more than this share of a core.
const NOISE: f64 = 0.15;
/// So often disturbed pairs are run again, as a multiple of the rounds asked for, and a run without codes enough.
const PATIENCE: usize = 2;
/// How often a server is started, and how many codes are pending, for its footprint.
const STARTS: usize = 5;
const PENDING_CODES: usize = 100_000;
/// How many inboxes are open.
const STREAMS: usize = 10_000;

/// Milliseconds that containments took, alone on their core.
fn containment(subject: &Subject) -> Result<Vec<f64>, String> {
    let command = (subject.command)(CONTAINMENT, 1)?;
    let output = server::pinned(server::CORE, &command).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{CONTAINMENT}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let took = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        line.get("ms")
            .and_then(serde_json::Value::as_f64)
            .ok_or_else(|| format!("{CONTAINMENT}: no time in {line}"))
    });
    took.collect()
}

/// Measures and prints; with `--json FILE` also writes the rows.
pub fn run(root: &Path, arguments: &[&str]) -> ExitCode {
    let outcome = options::parse(arguments).and_then(|options| Bench::prepare(root, options)?.measure());
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
    floor: Floor,
    ciba_floor: Subject,
}

/// One run of each, close in time.
struct Pair {
    peer: Option<Run>,
    tandem: Option<Run>,
}

impl Pair {
    fn noise(&self) -> f64 {
        let noise = |run: &Option<Run>| run.as_ref().map_or(0.0, Run::noise);
        noise(&self.peer).max(noise(&self.tandem))
    }
}

impl Bench {
    fn prepare(root: &Path, options: Options) -> Result<Self, String> {
        let work = target_directory(root).join("bench");
        std::fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
        let release = target_directory(root).join("release");
        let mut programs = vec!["bench-driver"];
        if options.subjects != Subjects::PeerOnly {
            programs.extend(["tandem-server", "tandem-bench-server"]);
        }
        if options.build == Build::Release {
            server::build(root, &programs)?;
        }
        if options.inbox_streams {
            // What is not allowed is told before anything is measured.
            with_open_files(OPEN_FILES, &Command::new("true"))?;
        }
        let driver = Driver { program: release.join("bench-driver"), seconds: options.seconds };
        let peer = match options.subjects {
            Subjects::TandemOnly => None,
            Subjects::Both | Subjects::PeerOnly => Some(peer::subject(root, &work)?),
        };
        let tandem = match options.subjects {
            Subjects::PeerOnly => None,
            Subjects::Both | Subjects::TandemOnly => {
                Some(tandem::subject(&release, &work, options.fsync_delay_ms)?)
            }
        };
        let program = release.join("tandem-bench-server");
        let floor = Floor { subject: Subject::floor(&program), program, folder: work.join("unit-costs") };
        let ciba_floor = ciba_floor::subject(&release, &work);
        Ok(Self { options, driver, peer, tandem, floor, ciba_floor })
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
        if let Some(subject) = self.tandem.as_ref().filter(|_| self.options.containment) {
            report::containment(&containment(subject)?);
        }
        let asked = self.tandem.as_ref().filter(|_| self.options.inbox_streams);
        let streams = asked.map(|subject| self.inbox_streams(subject)).transpose()?;
        report::inbox_streams(streams.as_ref());
        match &self.options.json {
            Some(path) => rows::write(path, &rows, &footprints, streams.as_ref()),
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
        let run = |subject: &Option<Subject>| match subject {
            Some(subject) => self.one(subject, workload, round).map(Some),
            None => Ok(None),
        };
        if let Some(ordinary) = with_itself(workload) {
            return self.with_itself(ordinary, workload, round);
        }
        if without_peer(workload) {
            return Ok(Pair { peer: None, tandem: run(&self.tandem)? });
        }
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

    /// Tandem as it is usually beside Tandem under this workload.
    fn with_itself(&self, ordinary: &str, workload: &str, round: usize) -> Result<Pair, String> {
        let tandem = self.tandem.as_ref().ok_or("this is compared with Tandem itself")?;
        let (usual, special);
        if round.is_multiple_of(2) {
            usual = self.one(tandem, ordinary, round)?;
            special = self.one(tandem, workload, round)?;
        } else {
            special = self.one(tandem, workload, round)?;
            usual = self.one(tandem, ordinary, round)?;
        }
        Ok(Pair { peer: Some(usual), tandem: Some(special) })
    }

    /// One run that counts.
    fn one(&self, subject: &Subject, workload: &str, round: usize) -> Result<Run, String> {
        let mut tries = 0..PATIENCE;
        loop {
            // Before the server has the core.
            let (ceiling, floor) = match workload {
                CIBA_BY_KEY => {
                    let ceiling = self.driver.calibrate(&self.floor)?.ciba_flow_private_key_jwt();
                    (Some(ceiling), Some(Box::new(self.run_floor(workload, round)?)))
                }
                _ => (None, None),
            };
            let started = subject.start(workload)?;
            match self.driver.run(&started, subject, workload) {
                Ok(run) => {
                    let run = Run { ceiling, floor, ..run };
                    report::progress(round, subject.name, workload, &run);
                    return Ok(run);
                }
                Err(Misfit::TooFewCodes(why)) if tries.next().is_some() => {
                    println!("  round {}: {} {workload}: once more: {why}", round + 1, subject.name);
                }
                Err(Misfit::TooFewCodes(why) | Misfit::Wrong(why)) => {
                    return Err(format!("{} {workload}: {why}\n{}", subject.name, started.log_tail()));
                }
            }
        }
    }

    /// The server that does nothing but the parts of a backchannel flow.
    fn run_floor(&self, workload: &str, round: usize) -> Result<Run, String> {
        let started = self.ciba_floor.start(workload)?;
        let run = self.driver.run(&started, &self.ciba_floor, workload);
        let run = run.map_err(|misfit| format!("the floor: {misfit:?}\n{}", started.log_tail()))?;
        report::progress(round, self.ciba_floor.name, workload, &run);
        Ok(run)
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
        let run = self.driver.run(&started, &subject, "device_authorization");
        run.map(|run| run.ops_per_s).map_err(|misfit| format!("the driver alone: {misfit:?}"))
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

    fn inbox_streams(&self, subject: &Subject) -> Result<InboxStreams, String> {
        let started = subject.start(INBOX_STREAMS)?;
        let streams = self.driver.inbox_streams(&started, subject, STREAMS);
        streams.map_err(|error| format!("{INBOX_STREAMS}: {error}\n{}", started.log_tail()))
    }
}
