//! How are the results shown to a person? As a table, with what a reader must know of it.

use super::ceiling::Ceiling;
use super::driver::{InboxStreams, Run};
use super::results::{Footprint, Row};
use super::statistics::{Quartiles, median};
use super::targets::{INBOX_STREAMS_MIB, SHARE_OF_CEILING, Target};
use super::workloads::CONTAINED_WITHIN;
use std::fs::read_to_string;

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

/// What a reader must know of how these workloads are measured.
pub fn manners(workloads: &[String]) {
    println!(
        "32 connections, each with one request under way; a fresh process each run; tokens, codes and a signed-in"
    );
    println!("person are made before the measurement; wrong answers end it.");
    for workload in workloads {
        let manner = match workload.as_str() {
            "pending_poll" => {
                "as many codes as are polled in 5 s (the interval), at both servers by the same rule, so that none is polled \
                 too soon; the faster server keeps more of them"
            }
            "device_flow" => {
                "3 requests: code, approval, tokens. The approval comes in by a side door that is part of the bench and of \
                 neither product: one request through the server's own models, at Tandem on disk before its answer"
            }
            "device_flow_pages" => {
                "approval by the pages of each product: 4 requests at the peer, 5 at Tandem, whose /device leads on to \
                 /device/decision"
            }
            "device_flow_sensitive" => {
                "device_flow under the profile sensitive; what stands as the peer is Tandem itself under baseline"
            }
            "introspection_revoked" => {
                "introspection of good tokens with 100,000 revoked families in the store; what stands as the peer is Tandem \
                 itself without them"
            }
            "ciba_flow" => {
                "3 requests: a person is asked (login_hint, client_secret_basic), approval by a side door as in device_flow, \
                 tokens by poll. 1000 people are asked in turn; limits on how often the client asks are lifted at Tandem"
            }
            "ciba_flow_private_key_jwt" => {
                "the same with a signed assertion in both requests of the client, made before the load; beside what one core \
                 could do at best, computed from its parts, and a server that does nothing but these parts, both measured \
                 just before each run"
            }
            "introspection" => "1024 opaque access tokens in turn",
            "refresh" => "a refresh token for the next one with an ID token; every connection has its own",
            "refresh_dpop" => "the same with a DPoP proof in every request; the driver signs it",
            _ => continue,
        };
        println!("  {workload}: {manner}");
    }
}

/// One line a run, while it goes.
pub fn progress(round: usize, name: &str, workload: &str, run: &Run) {
    let codes = if run.codes > 0.0 { format!("  {} codes", run.codes) } else { String::new() };
    let slow_down =
        if run.slow_down > 0.0 { format!("  slow_down {}", run.slow_down) } else { String::new() };
    let late = if run.late_assertions > 0.0 {
        format!("  {} assertions signed during the load", run.late_assertions)
    } else {
        String::new()
    };
    println!(
        "  round {}: {name:<8} {workload:<25} {:>9.0} ops/s {:>9.0} ops/cpu-s  p99 {:>6.2} ms  \
         server {:.2} driver {:.2} others {:.2} cores{codes}{slow_down}{late}",
        round + 1,
        run.ops_per_s,
        run.ops_per_cpu_s,
        run.p99_ms,
        run.server_cores,
        run.driver_cores,
        run.other_cores,
    );
}

