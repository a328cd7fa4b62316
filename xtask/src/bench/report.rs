//! How are the results shown: to a person as a table, to a program as JSON rows?

use super::driver::{PendingCodes, Run};
use super::statistics::{Quartiles, median};
use serde_json::{Value, json};
use std::fs::read_to_string;
use std::path::Path;

/// A workload's rounds.
pub struct Row {
    /// Its name.
    pub workload: String,
    /// How many rounds other programs disturbed.
    pub disturbed: usize,
    /// The peer's runs, a place a round.
    pub peer: Vec<Option<Run>>,
    /// Tandem's runs, a place a round.
    pub tandem: Vec<Option<Run>>,
    /// Whether the peer alone was measured.
    pub only_peer: bool,
}

/// What a server takes before and beside its work.
pub struct Footprint {
    /// Whose.
    pub name: &'static str,
    /// From start to first good answer, each start.
    pub ready_ms: Vec<f64>,
    /// Memory idle and with codes pending.
    pub codes: PendingCodes,
}

impl Row {
    fn of<'a>(runs: &'a [Option<Run>], value: impl Fn(&Run) -> f64 + 'a) -> f64 {
        median(runs.iter().flatten().map(value))
    }

    /// Tandem to the peer in operations a second of CPU time, round by round.
    fn ratio(&self) -> Quartiles {
        let rounds = self.tandem.iter().zip(&self.peer).filter_map(|(tandem, peer)| {
            let (tandem, peer) = (tandem.as_ref()?, peer.as_ref()?);
            (peer.ops_per_cpu_s > 0.0).then(|| tandem.ops_per_cpu_s / peer.ops_per_cpu_s)
        });
        Quartiles::of(rounds)
    }

    fn json(&self) -> Value {
        let own = if self.only_peer { &self.peer } else { &self.tandem };
        let compared =
            self.peer.iter().zip(&self.tandem).any(|(peer, tandem)| peer.is_some() && tandem.is_some());
        json!({
            "workload": self.workload,
            "ops_per_s": round(Self::of(own, |run| run.ops_per_s)),
            "p50_ms": round(Self::of(own, |run| run.p50_ms)),
            "p99_ms": round(Self::of(own, |run| run.p99_ms)),
            "cpu_us": round(Self::of(own, |run| run.cpu_us)),
            "rss_mib": round(Self::of(own, |run| run.rss_mib)),
            "peer_ops_per_s": compared.then(|| round(Self::of(&self.peer, |run| run.ops_per_s))),
            "ratio": compared.then(|| round(self.ratio().median)),
        })
    }
}

/// Three decimals are more than the noise leaves.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// What the numbers were measured on.
pub fn machine() {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!(
        "CPU: {} ({cores} usable cores), Linux {}",
        model.trim_start_matches(['\t', ' ', ':']),
        kernel.trim()
    );
    println!("load average before: {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
}

/// One line a run, while it goes.
pub fn progress(round: usize, name: &str, workload: &str, run: &Run) {
    println!(
        "  round {}: {name:<8} {workload:<21} {:>9.0} ops/s {:>9.0} ops/cpu-s  server {:.2} driver {:.2} others {:.2} cores{}",
        round + 1,
        run.ops_per_s,
        run.ops_per_cpu_s,
        run.server_cores,
        run.driver_cores,
        run.other_cores,
        if run.slow_down > 0.0 { format!("  slow_down {}", run.slow_down) } else { String::new() },
    );
}

/// The medians of every workload.
pub fn table(rows: &[Row]) {
    println!(
        "\n| workload | server | ops/s | p50 ms | p99 ms | CPU µs/op | RSS MiB | ratio in ops/cpu-s [quartiles] |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let ratio = row.ratio();
        for (name, runs) in [("tandem", &row.tandem), ("peer", &row.peer)] {
            if runs.iter().all(Option::is_none) {
                continue;
            }
            let compared = name == "tandem" && row.peer.iter().any(Option::is_some);
            let ratio = if compared {
                format!("{:.1} [{:.1}-{:.1}]", ratio.median, ratio.lower, ratio.upper)
            } else {
                String::new()
            };
            println!(
                "| {} | {name} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {ratio} |",
                row.workload,
                Row::of(runs, |run| run.ops_per_s),
                Row::of(runs, |run| run.p50_ms),
                Row::of(runs, |run| run.p99_ms),
                Row::of(runs, |run| run.cpu_us),
                Row::of(runs, |run| run.rss_mib),
            );
        }
    }
    for row in rows.iter().filter(|row| row.disturbed > 0) {
        println!(
            "NOISY: {}: other programs disturbed {} of {} rounds",
            row.workload,
            row.disturbed,
            row.peer.len()
        );
    }
}

/// Start, memory idle, memory with codes pending.
pub fn footprints(footprints: &[Footprint]) {
    println!(
        "\n| server | start to ready ms [quartiles] | idle RSS MiB | RSS with codes pending MiB | bytes a code |"
    );
    println!("|---|---|---|---|---|");
    for footprint in footprints {
        let ready = Quartiles::of(footprint.ready_ms.iter().copied());
        let codes = footprint.codes;
        println!(
            "| {} | {:.0} [{:.0}-{:.0}] | {:.1} | {:.1} ({:.0} codes) | {:.0} |",
            footprint.name,
            ready.median,
            ready.lower,
            ready.upper,
            codes.before_mib,
            codes.after_mib,
            codes.codes,
            (codes.after_mib - codes.before_mib) * 1024.0 * 1024.0 / codes.codes,
        );
    }
}

/// The rows for a program.
pub fn write_json(path: &Path, rows: &[Row]) -> Result<(), String> {
    let rows = Value::Array(rows.iter().map(Row::json).collect());
    let text = serde_json::to_string_pretty(&rows).map_err(|error| error.to_string())?;
    std::fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_paired() {
        let run = |speed: f64| Some(Run { ops_per_s: speed * 0.9, ops_per_cpu_s: speed, ..Run::default() });
        let row = Row {
            workload: "refresh".to_owned(),
            disturbed: 0,
            peer: vec![run(100.0), run(10.0), run(1000.0)],
            tandem: vec![run(500.0), run(40.0), run(6000.0)],
            only_peer: false,
        };
        assert_eq!(row.ratio(), Quartiles { lower: 4.5, median: 5.0, upper: 5.5 });
        let json = row.json();
        let members: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let expected =
            ["cpu_us", "ops_per_s", "p50_ms", "p99_ms", "peer_ops_per_s", "ratio", "rss_mib", "workload"];
        assert_eq!(members, expected);
        assert_eq!((json["ratio"].as_f64(), json["peer_ops_per_s"].as_f64()), (Some(5.0), Some(90.0)));
    }
}
