//! Which of the things found are alive, to how many people did they go, and what becomes of the message? (R6.5)
//!
//! Looking a code up here is no presentation, and wrong ones are nobody's guesses, unless there is a crowd of them: whoever
//! gets mail did not send it.

use super::look_up::{Codes, LookedUp, Owned, look_up};
use super::{Asker, recipients};
use crate::app::App;
use crate::config::RateLimit;
use crate::rate_limits::Caller;
use crate::signals::{self, Raised};
use std::collections::BTreeMap;
use std::sync::Arc;
use tandem_content_filter::{Find, Form, Scan, Skipped, What};
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::Signal;
use tandem_core::mitigations::content_filtering::concern::{Crowd, Stage};
use tandem_core::mitigations::content_filtering::handling::{Found, Handling, handling};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::oauth::metadata::path;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// Wrong codes that one client may look up, or all mail servers together. Who looks up more seems to guess. With a thousand
/// live codes among 20^8, this many hit one in nine days.
pub const WRONG_CODES: RateLimit = RateLimit::of(20_000, 2_000);
/// How many findings are told.
const MOST_FINDINGS: usize = 500;

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What becomes of it.
    pub handling: Handling,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// Whether there were more codes than are looked up.
    pub codes: Codes,
    /// To how many people the live code went that went to most.
    pub recipients: Option<u32>,
}

impl Judgement {
    /// Whether there is a live code in it.
    pub fn live(&self) -> bool {
        self.recipients.is_some()
    }

    /// Whether something is in it that people may see, and that was not looked at.
    pub fn is_unscanned(&self) -> bool {
        self.codes == Codes::TooMany || self.skipped.iter().any(may_be_seen)
    }
}

/// A finding, without the code or address that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What: `user_code`, `link`, `request_uri`.
    pub what: &'static str,
    /// In which part.
    pub part: String,
    /// How it stood there.
    pub form: Form,
    /// Which live request it belongs to.
    pub crossing: Option<CrossingId>,
    /// To how many people that request's code went by now.
    pub recipients: Option<u32>,
}

/// Whether a mail program shows, or may show, what was not looked at. Files that a person has to open are no reason to
/// treat every ordinary mail as one that could not be looked at.
fn may_be_seen(skipped: &Skipped) -> bool {
    match skipped {
        Skipped::NotLookedInto { kind, .. } => matches!(&**kind, "cms" | "tnef" | "message elsewhere"),
        _ => true,
    }
}

/// A request whose code is in the message.
struct Live {
    client_id: Arc<str>,
    form: Form,
    stage: Stage,
    recipients: u32,
}

/// Judges what was found in a message to these recipients. Their numbers are on disk when this returns, and so is the sign of
/// misuse if there was one.
pub async fn judge(
    app: &App,
    scan: Scan,
    recipients: &[String],
    asker: &Asker,
    now: Timestamp,
) -> Result<Judgement, StoreError> {
    let Scan { mut finds, skipped } = scan;
    // What a person follows without typing comes first, so that no pile of letters hides it.
    finds.sort_by_key(|find| {
        (!matches!(find.form, Form::QrCode | Form::Link), matches!(find.what, What::UserCode(_)))
    });
    let LookedUp { crossings, codes, wrong } = look_up(app, &finds, now);
    let crowd = crowd(app, asker, wrong, now);
    let mut live: BTreeMap<CrossingId, Live> = BTreeMap::new();
    for (find, crossing) in finds.iter().zip(&crossings) {
        if let Some(Owned { id, client_id, stage }) = crossing {
            let fresh =
                || Live { client_id: Arc::clone(client_id), form: find.form, stage: *stage, recipients: 0 };
            live.entry(*id).or_insert_with(fresh);
        }
    }
    count(app, &mut live, recipients, crowd, now).await?;
    let thresholds = app.config.content_filter.thresholds();
    let most = live.values().map(|live| live.recipients).max();
    let link = finds.iter().any(|find| is_of_a_flow(app, &find.what));
    let finding = |(find, crossing): (Find, Option<Owned>)| {
        let live = crossing.and_then(|crossing| live.get_key_value(&crossing.id));
        Finding {
            what: word(&find.what),
            part: find.part,
            form: find.form,
            crossing: live.map(|(id, _)| *id),
            recipients: live.map(|(_, live)| live.recipients),
        }
    };
    let mut findings: Vec<_> = finds.into_iter().zip(crossings).map(finding).collect();
    // What the verdict follows from is told first, however much else there is.
    findings.sort_by_key(|finding| finding.crossing.is_none());
    findings.truncate(MOST_FINDINGS);
    let mut judgement = Judgement { handling: Handling::Allow, findings, skipped, codes, recipients: most };
    let found = Found { recipients: most, link, unscanned: judgement.is_unscanned() };
    judgement.handling = handling(found, &thresholds, app.config.content_filter.otherwise());
    Ok(judgement)
}

