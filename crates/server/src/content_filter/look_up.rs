//! Which requests do the codes of a message belong to, and how far are those?

use crate::app::App;
use crate::signals;
use std::collections::HashMap;
use std::sync::Arc;
use tandem_content_filter::{Find, What};
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::mitigations::Signal;
use tandem_core::time::Timestamp;

/// How many different codes of one message are looked up: as many as a look can find, in words, in longer runs of letters
/// and in links. It costs some milliseconds, and with fewer, false ones in front would hide the real one.
const MOST_CODES: usize = 6000;

/// Whether all codes of a message were looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// They were.
    All,
    /// There were too many.
    TooMany,
}

/// How far a request is whose code is in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its code can be used, or its misuse is known.
    Open,
    /// Its device has collected. It is of concern if mail with its code was seen before: then the first of many who got it
    /// was quick, and what they gave away can be taken back.
    Collected,
}

/// One request, whose it is, and how far.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The request.
    pub id: CrossingId,
    /// Whose it is.
    pub client_id: Arc<str>,
    /// How far.
    pub stage: Stage,
}

/// What came of looking codes up.
pub struct LookedUp {
    /// The request of each find, in their order.
    pub crossings: Vec<Option<Owned>>,
    /// Whether these are all.
    pub codes: Codes,
    /// How many different codes are of no request.
    pub wrong: usize,
}

/// The request of each find.
pub fn look_up(app: &App, finds: &[Find], now: Timestamp) -> LookedUp {
    let mut known: HashMap<[u8; 32], Option<Owned>> = HashMap::new();
    let mut codes = Codes::All;
    let mut crossings = Vec::with_capacity(finds.len());
    for find in finds {
        let digest = code_of(&find.what).map(|code| code.digest(&app.keys.user_codes));
        crossings.push(digest.and_then(|digest| {
            if known.len() >= MOST_CODES && !known.contains_key(digest.as_bytes()) {
                codes = Codes::TooMany;
                return None;
            }
            let look = || {
                let crossing = app.store.crossing_by_user_code(&digest)?;
                let stage = stage(app, &crossing, now)?;
                Some(Owned { id: crossing.id(), client_id: Arc::clone(crossing.client_id()), stage })
            };
            known.entry(*digest.as_bytes()).or_insert_with(look).clone()
        }));
    }
    let wrong = known.values().filter(|crossing| crossing.is_none()).count();
    LookedUp { crossings, codes, wrong }
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
/// through. One that was collected may be of concern; one that was denied or ran out hurts nobody.
fn stage(app: &App, crossing: &Crossing, now: Timestamp) -> Option<Stage> {
    let stage = match crossing {
        Crossing::Pending(pending) => (!pending.is_over(now)).then_some(Stage::Open),
        Crossing::Approved(_) => (now < crossing.ends_at()).then_some(Stage::Open),
        Crossing::Redeemed(_) => Some(Stage::Collected),
        Crossing::Denied(_) => None,
    };
    if stage == Some(Stage::Open) || !signals::of(app, crossing.id()).contains(&Signal::CodeFiltered) {
        return stage;
    }
    Some(Stage::Open)
}
