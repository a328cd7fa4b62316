//! Who may vouch for the instances of clients? `[[attesters]]`, read.

use crate::clients::ClientSetError;
use crate::config::{self, Config};
use crate::published_keys;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::client_attestation::Attester;

/// The attesters of the configuration.
pub fn attesters(config: &Config) -> Result<Vec<Attester>, ClientSetError> {
    let read = |attester: &config::Attester| {
        let keys = published_keys::registered(attester.jwks.as_ref())
            .map_err(|error| ClientSetError::Attester(attester.issuer.clone(), error.to_string()))?;
        Ok(Attester {
            issuer: attester.issuer.clone(),
            keys: keys.unwrap_or_default(),
            jwks_uri: attester.jwks_uri.clone(),
            clients: attester.clients.iter().map(|client| Arc::from(client.as_str())).collect(),
            max_age: attester.max_age.map(|seconds| Duration::from_secs(seconds.into())),
        })
    };
    config.attesters.iter().map(read).collect()
}
