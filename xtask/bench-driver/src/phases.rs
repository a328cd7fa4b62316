//! In which order is a server asked? Its metadata, what the workload needs beforehand, warm-up, and then what counts.

use crate::arguments::Plan;
use crate::assertion::{AssertionKey, Assertions};
use crate::blocking::Blocking;
use crate::cookies::Cookies;
use crate::engine::{Engine, Tally, Until};
use crate::html;
use crate::http::{self, Reply};
use crate::process;
use crate::proof::ProofKey;
use crate::shared::{People, Shared};
use crate::streams;
use crate::target::{Approval, DISCOVERY, Target};
use crate::workload::Workload;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Codes for a first look at how fast polls are.
const FIRST_CODES: usize = 10_000;
/// Seconds between polls where the server names no interval (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: u64 = 5;
/// Access tokens that are asked about in turn.
const ACCESS_TOKENS: usize = 1024;
/// Flows of each connection for a first look at how fast they are.
const FIRST_FLOWS: usize = 30;
/// A backchannel flow has two requests of the client.
const ASSERTIONS_A_FLOW: f64 = 2.0;
/// As many assertions are made at most, each some 400 bytes.
const MOST_ASSERTIONS: u32 = 400_000;

/// Drives the server as planned and reports as one JSON object.
pub fn run(plan: &Plan) -> Result<Value, String> {
    let mut blocking = Blocking::connect(plan.port)?;
    let target = blocking.exchange(
        |out| http::get(out, &format!("127.0.0.1:{}", plan.port), DISCOVERY, ""),
        |reply| Target::from_metadata(plan.port, reply, plan.approval, &plan.introspector),
    )?;
    let mut shared = Shared::new(target.asked_by(&plan.asker));
    shared.people = People::of(plan.people);
    if let Some(count) = plan.inbox_streams {
        return streams::run(plan, &shared.target, count);
    }
    if plan.workload.is_backchannel() && shared.target.backchannel_authentication.is_none() {
        return Err(
            "the server asks nobody: its metadata has no backchannel_authentication_endpoint".to_owned()
        );
    }
    let mut engine = Engine::connect(plan.port, plan.connections)?;
    if let Some(count) = plan.pending_codes {
        return pending_codes(plan, &mut engine, &mut shared, count);
    }
    if plan.workload.needs_a_person() {
        sign_in(plan, &mut engine, &shared)?;
    }
    prepare(plan, &mut engine, &mut shared)?;
    engine.run(plan.workload, &mut shared, Until::Moment(Instant::now() + plan.warm_up))?;
    shared.repeated = 0;
    measure(plan, &mut engine, &mut shared)
}

/// Runs every connection so often and takes nothing but success.
fn all_good(
    engine: &mut Engine,
    shared: &mut Shared,
    workload: Workload,
    each: usize,
) -> Result<Duration, String> {
    let start = Instant::now();
    let tally = engine.run(workload, shared, Until::Each(each))?;
    let elapsed = start.elapsed();
    if tally.bad + tally.slow_down > 0 {
        return Err(format!(
            "preparing with {workload:?}: {} slow_down, bad: {:?}",
            tally.slow_down, tally.problems
        ));
    }
    Ok(elapsed)
}

/// What the workload needs before it can begin.
fn prepare(plan: &Plan, engine: &mut Engine, shared: &mut Shared) -> Result<(), String> {
    shared.collecting = true;
    match plan.workload {
        Workload::Discovery | Workload::DeviceAuthorization | Workload::DeviceFlow | Workload::CibaFlow => {}
        Workload::CibaFlowPrivateKeyJwt => assertions(plan, engine, shared)?,
        Workload::PendingPoll => codes_to_poll(plan, engine, shared)?,
        Workload::Introspection => {
            all_good(engine, shared, Workload::DeviceFlow, ACCESS_TOKENS.div_ceil(plan.connections))?;
        }
        Workload::RefreshDpop => {
            for (number, script) in engine.scripts().enumerate() {
                script.bind(ProofKey::generate(number)?);
            }
            all_good(engine, shared, Workload::DeviceFlow, 1)?;
        }
        Workload::Refresh => {
            all_good(engine, shared, Workload::DeviceFlow, 1)?;
        }
    }
    shared.collecting = false;
    Ok(())
}

/// Enough codes that none is polled twice within its interval: else `slow_down` is what would be measured. The rule is
/// the same for every server, also for one that never says `slow_down`; a faster one needs more codes by it.
fn codes_to_poll(plan: &Plan, engine: &mut Engine, shared: &mut Shared) -> Result<(), String> {
    let first = FIRST_CODES.div_ceil(plan.connections);
    all_good(engine, shared, Workload::DeviceAuthorization, first)?;
    let elapsed = all_good(engine, shared, Workload::PendingPoll, first)?;
    let interval = Duration::from_secs(shared.interval.unwrap_or(DEFAULT_INTERVAL));
    let apart = interval.min(plan.warm_up + plan.window);
    // A warm server is faster than this first look.
    let wanted = 2.0 * (apart.as_secs_f64() + 0.5) / elapsed.as_secs_f64();
    let more = (1..=200).take_while(|n| f64::from(*n) < wanted).count();
    all_good(engine, shared, Workload::DeviceAuthorization, first * more)?;
    Ok(())
}

