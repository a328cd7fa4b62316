//! Who may vouch for the instances of clients? `[[attesters]]`, read.

use crate::clients::ClientSetError;
use crate::config::{self, Config};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::client_attestation::Attester;
use tandem_core::jose::JwkSet;

/// The attesters of the configuration.
pub fn attesters(config: &Config) -> Result<Vec<Attester>, ClientSetError> {
    let read = |attester: &config::Attester| {
        let jwks = attester.jwks.clone().map(serde_json::Value::Object).unwrap_or_default();
        let keys = JwkSet::parse(&jwks)
            .map_err(|error| ClientSetError::Attester(attester.issuer.clone(), error.to_string()))?;
        Ok(Attester {
            issuer: attester.issuer.clone(),
            keys,
            clients: attester.clients.iter().map(|client| Arc::from(client.as_str())).collect(),
            max_age: attester.max_age.map(|seconds| Duration::from_secs(seconds.into())),
        })
    };
    config.attesters.iter().map(read).collect()
}
