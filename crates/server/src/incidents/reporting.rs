//! A person says that they did not start something whose tokens are out already: how does that become an incident?

use crate::app::App;
use crate::edge::metrics;
use crate::signals::{self, Novelty, Raised};
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::Signal;
use tandem_core::oauth::token_family::{Revocation, TokenFamily};
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// Who reports, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Reporter<'a> {
    /// The person.
    pub sub: &'a str,
    /// From where.
    pub address: IpAddr,
}

/// Records the report of a request that was collected, and takes back what came of it, as its person may at any time; `None` if
/// nothing was collected that is theirs. On disk when this returns. What else it leads to is the business of
/// `incidents.rules.reported`.
pub async fn report_collected(
    app: &App,
    id: CrossingId,
    by: Reporter<'_>,
    now: Timestamp,
) -> Result<Option<Arc<TokenFamily>>, StoreError> {
    let family = app.store.family(id).await?;
    let Some(family) = family.filter(|family| *family.authentication.sub == *by.sub) else { return Ok(None) };
    let raised = Raised {
        crossing: Some(id),
        client_id: Some(Arc::clone(&family.client_id)),
        sub: Some(Arc::clone(&family.authentication.sub)),
        address: Some(by.address),
        detail: Some("after tokens had been issued".to_owned()),
    };
    let record = signals::event(Signal::Reported, &raised, now);
    let novelty = signals::note(app, Signal::Reported, &raised, now);
    // Together: the record opens the incident, and whoever hangs up or crashes in between must leave neither without the other.
    let ended = app.store.revoke_family_on_record(id, now, Revocation::Person, record.clone()).await?;
    if !ended && novelty == Novelty::New {
        // The access was over before, by whomever: giving it back first must not silence the person's first word.
        app.store.record_event(record).await?;
    }
    if ended || novelty == Novelty::New {
        metrics::crossing("reported");
    }
    Ok(Some(family))
}
