//! How are the results given to a program? As an array of JSON rows, one a workload, one for the footprint, one for the
//! inboxes.

use super::ceiling::Ceiling;
use super::driver::{InboxStreams, Run};
use super::results::{Footprint, Row};
use super::statistics::median;
use super::targets::Target;
use serde_json::{Value, json};
use std::path::Path;

/// The rows for a program.
pub fn write(
    path: &Path,
    rows: &[Row],
    footprints: &[Footprint],
    streams: Option<&InboxStreams>,
) -> Result<(), String> {
    let footprint = (!footprints.is_empty()).then(|| footprint_row(footprints));
    let streams = streams.map(InboxStreams::json);
    let rows = Value::Array(rows.iter().map(Row::json).chain(footprint).chain(streams).collect());
    let text = serde_json::to_string_pretty(&rows).map_err(|error| error.to_string())?;
    std::fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
}

impl Row {
    fn json(&self) -> Value {
        let own = if self.only_peer { &self.peer } else { &self.tandem };
        let of_peer = |value: fn(&Run) -> f64| self.compared().then(|| round(Self::of(&self.peer, value)));
        let ratio = self.ratio(|run| run.ops_per_s);
        let of_both = |value: f64| self.compared().then(|| round(value));
        let target = Target::of(&self.workload);
        let share = |speed: fn(&Run) -> f64, ceiling: fn(&Ceiling) -> f64| {
            self.share(speed, ceiling).map(|share| round(share.median))
        };
        json!({
            "workload": self.workload,
            "ops_per_s": round(Self::of(own, |run| run.ops_per_s)),
            "p50_ms": round(Self::of(own, |run| run.p50_ms)),
            "p99_ms": round(Self::of(own, |run| run.p99_ms)),
            "cpu_us": round(Self::of(own, |run| run.cpu_us)),
            "rss_mib": round(Self::of(own, |run| run.rss_mib)),
            "server_cores": round(Self::of(own, |run| run.server_cores)),
            "peer_ops_per_s": of_peer(|run| run.ops_per_s),
            "peer_p50_ms": of_peer(|run| run.p50_ms),
            "peer_p99_ms": of_peer(|run| run.p99_ms),
            "peer_cpu_us": of_peer(|run| run.cpu_us),
            "peer_rss_mib": of_peer(|run| run.rss_mib),
            "ratio": of_both(ratio.median),
            "ratio_q1": of_both(ratio.lower),
            "ratio_q3": of_both(ratio.upper),
            "ratio_cpu": of_both(self.ratio(|run| run.ops_per_cpu_s).median),
            "must": target.map(|target| target.must),
            "goal": target.map(|target| target.goal),
            "share_of_ceiling": share(|run| run.ops_per_s, |ceiling| ceiling.listed.appended),
            "share_of_ceiling_keyed": share(|run| run.ops_per_s, |ceiling| ceiling.listed.keyed),
            "share_of_ceiling_cpu": share(|run| run.ops_per_cpu_s, |ceiling| ceiling.listed.appended),
            "share_of_ceiling_cpu_keyed": share(|run| run.ops_per_cpu_s, |ceiling| ceiling.listed.keyed),
            "share_of_measured_ceiling": share(|run| run.ops_per_s, |ceiling| ceiling.measured.appended),
            "share_of_measured_ceiling_keyed": share(|run| run.ops_per_s, |ceiling| ceiling.measured.keyed),
            "share_of_measured_ceiling_cpu": share(|run| run.ops_per_cpu_s, |ceiling| ceiling.measured.appended),
            "share_of_measured_ceiling_cpu_keyed": share(|run| run.ops_per_cpu_s, |ceiling| ceiling.measured.keyed),
            "floor_share_of_ceiling": self.floors_share(|run| run.ops_per_s).map(|share| round(share.median)),
            "floor_share_of_ceiling_cpu": self.floors_share(|run| run.ops_per_cpu_s).map(|share| round(share.median)),
            "share_of_floor": self.share_of_floor(|run| run.ops_per_s).map(|share| round(share.median)),
            "share_of_floor_cpu": self.share_of_floor(|run| run.ops_per_cpu_s).map(|share| round(share.median)),
            "noisy": self.disturbed > 0,
        })
    }
}

impl InboxStreams {
    /// One more row, with the members that every row has.
    fn json(&self) -> Value {
        json!({
            "workload": "inbox_streams", "ops_per_s": null, "p50_ms": null, "p99_ms": null, "cpu_us": null,
            "rss_mib": round(self.after_mib), "peer_ops_per_s": null, "ratio": null,
            "streams": self.streams, "people": self.people,
            "idle_rss_mib": round(self.before_mib), "kib_per_stream": round(self.kib_per_stream),
            "cores_waiting": round(self.cores_waiting), "asks": self.asks, "woken": self.woken,
            "woken_wrongly": self.woken_wrongly, "slowest_wake_ms": round(self.slowest_wake_ms),
        })
    }
}

impl Footprint {
    fn json(&self) -> Value {
        json!({
            "ready_ms": round(median(self.ready_ms.iter().copied())),
            "idle_rss_mib": round(self.codes.before_mib),
            "pending_codes": self.codes.codes,
            "pending_rss_mib": round(self.codes.after_mib),
            "bytes_per_code": round(self.bytes_per_code()),
        })
    }
}

