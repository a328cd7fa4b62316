//! How is one run driven from the other core, and what did it give?

use super::ceiling::{Ceiling, Primitives};
use super::server::{self, Started, Subject, pinned, with_open_files};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The driver's core; the server has the other.
const CORE: &str = "1";
const CONNECTIONS: &str = "32";
/// V8 at half a second shows a third of its speed.
const WARM_UP: &str = "2";
/// How long this core's primitives are looked at before a run that has a ceiling.
const CALIBRATION: &str = "0.5";
/// How long the server that does nothing is driven, after its warm-up.
const FLOOR_SECONDS: f64 = 1.0;
/// A file each stream, and some for everything else.
pub const OPEN_FILES: u32 = 12_000;
/// More polls than this share answered with `slow_down`, and `slow_down` is what was measured.
const SLOW_DOWN: f64 = 0.01;

/// The load driver.
pub struct Driver {
    /// The release binary of `bench-driver`.
    pub program: PathBuf,
    /// How long each run is measured.
    pub seconds: f64,
}

/// What can be measured without Tandem: the least that any server does.
pub struct Floor {
    /// The release binary of `tandem-bench-server`.
    pub program: PathBuf,
    /// Its server that reads a form and answers the same each time.
    pub subject: Subject,
    /// Where its rows go.
    pub folder: PathBuf,
}

/// What one run gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// Operations a second.
    pub ops_per_s: f64,
    /// Operations a second of CPU time that the server used.
    pub ops_per_cpu_s: f64,
    /// Microseconds of CPU time an operation.
    pub cpu_us: f64,
    /// Median latency.
    pub p50_ms: f64,
    /// Latency of the slowest hundredth.
    pub p99_ms: f64,
    /// Resident memory at the end.
    pub rss_mib: f64,
    /// Cores that the server used.
    pub server_cores: f64,
    /// Cores that the driver used.
    pub driver_cores: f64,
    /// Cores that other programs used.
    pub other_cores: f64,
    /// Polls answered with `slow_down`.
    pub slow_down: f64,
    /// Codes that were polled in turn.
    pub codes: f64,
    /// Client assertions that the driver had to sign during the load.
    pub late_assertions: f64,
    /// What one core could do at best, where that was computed for this run.
    pub ceiling: Option<Ceiling>,
    /// What a server did right before that does nothing but the same parts, where there is one.
    pub floor: Option<Box<Run>>,
}

impl Run {
    /// Cores that other programs used, while this ran or what it is held against.
    pub fn noise(&self) -> f64 {
        let floor = self.floor.as_ref().map_or(0.0, |floor| floor.other_cores);
        self.other_cores.max(floor)
    }
}

/// Memory before and after many codes were left pending.
#[derive(Debug, Clone, Copy)]
pub struct PendingCodes {
    /// How many.
    pub codes: f64,
    /// Resident memory before.
    pub before_mib: f64,
    /// Resident memory after.
    pub after_mib: f64,
}

/// What many open inboxes cost, and whom requests woke.
#[derive(Debug, Clone, Copy)]
pub struct InboxStreams {
    /// How many streams, each on a connection of its own.
    pub streams: f64,
    /// Of how many people.
    pub people: f64,
    /// Resident memory of the server before.
    pub before_mib: f64,
    /// With all of them waiting.
    pub after_mib: f64,
    /// For each.
    pub kib_per_stream: f64,
    /// Cores that the server used while they waited.
    pub cores_waiting: f64,
    /// Requests, each to another person.
    pub asks: f64,
    /// Streams of those people: all of them told of it.
    pub woken: f64,
    /// Events that nobody should have got.
    pub woken_wrongly: f64,
    /// From sending a request to the event on the last stream of its person.
    pub slowest_wake_ms: f64,
}

/// Why a run does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The server or the driver did something wrong.
    Wrong(String),
    /// The server became so much faster than it was while codes were made for it that they did not suffice.
    TooFewCodes(String),
}

impl Driver {
    /// Measures `workload` against a fresh server.
    pub fn run(&self, started: &Started, subject: &Subject, workload: &str) -> Result<Run, Misfit> {
        let name = ["_pages", "_sensitive", "_revoked"]
            .iter()
            .find_map(|end| workload.strip_suffix(end))
            .unwrap_or(workload);
        let seconds = self.seconds.to_string();
        let arguments = ["--workload", name, "--warm-up", WARM_UP, "--seconds", &seconds];
        let report = self.drive(started, &(subject.driver_arguments)(workload), &arguments);
        judge(&report.map_err(Misfit::Wrong)?)
    }

    /// Leaves `count` codes pending.
    pub fn pending_codes(
        &self,
        started: &Started,
        subject: &Subject,
        count: usize,
    ) -> Result<PendingCodes, String> {
        let arguments = (subject.driver_arguments)("pending_codes");
        let report = self.drive(started, &arguments, &["--pending-codes", &count.to_string()])?;
        Ok(PendingCodes {
            codes: number(&report, "codes")?,
            before_mib: number(&report, "rss_before_mib")?,
            after_mib: number(&report, "rss_after_mib")?,
        })
    }

