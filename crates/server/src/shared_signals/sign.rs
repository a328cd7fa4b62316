//! How is a Security Event Token signed? Anew at each try, over the claims that were written down.

use crate::app::App;
use crate::config::SigningAlgorithm;
use std::sync::Arc;
use tandem_core::jose::{Algorithm, JwsError, SigningKey};
use tandem_core::shared_signals::SecurityEventToken;
use tandem_core::shared_signals::set::TYP;
use tandem_store::Delivered;

/// The key that tokens are signed with now: of the configured algorithm, or RS256 where there is one, or the default.
fn key(app: &App) -> Option<Arc<SigningKey>> {
    let signing = app.keys.signing();
    let configured = app.config.ssf.signing_algorithm.map(SigningAlgorithm::name);
    if let Some(name) = configured {
        return signing.key(name.parse().ok()?).map(Arc::clone);
    }
    let default = app.algorithms().first().copied();
    signing.key(Algorithm::RS256).or_else(|| signing.key(default?)).map(Arc::clone)
}

/// The compact form of a token that waits.
pub(super) fn sign(app: &App, waiting: &Delivered) -> Result<String, JwsError> {
    let key = key(app).ok_or(JwsError::SigningKey)?;
    let token: SecurityEventToken =
        serde_json::from_str(&waiting.claims).map_err(|_| JwsError::PayloadMalformed)?;
    key.sign(app.random.source(), TYP, &token)
}

/// The compact forms of several, by name, off the reactor: an RSA signature takes a millisecond.
pub(super) async fn sign_all(
    app: &Arc<App>,
    waiting: Vec<Delivered>,
) -> Result<Vec<(String, String)>, JwsError> {
    let app = Arc::clone(app);
    let signing = tokio::task::spawn_blocking(move || {
        waiting.iter().map(|one| sign(&app, one).map(|set| (one.jti.clone(), set))).collect()
    });
    signing.await.unwrap_or(Err(JwsError::SigningKey))
}
