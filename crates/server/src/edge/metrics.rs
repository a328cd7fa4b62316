//! What is counted, and how is it read?
//!
//! Every name begins with `tandem_`. Labels are words of the program, never of a request, so nobody outside can
//! make a new series. A counter that was asked for once is kept, so that counting costs a look-up and an addition.

use metrics::{Counter, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock, PoisonError, RwLock};

pub(super) const REQUESTS: &str = "tandem_http_requests_total";
pub(super) const DURATION: &str = "tandem_http_request_duration_seconds";
const FAULTS: &str = "tandem_http_faults_total";
const REFUSED_CONNECTIONS: &str = "tandem_http_connections_refused_total";
const CLOSED_CONNECTIONS: &str = "tandem_http_connections_timed_out_total";
const PANICS: &str = "tandem_panics_total";
const CROSSINGS: &str = "tandem_crossings_total";
const TOKENS: &str = "tandem_tokens_issued_total";
const REFUSALS: &str = "tandem_refusals_total";
const SIGN_INS: &str = "tandem_sign_ins_total";
const CALLBACKS: &str = "tandem_callbacks_total";
const SET_DELIVERIES: &str = "tandem_set_deliveries_total";
const SETS_RECEIVED: &str = "tandem_sets_received_total";
const SETS_WAITING: &str = "tandem_sets_waiting";
const NOTIFICATIONS: &str = "tandem_notifications_total";
const SIGNALS: &str = "tandem_signals_total";
const PROXIMITY: &str = "tandem_proximity_total";
const INCIDENTS: &str = "tandem_incidents_total";
const OPEN_INCIDENTS: &str = "tandem_incidents_open";
const FILTERED_MESSAGES: &str = "tandem_content_filter_messages_total";
const FILTER_DEATHS: &str = "tandem_content_filter_worker_deaths_total";
const RATE_LIMITED: &str = "tandem_rate_limited_total";
const PUBLISHED_KEYS: &str = "tandem_published_keys_total";

/// Upper bounds of the duration histogram, in seconds: from a lookup in memory to a slow disk.
const DURATION_BUCKETS: [f64; 13] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting; what was counted before is lost. Once is enough, more does no harm.
pub fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new();
        // The buckets are not empty, which is the only reason why they could be refused.
        let builder = builder
            .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &DURATION_BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder is installed in this process: metrics stay empty");
        }
        describe();
        gauge!("tandem_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        handle
    });
}

fn describe() {
    describe_counter!(REQUESTS, "Answered requests by route and class of status.");
    describe_histogram!(DURATION, Unit::Seconds, "Time from a request's headers to its answer, by route.");
    describe_counter!(
        FAULTS,
        "Requests that no handler answered: panicked, request_too_slow, answer_too_slow."
    );
    describe_counter!(REFUSED_CONNECTIONS, "Connections closed because limits.max_connections were open.");
    describe_counter!(CLOSED_CONNECTIONS, "Connections closed because no request came in time.");
    describe_counter!(PANICS, "Panics: mistakes in the program. The log names the place.");
    describe_counter!(CROSSINGS, "Steps of crossings, by event.");
    describe_counter!(TOKENS, "Token responses, by grant type.");
    describe_counter!(REFUSALS, "Refused requests, by endpoint and error code.");
    describe_counter!(SIGN_INS, "Attempts to sign in, by outcome.");
    describe_counter!(CALLBACKS, "Callbacks to clients (ping and push), by outcome.");
    describe_counter!(SET_DELIVERIES, "Security event tokens to receivers, by outcome.");
    describe_counter!(SETS_RECEIVED, "Security event tokens from transmitters, by outcome.");
    describe_gauge!(SETS_WAITING, "Security event tokens that wait for their receivers.");
    describe_counter!(NOTIFICATIONS, "Notifications of people, by channel and outcome.");
    describe_counter!(SIGNALS, "Signs of misuse that a mitigation raised, by signal.");
    describe_counter!(PROXIMITY, "Where devices were when a person looked, by evidence and what it said.");
    describe_counter!(FILTERED_MESSAGES, "Messages that the content filter looked at, by verdict.");
    describe_counter!(
        FILTER_DEATHS,
        "Processes of the content filter that died or were killed over a message."
    );
    describe_counter!(INCIDENTS, "Steps of incidents, by cause and step.");
    describe_counter!(RATE_LIMITED, "Tries beyond a rate limit, by limit.");
    describe_counter!(PUBLISHED_KEYS, "Looks at published key sets (jwks_uri), by outcome.");
    describe_gauge!(OPEN_INCIDENTS, "Incidents that wait for somebody to look at them.");
    describe_gauge!("tandem_build_info", "The version that runs.");
}

/// A value read off at the moment of asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The metric's name; begins with `tandem_`.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// Its value now.
    pub value: f64,
}