/// The medians of every workload.
pub fn table(rows: &[Row]) {
    println!(
        "\n| workload | server | ops/s | p50 ms | p99 ms | CPU µs/op | RSS MiB | server cores | ratio of ops/s [quartiles] | ratio of ops/cpu-s [quartiles] | must / goal |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        for (name, runs) in [("tandem", &row.tandem), ("peer", &row.peer)] {
            if runs.iter().all(Option::is_none) {
                continue;
            }
            let shown = |value: fn(&Run) -> f64| {
                let ratio = row.ratio(value);
                let compared = name == "tandem" && row.compared();
                if compared {
                    format!("{:.1} [{:.1}-{:.1}]", ratio.median, ratio.lower, ratio.upper)
                } else {
                    String::new()
                }
            };
            println!(
                "| {} | {name} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} | {} | {} | {} |",
                row.workload,
                Row::of(runs, |run| run.ops_per_s),
                Row::of(runs, |run| run.p50_ms),
                Row::of(runs, |run| run.p99_ms),
                Row::of(runs, |run| run.cpu_us),
                Row::of(runs, |run| run.rss_mib),
                Row::of(runs, |run| run.server_cores),
                shown(|run| run.ops_per_s),
                shown(|run| run.ops_per_cpu_s),
                if name == "tandem" { target(row) } else { String::new() },
            );
        }
    }
    for row in rows {
        ceiling(row);
        floor(row);
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

/// What was set for the ratio, and whether it was reached.
fn target(row: &Row) -> String {
    let target = Target::of(&row.workload);
    let set = target.map(|target| format!("{} / {}", target.must, target.goal)).unwrap_or_default();
    match target.filter(|_| row.compared()) {
        Some(target) => format!("{set}: {}", target.verdict(row.ratio(|run| run.ops_per_s).median)),
        None => set,
    }
}

/// The share of the ceiling, where a workload has one. By the listed parts, by operations a second and with appended rows it
/// must be reached; the other readings stand beside it.
fn ceiling(row: &Row) {
    let Some(share) = row.share(|run| run.ops_per_s, |one| one.listed.appended) else { return };
    let percent = |speed: fn(&Run) -> f64, ceiling: fn(&Ceiling) -> f64| {
        row.share(speed, ceiling).map_or(0.0, |share| share.median * 100.0)
    };
    let of = |value: fn(&Ceiling) -> f64| {
        median(row.tandem.iter().flatten().filter_map(|run| run.ceiling.as_ref().map(value)))
    };
    println!(
        "{}: one core at best {:.0} ops/s with appended rows ({:.0} with keyed ones), from a signature in {:.1} µs and a \
         verification in {:.1} µs here; share {:.0} % [{:.0}-{:.0}] ({:.0} % with keyed ones), of the CPU time that it took {:.0} % \
         ({:.0} %); must {:.0} %: {}",
        row.workload,
        of(|one| one.listed.appended),
        of(|one| one.listed.keyed),
        of(|one| one.primitives.sign_us),
        of(|one| one.primitives.verify_us),
        share.median * 100.0,
        share.lower * 100.0,
        share.upper * 100.0,
        percent(|run| run.ops_per_s, |one| one.listed.keyed),
        percent(|run| run.ops_per_cpu_s, |one| one.listed.appended),
        percent(|run| run.ops_per_cpu_s, |one| one.listed.keyed),
        SHARE_OF_CEILING * 100.0,
        if share.median >= SHARE_OF_CEILING { "reached" } else { "MISSED" },
    );
    println!(
        "  with every part measured here, a request in {:.1} µs, an appended row in {:.1} (keyed {:.1}), a token in {:.2}: at best \
         {:.0} ops/s ({:.0}); share {:.0} % ({:.0} %), of the CPU time {:.0} % ({:.0} %)",
        of(|one| one.primitives.post_us),
        of(|one| one.primitives.appended_row_us),
        of(|one| one.primitives.keyed_row_us),
        of(|one| one.primitives.token_us),
        of(|one| one.measured.appended),
        of(|one| one.measured.keyed),
        percent(|run| run.ops_per_s, |one| one.measured.appended),
        percent(|run| run.ops_per_s, |one| one.measured.keyed),
        percent(|run| run.ops_per_cpu_s, |one| one.measured.appended),
        percent(|run| run.ops_per_cpu_s, |one| one.measured.keyed),
    );
}

/// What is left to be had: how near the ceiling a server comes that does nothing else, and how near Tandem comes to that.
fn floor(row: &Row) {
    let per_second: fn(&Run) -> f64 = |run| run.ops_per_s;
    let per_cpu_second: fn(&Run) -> f64 = |run| run.ops_per_cpu_s;
    let percent = |share: Option<Quartiles>| share.map_or(0.0, |share| share.median * 100.0);
    let Some(share) = row.share_of_floor(per_second) else { return };
    let floors = |value: fn(&Run) -> f64| {
        median(row.tandem.iter().flatten().filter_map(|run| run.floor.as_deref().map(value)))
    };
    println!(
        "  a server of the same libraries that does nothing but these parts: {:.0} ops/s, {:.1} µs of CPU time a flow; {:.0} % of the \
         ceiling with appended rows ({:.0} % of the CPU time); Tandem reaches {:.0} % of it [{:.0}-{:.0}] ({:.0} %)",
        floors(per_second),
        floors(|run| run.cpu_us),
        percent(row.floors_share(per_second)),
        percent(row.floors_share(per_cpu_second)),
        share.median * 100.0,
        share.lower * 100.0,
        share.upper * 100.0,
        percent(row.share_of_floor(per_cpu_second)),
    );
}

/// How long it took to contain incidents, in milliseconds.
pub fn containment(took: &[f64]) {
    let (typical, longest) = (median(took.iter().copied()), took.iter().copied().fold(0.0, f64::max));
    let verdict = if longest <= CONTAINED_WITHIN { "must reached" } else { "MISSED" };
    println!(
        "\ncontainment of 1,000 token families with 20 streams to tell: {typical:.0} ms, longest {longest:.0} ms of {} \
         (must {CONTAINED_WITHIN:.0} ms): {verdict}",
        took.len()
    );
}

/// What many open inboxes cost, and whom requests woke.
pub fn inbox_streams(found: Option<&InboxStreams>) {
    let Some(found) = found else { return };
    println!(
        "\ninbox_streams: {} streams of {} people, each on a connection of its own: {:.1} MiB before, {:.1} MiB with all of \
         them ({:.1} KiB a stream), {:.2} cores while they wait; must {INBOX_STREAMS_MIB:.0} MiB in total: {}",
        found.streams,
        found.people,
        found.before_mib,
        found.after_mib,
        found.kib_per_stream,
        found.cores_waiting,
        if found.fits() { "reached" } else { "MISSED" },
    );
    println!(
        "  {} requests, each to another person, woke the {} streams of these people (the slowest after {:.1} ms) and {} \
         others: {}",
        found.asks,
        found.woken,
        found.slowest_wake_ms,
        found.woken_wrongly,
        if found.woken_wrongly > 0.0 { "MISSED" } else { "reached" },
    );
}

/// Start, memory idle, memory with codes pending.
pub fn footprints(footprints: &[Footprint]) {
    if footprints.is_empty() {
        return;
    }
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
            footprint.bytes_per_code(),
        );
    }
}