/// Counts to how many people each code went, and reports those that went to too many or stood in a crowd. What is of no
/// concern is taken out.
async fn count(
    app: &App,
    live: &mut BTreeMap<CrossingId, Live>,
    recipients: &[String],
    crowd: Crowd,
    now: Timestamp,
) -> Result<(), StoreError> {
    let people = recipients::distinct(recipients);
    let thresholds = app.config.content_filter.thresholds();
    let mut harmless = Vec::new();
    for (id, live) in live.iter_mut() {
        if live.stage == Stage::Collected
            && app.store.note_filtered_recipients(*id, Vec::new(), now).await? == 0
        {
            harmless.push(*id);
            continue;
        }
        let digests = recipients::digests(&people, *id, &app.keys.user_codes);
        // A message whose recipients nobody named went to somebody.
        live.recipients = app.store.note_filtered_recipients(*id, digests, now).await?.max(1);
        let hidden = crowd.betrays(live.stage) && thresholds.incident > 0;
        if hidden || thresholds.is_incident(live.recipients) {
            report(app, *id, live, crowd, now).await;
        }
    }
    live.retain(|id, _| !harmless.contains(id));
    Ok(())
}

/// Takes the wrong codes out of what whoever asks may have.
fn crowd(app: &App, asker: &Asker, wrong: usize, now: Timestamp) -> Crowd {
    let caller = match asker {
        Asker::Client(client_id) => Caller::Name(client_id),
        Asker::MailServer => Caller::All,
    };
    let within = (0..wrong).all(|_| app.filter.wrong_codes.take(&caller, now) == Attempt::Within);
    Crowd::of(wrong, within)
}

const fn word(what: &What) -> &'static str {
    match what {
        What::UserCode(_) => "user_code",
        What::Link(_) => "link",
        What::RequestUri(_) => "request_uri",
    }
}

/// A link that takes part in a flow: of this server's own pages only the one for codes does.
fn is_of_a_flow(app: &App, what: &What) -> bool {
    match what {
        What::UserCode(_) => false,
        What::RequestUri(_) => true,
        What::Link(address) => url::Url::parse(address).is_ok_and(|url| {
            let own = url::Url::parse(app.issuer());
            !own.is_ok_and(|own| own.host() == url.host()) || url.path().starts_with(path::VERIFICATION)
        }),
    }
}

/// Tells everybody else, once.
async fn report(app: &App, id: CrossingId, live: &Live, crowd: Crowd, now: Timestamp) {
    if signals::of(app, id).contains(&Signal::CodeFiltered) {
        return;
    }
    let among = if crowd == Crowd::Large { ", among a great many others" } else { "" };
    let raised = Raised {
        crossing: Some(id),
        client_id: Some(Arc::clone(&live.client_id)),
        detail: Some(format!("sent to {} people, {}{among}", live.recipients, in_words(live.form))),
        ..Raised::default()
    };
    signals::raise(app, Signal::CodeFiltered, &raised, now).await;
}

const fn in_words(form: Form) -> &'static str {
    match form {
        Form::Text => "in text",
        Form::Html => "in the words of a page",
        Form::Link => "in a link",
        Form::Header => "in a header",
        Form::FileName => "in the name of a file",
        Form::QrCode => "in a QR code",
    }
}