/// Everything counted so far and these readings, in the Prometheus text format. Empty before [`install`].
pub fn render(census: &[Reading]) -> String {
    for reading in census {
        describe_gauge!(reading.name, reading.help);
        gauge!(reading.name).set(reading.value);
    }
    RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Sorts what was measured since the last time, which takes up memory until then.
pub(super) fn sort_in() {
    if let Some(recorder) = RECORDER.get() {
        recorder.run_upkeep();
    }
}

/// A crossing took a step: `initiated`, `approved`, `denied`, `reported`, `redeemed`, `expired` …
pub fn crossing(event: &'static str) {
    static FAMILY: Family = Family::new(CROSSINGS, "event", "");
    FAMILY.count(event, "");
}

/// A client was called back, or not: `delivered`, `retried`, `given_up`.
pub fn callback(outcome: &'static str) {
    static FAMILY: Family = Family::new(CALLBACKS, "outcome", "");
    FAMILY.count(outcome, "");
}

/// A security event token: `delivered`, `retried`, `refused`, `given_up` when it is pushed, `fetched`, `acknowledged`, `refused`
/// when it is polled; `dropped` where too many waited.
pub fn set_delivery(outcome: &'static str) {
    static FAMILY: Family = Family::new(SET_DELIVERIES, "outcome", "");
    FAMILY.count(outcome, "");
}

/// A security event token came: `acted`, `recorded`, `dry_run`, `no_effect`, `unknown_event`, `verification`, `replayed`, or why it was
/// refused.
pub fn set_received(outcome: &'static str) {
    static FAMILY: Family = Family::new(SETS_RECEIVED, "outcome", "");
    FAMILY.count(outcome, "");
}

/// So many security event tokens wait.
pub fn sets_waiting(count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "counts up to 2^53 are exact")]
    gauge!(SETS_WAITING).set(count as f64);
}

/// A token response went out for this grant type (its short word, such as `device_code`).
pub fn token_issued(grant: &'static str) {
    static FAMILY: Family = Family::new(TOKENS, "grant", "");
    FAMILY.count(grant, "");
}

/// An endpoint (named by its metadata key or page) refused a request with this error code.
pub fn refused(endpoint: &'static str, code: &'static str) {
    static FAMILY: Family = Family::new(REFUSALS, "endpoint", "code");
    FAMILY.count(endpoint, code);
}

/// Somebody tried to sign in: `password`, `passkey`, `refused`, `throttled` …
pub fn sign_in(outcome: &'static str) {
    static FAMILY: Family = Family::new(SIGN_INS, "outcome", "");
    FAMILY.count(outcome, "");
}

/// A person was to be notified through this channel: `delivered`, `retried`, `failed`, `gone`, `too_late`, `dropped`.
pub fn notification(channel: &'static str, outcome: &'static str) {
    static FAMILY: Family = Family::new(NOTIFICATIONS, "channel", "outcome");
    FAMILY.count(channel, outcome);
}

/// Somebody was asked for the keys that they publish: `read`, `failed`.
pub fn published_keys(outcome: &'static str) {
    static FAMILY: Family = Family::new(PUBLISHED_KEYS, "outcome", "");
    FAMILY.count(outcome, "");
}

/// A mitigation raised a sign of misuse.
pub fn signal(signal: &'static str) {
    static FAMILY: Family = Family::new(SIGNALS, "signal", "");
    FAMILY.count(signal, "");
}

/// So many incidents are open.
pub fn open_incidents(count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "counts up to 2^53 are exact, and beyond nobody minds")]
    gauge!(OPEN_INCIDENTS).set(count as f64);
}

/// An incident took a step: `opened`, `joined`, `would_contain`, `contained`, `closed`, `reopened`.
pub fn incident(cause: &'static str, step: &'static str) {
    static FAMILY: Family = Family::new(INCIDENTS, "cause", "step");
    FAMILY.count(cause, step);
}

/// How two devices lay to each other by a kind of evidence that policy looks at, when a person looked.
pub fn proximity(evidence: &'static str, relation: &'static str) {
    static FAMILY: Family = Family::new(PROXIMITY, "evidence", "relation");
    FAMILY.count(evidence, relation);
}

/// The content filter looked at a message: `allow`, `tag`, `quarantine`, `reject`; or could not: `failed`.
pub fn content_filter_message(verdict: &'static str) {
    static FAMILY: Family = Family::new(FILTERED_MESSAGES, "verdict", "");
    FAMILY.count(verdict, "");
}

/// A process of the content filter died, was killed, or could not start.
pub fn content_filter_worker_death() {
    counter!(FILTER_DEATHS).increment(1);
}

/// Somebody tried more often than this limit (by its key in `[rate_limits]`) allows.
pub fn rate_limited(limit: &'static str) {
    static FAMILY: Family = Family::new(RATE_LIMITED, "limit", "");
    FAMILY.count(limit, "");
}

pub(super) fn fault(word: &'static str) {
    static FAMILY: Family = Family::new(FAULTS, "fault", "");
    FAMILY.count(word, "");
}

pub(super) fn panicked() {
    counter!(PANICS).increment(1);
}

pub(super) fn connection_refused() {
    counter!(REFUSED_CONNECTIONS).increment(1);
}

pub(super) fn connection_timed_out() {
    counter!(CLOSED_CONNECTIONS).increment(1);
}

/// The counters of one name, one for each pair of label values; the second label may be absent.
struct Family {
    name: &'static str,
    first: &'static str,
    second: &'static str,
    counters: LazyLock<RwLock<HashMap<(&'static str, &'static str), Counter>>>,
}

impl Family {
    const fn new(name: &'static str, first: &'static str, second: &'static str) -> Self {
        Self { name, first, second, counters: LazyLock::new(RwLock::default) }
    }

    fn count(&self, first: &'static str, second: &'static str) {
        if RECORDER.get().is_none() {
            return;
        }
        let known = self.counters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.get(&(first, second)) {
            counter.increment(1);
            return;
        }
        drop(known);
        let counter = if self.second.is_empty() {
            counter!(self.name, self.first => first)
        } else {
            counter!(self.name, self.first => first, self.second => second)
        };
        counter.increment(1);
        self.counters.write().unwrap_or_else(PoisonError::into_inner).insert((first, second), counter);
    }
}
