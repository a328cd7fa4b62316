//! Which requests do the codes of a message belong to, and how far are those?

use crate::app::App;
use crate::signals;
use std::collections::HashMap;
use std::sync::Arc;
use tandem_content_filter::{Find, What};
use tandem_core::crossing::CrossingId;
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::mitigations::Signal;
use tandem_core::mitigations::content_filtering::concern::{Stage, stage};
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
                let reported = signals::of(app, crossing.id()).contains(&Signal::CodeFiltered);
                let stage = stage(&crossing, reported, now)?;
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