/// Assertions for all flows of warm-up and measurement, so that signing them is no part of the load.
fn assertions(plan: &Plan, engine: &mut Engine, shared: &mut Shared) -> Result<(), String> {
    let (client_id, file) = &plan.signer;
    let audience = shared.target.issuer.clone();
    shared.assertions = Assertions::of(AssertionKey::read(file, client_id, &audience)?);
    let elapsed = all_good(engine, shared, plan.workload, FIRST_FLOWS)?;
    let flows = f64::from(u32::try_from(FIRST_FLOWS * plan.connections).unwrap_or(u32::MAX));
    // A warm server is faster than this first look, in which the driver also signed.
    let rate = 1.5 * flows / elapsed.as_secs_f64();
    let seconds = (plan.warm_up + plan.window).as_secs_f64() + 0.5;
    let wanted = (ASSERTIONS_A_FLOW * rate * seconds).clamp(1.0, f64::from(MOST_ASSERTIONS));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was clamped just before")]
    let wanted = wanted as usize;
    shared.assertions.make(wanted)
}

fn measure(plan: &Plan, engine: &mut Engine, shared: &mut Shared) -> Result<Value, String> {
    let used = || -> Option<[f64; 3]> {
        let own = process::cpu_seconds(std::process::id())?;
        Some([process::cpu_seconds(plan.pid)?, own, process::other_cpu_seconds(plan.pid)?])
    };
    let gone = "the server's process is gone";
    let before = used().ok_or(gone)?;
    let start = Instant::now();
    let mut tally: Tally = engine.run(plan.workload, shared, Until::Moment(start + plan.window))?;
    let seconds = start.elapsed().as_secs_f64();
    let after = used().ok_or(gone)?;
    let [server, driver, others] = [0, 1, 2].map(|n: usize| {
        let (Some(after), Some(before)) = (after.get(n), before.get(n)) else { return 0.0 };
        after - before
    });
    let good = count(tally.good);
    Ok(json!({
        "good": tally.good, "bad": tally.bad, "slow_down": tally.slow_down, "repeated": shared.repeated,
        "problems": tally.problems, "seconds": seconds,
        "ops_per_s": good / seconds,
        "ops_per_cpu_s": if server > 0.0 { good / server } else { 0.0 },
        "cpu_us": if good > 0.0 { server * 1e6 / good } else { 0.0 },
        "p50_ms": tally.quantile_ms(500), "p99_ms": tally.quantile_ms(990),
        "rss_mib": process::resident_mib(plan.pid).ok_or(gone)?,
        "server_cores": server / seconds, "driver_cores": driver / seconds,
        "other_cores": (others / seconds).max(0.0),
        "codes": shared.device_codes.len(), "late_assertions": shared.assertions.late(),
    }))
}

fn count(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// Leaves codes behind that nobody decides, and reports the memory before and after.
fn pending_codes(
    plan: &Plan,
    engine: &mut Engine,
    shared: &mut Shared,
    count: usize,
) -> Result<Value, String> {
    let gone = "the server's process is gone";
    let before = process::resident_mib(plan.pid).ok_or(gone)?;
    let each = count.div_ceil(plan.connections);
    all_good(engine, shared, Workload::DeviceAuthorization, each)?;
    // Late writes of fresh codes belong to their cost.
    std::thread::sleep(Duration::from_millis(500));
    let after = process::resident_mib(plan.pid).ok_or(gone)?;
    Ok(json!({ "codes": each * plan.connections, "rss_before_mib": before, "rss_after_mib": after }))
}

/// A browser session for each connection, where a person's yes goes through pages.
fn sign_in(plan: &Plan, engine: &mut Engine, shared: &Shared) -> Result<(), String> {
    let target = &shared.target;
    match plan.approval {
        Approval::Door => {}
        // The peer keeps one form per session: each connection is a person's browser of its own.
        Approval::PeerPages => {
            for script in engine.scripts() {
                Blocking::connect(plan.port)?.exchange(
                    |out| http::post(out, &target.host, "/_bench/session", "", ""),
                    |reply| expect(reply, &[200], &mut script.cookies),
                )?;
            }
        }
        // One sign-in, by password as a person does it; the connections are that browser's.
        Approval::TandemPages => {
            let cookies = by_password(plan, target)?;
            engine.scripts().for_each(|script| script.cookies.clone_from(&cookies));
        }
    }
    Ok(())
}

fn by_password(plan: &Plan, target: &Target) -> Result<Cookies, String> {
    let mut cookies = Cookies::default();
    let mut browser = Blocking::connect(plan.port)?;
    let mut form = browser.exchange(
        |out| http::get(out, &target.host, "/sign-in", ""),
        |reply| {
            expect(reply, &[200], &mut cookies)?;
            html::form(reply.body, "name=\"password\"").ok_or_else(|| "no sign-in form".to_owned())
        },
    )?;
    form.fields.push(("username".to_owned(), plan.person.0.clone()));
    form.fields.push(("password".to_owned(), plan.person.1.clone()));
    let mut body = String::new();
    form.fields.iter().for_each(|(name, value)| http::push_field(&mut body, name, value));
    let headers = target.browser_headers(&cookies);
    browser.exchange(
        |out| http::post(out, &target.host, &form.action, &headers, &body),
        |reply| expect(reply, &[303], &mut cookies),
    )?;
    Ok(cookies)
}

fn expect(reply: &Reply<'_>, statuses: &[u16], cookies: &mut Cookies) -> Result<(), String> {
    cookies.take(reply);
    if statuses.contains(&reply.status) {
        return Ok(());
    }
    let body: String = reply.body.chars().take(400).collect();
    Err(format!("signing in: status {}: {body}", reply.status))
}