/// One more row: it has the members of the others, most of them empty, and its own; the peer's under `peer`.
fn footprint_row(footprints: &[Footprint]) -> Value {
    let of = |name: &str| footprints.iter().find(|footprint| footprint.name == name);
    let own = of("tandem").or_else(|| of("peer"));
    let mut row = json!({
        "workload": "footprint", "ops_per_s": null, "p50_ms": null, "p99_ms": null, "cpu_us": null,
        "rss_mib": own.map(|own| round(own.codes.after_mib)), "peer_ops_per_s": null, "ratio": null,
    });
    if let (Some(row), Some(Value::Object(members))) = (row.as_object_mut(), own.map(Footprint::json)) {
        row.extend(members);
        let peer = of("peer").filter(|_| of("tandem").is_some());
        row.insert("peer".to_owned(), peer.map_or(Value::Null, Footprint::json));
    }
    row
}

/// Three decimals are more than the noise leaves.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::ceiling::Best;
    use super::super::driver::PendingCodes;
    use super::super::statistics::Quartiles;
    use super::*;

    #[test]
    fn the_ratio_is_paired() {
        let run = |speed: f64, per_cpu: f64| {
            Some(Run { ops_per_s: speed, ops_per_cpu_s: speed * per_cpu, ..Run::default() })
        };
        let row = Row {
            workload: "refresh".to_owned(),
            disturbed: 0,
            peer: vec![run(100.0, 2.0), run(10.0, 2.0), run(1000.0, 2.0)],
            tandem: vec![run(500.0, 1.0), run(40.0, 1.0), run(6000.0, 1.0)],
            only_peer: false,
        };
        let quartiles = Quartiles { lower: 4.5, median: 5.0, upper: 5.5 };
        assert_eq!(
            (row.ratio(|run| run.ops_per_s), row.ratio(|run| run.ops_per_cpu_s).median),
            (quartiles, 2.5)
        );
        let json = row.json();
        for member in [
            "workload",
            "ops_per_s",
            "p50_ms",
            "p99_ms",
            "cpu_us",
            "rss_mib",
            "peer_ops_per_s",
            "ratio",
            "peer_p99_ms",
        ] {
            assert!(!json[member].is_null(), "{member}");
        }
        assert_eq!((json["ratio"].as_f64(), json["peer_ops_per_s"].as_f64()), (Some(5.0), Some(100.0)));
        assert_eq!((json["ratio_q1"].as_f64(), json["ratio_q3"].as_f64()), (Some(4.5), Some(5.5)));
        assert_eq!((json["must"].as_f64(), json["goal"].as_f64()), (Some(4.0), Some(5.0)));
        assert!(json["share_of_ceiling"].is_null() && json["share_of_floor"].is_null());
        assert_eq!((json["ratio_cpu"].as_f64(), json["noisy"].as_bool()), (Some(2.5), Some(false)));
        let alone = Row { peer: vec![None, None, None], ..row };
        assert!(alone.json()["ratio"].is_null() && alone.json()["peer_ops_per_s"].is_null());
    }

    #[test]
    fn the_share_of_the_ceiling_is_of_the_same_run() {
        let run = |speed: f64, appended: f64| {
            let ceiling =
                Some(Ceiling { listed: Best { appended, keyed: appended / 2.0 }, ..Ceiling::default() });
            let floor = Run { ops_per_s: appended * 0.9, ops_per_cpu_s: appended * 1.1, ..Run::default() };
            let floor = Some(Box::new(floor));
            Some(Run { ops_per_s: speed, ops_per_cpu_s: speed * 1.1, ceiling, floor, ..Run::default() })
        };
        let row = Row {
            workload: "ciba_flow_private_key_jwt".to_owned(),
            disturbed: 0,
            peer: vec![None, None, None],
            tandem: vec![run(700.0, 1000.0), run(80.0, 100.0), run(9000.0, 10_000.0)],
            only_peer: false,
        };
        let json = row.json();
        assert_eq!(
            (json["share_of_ceiling"].as_f64(), json["share_of_ceiling_keyed"].as_f64()),
            (Some(0.8), Some(1.6))
        );
        assert_eq!(
            (json["share_of_ceiling_cpu"].as_f64(), json["share_of_ceiling_cpu_keyed"].as_f64()),
            (Some(0.88), Some(1.76)),
            "where it did not have its core for itself all the time"
        );
        assert_eq!(
            (json["floor_share_of_ceiling"].as_f64(), json["floor_share_of_ceiling_cpu"].as_f64()),
            (Some(0.9), Some(1.1))
        );
        assert_eq!(
            (json["share_of_floor"].as_f64(), json["share_of_floor_cpu"].as_f64()),
            (Some(0.889), Some(0.8))
        );
        assert!(json["ratio"].is_null() && json["must"].is_null());
    }

    #[test]
    fn the_footprint_is_a_row_too() {
        let of = |name, after_mib| Footprint {
            name,
            ready_ms: vec![30.0, 10.0, 20.0],
            codes: PendingCodes { codes: 1024.0, before_mib: 10.0, after_mib },
        };
        let row = footprint_row(&[of("peer", 12.0), of("tandem", 11.0)]);
        assert_eq!((row["bytes_per_code"].as_f64(), row["ready_ms"].as_f64()), (Some(1024.0), Some(20.0)));
        assert_eq!(
            (row["rss_mib"].as_f64(), row["peer"]["bytes_per_code"].as_f64()),
            (Some(11.0), Some(2048.0))
        );
        assert!(footprint_row(&[of("tandem", 11.0)])["peer"].is_null());
    }
}
