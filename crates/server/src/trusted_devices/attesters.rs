//! Who may vouch for the instances of clients? `[[attesters]]`, read.

use crate::clients::ClientSetError;
use crate::config::{self, Config};
use crate::published_keys::KeySource;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::client_attestation::Attester;

/// The attesters of the configuration, and where their keys are.
pub fn attesters(config: &Config) -> Result<Vec<(Attester, KeySource)>, ClientSetError> {
    let read = |attester: &config::Attester| {
        let keys = KeySource::read(attester.jwks.as_ref(), attester.jwks_uri.as_ref())
            .map_err(|error| ClientSetError::Attester(attester.issuer.clone(), error.to_string()))?;
        let known = Attester {
            issuer: attester.issuer.clone(),
            clients: attester.clients.iter().map(|client| Arc::from(client.as_str())).collect(),
            max_age: attester.max_age.map(|seconds| Duration::from_secs(seconds.into())),
        };
        Ok((known, keys))
    };
    config.attesters.iter().map(read).collect()
}
