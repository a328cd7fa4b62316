//! Which of the things found are alive, to how many people did they go, and what becomes of the message? (R6.5)
//!
//! Looking a code up here is no presentation, and wrong ones are nobody's guesses: whoever gets mail did not send it.

use super::recipients;
use crate::app::App;
use crate::signals::{self, Raised};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tandem_content_filter::{Find, Form, Scan, Skipped, What};
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::mitigations::Signal;
use tandem_core::mitigations::content_filtering::handling::{Found, Handling, handling};
use tandem_core::oauth::metadata::path;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// How many different codes of one message are looked up. The chance that so many drawn at random hit a live one is small,
/// and nobody sends more in earnest.
const MOST_CODES: usize = 256;
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

/// Whether all codes of a message were looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// They were.
    All,
    /// There were too many.
    TooMany,
}

impl Judgement {
    /// Whether there is a live code in it.
    pub fn live(&self) -> bool {
        self.findings.iter().any(|finding| finding.crossing.is_some())
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

/// A request whose code is in the message.
struct Live {
    client_id: Arc<str>,
    form: Form,
    recipients: u32,
}

/// Judges what was found in a message to these recipients. Their numbers are on disk when this returns, and so is the sign of
/// misuse if there was one.
pub async fn judge(
    app: &App,
    scan: Scan,
    recipients: &[String],
    now: Timestamp,
) -> Result<Judgement, StoreError> {
    let Scan { mut finds, skipped } = scan;
    // What a person follows without typing comes first, so that no pile of letters hides it.
    finds.sort_by_key(|find| {
        (!matches!(find.form, Form::QrCode | Form::Link), matches!(find.what, What::UserCode(_)))
    });
    let (crossings, codes) = look_up(app, &finds, now);
    let mut live: BTreeMap<CrossingId, Live> = BTreeMap::new();
    for (find, crossing) in finds.iter().zip(&crossings) {
        if let Some((id, client_id)) = crossing {
            let fresh = || Live { client_id: Arc::clone(client_id), form: find.form, recipients: 0 };
            live.entry(*id).or_insert_with(fresh);
        }
    }
    let people = recipients::distinct(recipients);
    let thresholds = app.config.content_filter.thresholds();
    for (id, live) in &mut live {
        let digests = recipients::digests(&people, *id, &app.keys.user_codes);
        // A message whose recipients nobody named went to somebody.
        live.recipients = app.store.note_filtered_recipients(*id, digests, now).await?.max(1);
        if thresholds.is_incident(live.recipients) {
            report(app, *id, live, now).await;
        }
    }
    let most = live.values().map(|live| live.recipients).max();
    let found = Found {
        recipients: most,
        link: finds.iter().any(|find| is_of_a_flow(app, &find.what)),
        unscanned: !skipped.is_empty() || codes == Codes::TooMany,
    };
    let finding = |(find, crossing): (Find, Option<(CrossingId, Arc<str>)>)| Finding {
        what: word(&find.what),
        part: find.part,
        form: find.form,
        recipients: crossing.as_ref().and_then(|(id, _)| live.get(id)).map(|live| live.recipients),
        crossing: crossing.map(|(id, _)| id),
    };
    Ok(Judgement {
        handling: handling(found, &thresholds, app.config.content_filter.otherwise()),
        findings: finds.into_iter().zip(crossings).map(finding).take(MOST_FINDINGS).collect(),
        skipped,
        codes,
        recipients: most,
    })
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

/// One request, and whose it is.
type Owned = (CrossingId, Arc<str>);

/// The live request of each find, in their order.
fn look_up(app: &App, finds: &[Find], now: Timestamp) -> (Vec<Option<Owned>>, Codes) {
    let mut known: HashMap<[u8; 32], Option<Owned>> = HashMap::new();
    let mut codes = Codes::All;
    let mut found = Vec::with_capacity(finds.len());
    for find in finds {
        let digest = code_of(&find.what).map(|code| code.digest(&app.keys.user_codes));
        found.push(digest.and_then(|digest| {
            if known.len() >= MOST_CODES && !known.contains_key(digest.as_bytes()) {
                codes = Codes::TooMany;
                return None;
            }
            let look = || {
                let crossing = app.store.crossing_by_user_code(&digest)?;
                is_of_concern(app, &crossing, now).then(|| (crossing.id(), Arc::clone(crossing.client_id())))
            };
            known.entry(*digest.as_bytes()).or_insert_with(look).clone()
        }));
    }
    (found, codes)
}

/// The code itself, or that of a link.
fn code_of(what: &What) -> Option<UserCode> {
    match what {
        What::UserCode(letters) => UserCode::parse(letters).ok(),
        What::Link(address) => {
            let url = url::Url::parse(address).ok()?;
            let mut codes = url.query_pairs().filter(|(name, _)| name == "user_code");
            codes.find_map(|(_, code)| UserCode::parse(&code).ok())
        }
        What::RequestUri(_) => None,
    }
}

/// A code that can still be used; or one whose misuse a filter has reported: that it was ended for it lets no further copy
/// through. An answered and collected one hurts nobody.
fn is_of_concern(app: &App, crossing: &Crossing, now: Timestamp) -> bool {
    let usable = match crossing {
        Crossing::Pending(pending) => !pending.is_over(now),
        Crossing::Approved(_) => now < crossing.ends_at(),
        Crossing::Denied(_) | Crossing::Redeemed(_) => false,
    };
    usable || signals::of(app, crossing.id()).contains(&Signal::CodeFiltered)
}

/// Tells everybody else, once.
async fn report(app: &App, id: CrossingId, live: &Live, now: Timestamp) {
    if signals::of(app, id).contains(&Signal::CodeFiltered) {
        return;
    }
    let raised = Raised {
        crossing: Some(id),
        client_id: Some(Arc::clone(&live.client_id)),
        detail: Some(format!("sent to {} people, {}", live.recipients, in_words(live.form))),
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
