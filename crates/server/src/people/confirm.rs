//! What has to come before a yes that demands more than a session? A passkey, shown after the request began.

use super::browser::SignedIn;
use crate::app::App;
use crate::pages::views::Confirm;
use tandem_core::crossing::{Request, Verification};
use tandem_core::oauth::token_family::Authentication;
use tandem_store::StoreError;

/// Who the person is, as their session proves it.
pub fn authentication(person: &SignedIn) -> Authentication {
    Authentication {
        sub: person.user.sub.clone(),
        auth_time: person.session.auth_time,
        method: person.session.method,
    }
}

/// What comes first, if something does; afterwards the browser is back at `here`, a path on this server. `demand` is what
/// policy demands beyond the request itself.
pub async fn confirm(
    app: &App,
    person: &SignedIn,
    asked: &Request,
    demand: Verification,
    here: &str,
) -> Result<Option<Confirm>, StoreError> {
    let demand = asked.verification.max(demand);
    if demand == Verification::Session || asked.is_proved_by(&authentication(person)) {
        return Ok(None);
    }
    let passkeys = app.store.passkeys_of(&person.user.sub).await?;
    Ok(Some(if passkeys.is_empty() {
        Confirm::AddPasskey { address: "/account".to_owned() }
    } else {
        Confirm::Passkey { address: format!("/sign-in?next={here}&again=1") }
    }))
}