    /// Holds `count` inboxes open.
    pub fn inbox_streams(
        &self,
        started: &Started,
        subject: &Subject,
        count: usize,
    ) -> Result<InboxStreams, String> {
        let arguments = (subject.driver_arguments)(super::workloads::INBOX_STREAMS);
        let command = self.command(started, &arguments, &["--inbox-streams", &count.to_string()]);
        let report = report(pinned(CORE, &with_open_files(OPEN_FILES, &command)?))?;
        let number = |name| number(&report, name);
        Ok(InboxStreams {
            streams: number("streams")?,
            people: number("people")?,
            before_mib: number("rss_before_mib")?,
            after_mib: number("rss_after_mib")?,
            kib_per_stream: number("kib_per_stream")?,
            cores_waiting: number("cores_waiting")?,
            asks: number("asks")?,
            woken: number("woken")?,
            woken_wrongly: number("woken_wrongly")?,
            slowest_wake_ms: number("slowest_wake_ms")?,
        })
    }

    /// What the server's core, which must be idle, needs for each part of an operation. `floor` is the server that does
    /// nothing else but answer, and `folder` on the disk of the store.
    pub fn calibrate(&self, floor: &Floor) -> Result<Primitives, String> {
        let mut command = Command::new(&self.program);
        command.args(["--calibrate", CALIBRATION]);
        let curve = report(pinned(server::CORE, &command))?;
        let mut command = Command::new(&floor.program);
        command.args(["--unit-costs", CALIBRATION]).arg(&floor.folder);
        let costs = report(pinned(server::CORE, &command))?;
        let started = floor.subject.start("device_authorization")?;
        let brief = Self { program: self.program.clone(), seconds: FLOOR_SECONDS };
        let post = brief.run(&started, &floor.subject, "device_authorization");
        let post = post.map_err(|misfit| format!("the floor: {misfit:?}"))?;
        Ok(Primitives {
            post_us: post.cpu_us,
            token_us: number(&costs, "token_us")?,
            hash_us: number(&costs, "hash_us")?,
            appended_row_us: number(&costs, "appended_row_us")?,
            keyed_row_us: number(&costs, "keyed_row_us")?,
            sign_us: number(&curve, "sign_us")?,
            verify_us: number(&curve, "verify_us")?,
        })
    }

    fn drive(&self, started: &Started, subject: &[String], arguments: &[&str]) -> Result<Value, String> {
        report(pinned(CORE, &self.command(started, subject, arguments)))
    }

    fn command(&self, started: &Started, subject: &[String], arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--port", &started.port.to_string(), "--pid", &started.pid().to_string()]);
        command.args(["--connections", CONNECTIONS]).args(subject).args(arguments);
        command
    }
}

/// Runs the driver to its end and reads what it found.
fn report(mut command: Command) -> Result<Value, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("the driver: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("the driver's report: {error}"))
}

fn number(report: &Value, name: &str) -> Result<f64, String> {
    report.get(name).and_then(Value::as_f64).ok_or_else(|| format!("the driver's report has no {name}"))
}

/// Takes a run only if every answer was the right one.
fn judge(report: &Value) -> Result<Run, Misfit> {
    let number = |name| number(report, name).map_err(Misfit::Wrong);
    let (good, bad, slow_down) = (number("good")?, number("bad")?, number("slow_down")?);
    if bad > 0.0 {
        let problems = report.get("problems").map(Value::to_string).unwrap_or_default();
        return Err(Misfit::Wrong(format!(
            "{bad} wrong answers beside {good} right ones, such as {problems}"
        )));
    }
    if slow_down > good * SLOW_DOWN {
        return Err(Misfit::TooFewCodes(format!(
            "{slow_down} slow_down beside {good} right answers: not what was to be measured"
        )));
    }
    if good < 1.0 {
        return Err(Misfit::Wrong("no answer at all".to_owned()));
    }
    Ok(Run {
        ops_per_s: number("ops_per_s")?,
        ops_per_cpu_s: number("ops_per_cpu_s")?,
        cpu_us: number("cpu_us")?,
        p50_ms: number("p50_ms")?,
        p99_ms: number("p99_ms")?,
        rss_mib: number("rss_mib")?,
        server_cores: number("server_cores")?,
        driver_cores: number("driver_cores")?,
        other_cores: number("other_cores")?,
        slow_down,
        codes: number("codes")?,
        late_assertions: number("late_assertions")?,
        ceiling: None,
        floor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_whose_floor_was_disturbed_is_disturbed() {
        let floor = |other_cores| Some(Box::new(Run { other_cores, ..Run::default() }));
        let run = Run { other_cores: 0.1, ..Run::default() };
        assert!((run.noise() - 0.1).abs() < f64::EPSILON);
        for (own, floors, noise) in [(0.1, 0.0, 0.1), (0.1, 0.3, 0.3)] {
            let run = Run { other_cores: own, floor: floor(floors), ..Run::default() };
            assert!((run.noise() - noise).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn a_run_with_wrong_answers_does_not_count() {
        let report = |bad: u32, slow_down: u32| {
            json!({"good": 1000, "bad": bad, "slow_down": slow_down, "problems": ["500: x"], "ops_per_s": 1.0,
                "ops_per_cpu_s": 1.0, "cpu_us": 1.0, "p50_ms": 1.0, "p99_ms": 1.0, "rss_mib": 1.0,
                "server_cores": 1.0, "driver_cores": 1.0, "other_cores": 0.0, "codes": 0, "late_assertions": 0})
        };
        assert!(judge(&report(0, 10)).is_ok());
        assert!(matches!(judge(&report(1, 0)), Err(Misfit::Wrong(why)) if why.contains("500: x")));
        assert!(matches!(judge(&report(0, 11)), Err(Misfit::TooFewCodes(why)) if why.contains("slow_down")));
        assert!(judge(&json!({"good": 1000})).is_err());
    }
}
