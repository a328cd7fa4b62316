//! What would a yes give? What was asked for, within what policy leaves of it.

use crate::app::App;
use crate::oauth::issue;
use crate::pages::views::{Abilities, Lasts};
use tandem_core::crossing::Request;
use tandem_core::mitigations::Limits;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::token_family::MayRefresh;

const REFRESH: &str = "offline_access";

/// What a page says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What the client will be able to do.
    pub abilities: Abilities,
    /// Whether it asked for more.
    pub less: bool,
    /// For how long.
    pub lasts: Lasts,
}

impl Offer {
    /// What a yes to this request gives within these limits, in the words of a language.
    pub fn of(app: &App, client: &Client, asked: &Request, limits: &Limits, language: &str) -> Self {
        let scope =
            limits.scope.as_ref().map_or_else(|| asked.scope.clone(), |most| asked.scope.intersection(most));
        let lifetimes = issue::lifetimes(app, client).within(limits);
        let renewable = scope.contains(REFRESH) && client.may_refresh() == MayRefresh::Yes;
        let renewed = renewable && !lifetimes.refresh_token.is_zero();
        let lasts = match (renewable, renewed) {
            (true, false) => Lasts::NotRenewed { seconds: lifetimes.access_token.as_secs() },
            (false, _) => Lasts::For { seconds: lifetimes.access_token.as_secs() },
            (true, true) => Lasts::For { seconds: lifetimes.refresh_token.as_secs() },
        };
        // What cannot be renewed does not stay signed in, whatever was granted.
        let told = scope.tokens().filter(|name| *name != REFRESH || renewed);
        Self {
            abilities: Abilities::of(told.map(|name| (name, app.scope_words(name, language)))),
            less: scope != asked.scope || (renewable && !renewed),
            lasts,
        }
    }
}
