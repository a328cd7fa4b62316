//! Which clients are registered? Those of the configuration, and those that `tandem client add` stored.

use crate::config::{self, Config};
use crate::published_keys::{self, KeySource};
use crate::quiet_hours;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use tandem_core::ciba::login_hint_token::{HintIssuer, SubjectMeaning};
use tandem_core::crossing::{DeliveryMode, Room};
use tandem_core::digest::Digest;
use tandem_core::jose::Algorithm;
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::policy::{Effective, LayerError};
use tandem_core::oauth::client::{CertificateName, Client};
use tandem_core::oauth::client_check::ClientError;
use tandem_core::oauth::metadata::VERIFIED;
use tandem_store::{Store, StoreError};

/// Why the clients cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientSetError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A registration contradicts itself.
    #[error("client {0}: {1}")]
    Client(String, ClientError),
    /// A member cannot be read.
    #[error("client {0}: {1}")]
    Member(String, String),
    /// An issuer of login hint tokens cannot be read.
    #[error("login_hint_token_issuers {0}: {1}")]
    HintIssuer(String, String),
    /// An attester cannot be read.
    #[error("attesters {0}: {1}")]
    Attester(String, String),
    /// Its policy contradicts itself.
    #[error("client {0}: the policy for {1} does not hold: {2}")]
    Policy(String, &'static str, LayerError),
    /// A client needs a signing algorithm that the server has no key for.
    #[error("client {0} wants tokens signed with {1}: add it to keys.signing_algorithms")]
    NoKey(String, Algorithm),
}

/// The set of registered clients.
#[derive(Debug)]
pub struct Clients {
    registered: RwLock<Arc<HashMap<Arc<str>, Registered>>>,
    /// The policies of flows for clients that are gone.
    flows: PerRoom,
}

/// A client, and the policy that its requests meet.
#[derive(Debug, Clone)]
struct Registered {
    client: Arc<Client>,
    policies: PerRoom,
}

/// A policy for each flow, in the order of [`Room::ALL`].
type PerRoom = [Arc<Effective>; Room::ALL.len()];

fn in_room(policies: &PerRoom, room: Room) -> &Arc<Effective> {
    let [device_authorization, ciba] = policies;
    match room {
        Room::DeviceAuthorization => device_authorization,
        Room::Ciba => ciba,
    }
}

fn per_room(config: &Config, client: Option<&Client>) -> Result<PerRoom, ClientSetError> {
    let of = |room| {
        config::effective_policy(config, room, client.map(|client| &client.tandem_policy))
            .map(Arc::new)
            .map_err(|error| {
                let name = client.map_or("(all)", |client| &client.client_id).to_owned();
                ClientSetError::Policy(name, room.as_str(), error)
            })
    };
    Ok([of(Room::DeviceAuthorization)?, of(Room::Ciba)?])
}

impl Clients {
    /// Reads both places. The configuration wins where both name a client.
    pub async fn load(config: &Config, store: &Store) -> Result<Self, ClientSetError> {
        let registered = RwLock::new(Arc::new(read(config, store).await?));
        Ok(Self { registered, flows: per_room(config, None)? })
    }

    /// Reads both places again.
    pub async fn reload(&self, config: &Config, store: &Store) -> Result<(), ClientSetError> {
        let fresh = Arc::new(read(config, store).await?);
        *self.registered.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The client of this name.
    pub fn get(&self, client_id: &str) -> Option<Arc<Client>> {
        let clients = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        clients.get(client_id).map(|registered| Arc::clone(&registered.client))
    }

    /// The policy that this client's requests meet in this flow; of a client that is gone, the flow's.
    pub fn policy(&self, room: Room, client_id: &str) -> Arc<Effective> {
        let clients = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        let policies = clients.get(client_id).map_or(&self.flows, |registered| &registered.policies);
        Arc::clone(in_room(policies, room))
    }

    /// The policy of a flow, where no client is known yet.
    pub fn flow_policy(&self, room: Room) -> &Policy {
        &in_room(&self.flows, room).policy
    }

    /// All clients, by name.
    pub fn all(&self) -> Vec<Arc<Client>> {
        let clients = Arc::clone(&self.registered.read().unwrap_or_else(PoisonError::into_inner));
        let mut all: Vec<_> = clients.values().map(|registered| Arc::clone(&registered.client)).collect();
        all.sort_by(|one, two| one.client_id.cmp(&two.client_id));
        all
    }
}

/// A client, and where it is registered.
#[derive(Debug)]
pub struct Listed {
    /// The registration.
    pub client: Client,
    /// Its place in `[[clients]]`; none for a client that is kept in the database.
    pub index: Option<usize>,
}

/// The clients of both places, by name. The configuration wins where both name a client.
pub fn listed(config: &Config, stored: Vec<Client>) -> Result<Vec<Listed>, ClientSetError> {
    let algorithms = crate::app::signing_algorithms(config);
    let mut all = Vec::new();
    for (index, table) in config.clients.iter().enumerate() {
        all.push(Listed { client: from_config(table, &algorithms)?, index: Some(index) });
    }
    let declared: HashSet<Arc<str>> = all.iter().map(|known| Arc::clone(&known.client.client_id)).collect();
    let stored = stored.into_iter().filter(|client| !declared.contains(&client.client_id));
    all.extend(stored.map(|client| Listed { client, index: None }));
    all.sort_by(|one, two| one.client.client_id.cmp(&two.client.client_id));
    Ok(all)
}

async fn read(config: &Config, store: &Store) -> Result<HashMap<Arc<str>, Registered>, ClientSetError> {
    let algorithms = crate::app::signing_algorithms(config);
    let mut clients = HashMap::new();
    for Listed { client, .. } in listed(config, store.list_clients().await?)? {
        let name = client.client_id.to_string();
        client.check().map_err(|error| ClientSetError::Client(name.clone(), error))?;
        for wanted in [client.id_token_signed_response_alg, client.tandem_access_token_signing_alg] {
            if !algorithms.contains(&wanted) {
                return Err(ClientSetError::NoKey(name, wanted));
            }
        }
        let policies = per_room(config, Some(&client))?;
        if client.backchannel_token_delivery_mode == Some(DeliveryMode::Push) {
            let checked = in_room(&policies, Room::Ciba).policy.check_push();
            checked.map_err(|of| ClientSetError::Member(name.clone(), of.to_string()))?;
        }
        clients.insert(Arc::clone(&client.client_id), Registered { client: Arc::new(client), policies });
    }
    Ok(clients)
}

/// Reads one `[[clients]]` table. `algorithms` are the server's, the default first.
pub fn from_config(client: &config::Client, algorithms: &[Algorithm]) -> Result<Client, ClientSetError> {
    let name = client.client_id.clone();
    let broken = |error: &dyn std::fmt::Display| ClientSetError::Member(name.clone(), error.to_string());
    let default = algorithms.first().copied().unwrap_or(Algorithm::ES256);
    let algorithm = |wanted: Option<config::SigningAlgorithm>| {
        wanted
            .map_or(Ok(default), |wanted| wanted.name().parse::<Algorithm>().map_err(|error| broken(&error)))
    };
    Ok(Client {
        client_id: name.as_str().into(),
        client_name: client.client_name.clone().unwrap_or_else(|| name.clone()),
        client_uri: client.client_uri.as_ref().map(ToString::to_string),
        token_endpoint_auth_method: through_json(&client.token_endpoint_auth_method)
            .map_err(|e| broken(&e))?,
        client_secret_digest: client
            .client_secret
            .as_ref()
            .map(|secret| Digest::of(secret.expose().as_bytes())),
        jwks: published_keys::registered(client.jwks.as_ref()).map_err(|error| broken(&error))?,
        jwks_uri: client.jwks_uri.clone(),
        grant_types: through_json(&client.grant_types).map_err(|error| broken(&error))?,
        scope: through_json(&client.scope).map_err(|error| broken(&error))?,
        id_token_signed_response_alg: algorithm(client.id_token_signed_response_alg)?,
        dpop_bound_access_tokens: client.dpop_bound_access_tokens,
        tandem_verified: client.tandem_verified,
        tandem_access_token_format: through_json(&client.tandem_access_token_format)
            .map_err(|e| broken(&e))?,
        tandem_access_token_signing_alg: algorithm(client.tandem_access_token_signing_alg)?,
        tandem_access_token_lifetime: client.tandem_access_token_lifetime,
        tandem_refresh_token_lifetime: client.tandem_refresh_token_lifetime,
        tandem_code_lifetime: client.tandem_code_lifetime,
        tandem_audience: client.tandem_audience.clone(),
        tandem_introspection: client.tandem_introspection,
        tandem_client_assertion_audience: through_json(&client.tandem_client_assertion_audience)
            .map_err(|error| broken(&error))?,
        backchannel_token_delivery_mode: through_json(&client.backchannel_token_delivery_mode)
            .map_err(|error| broken(&error))?,
        backchannel_client_notification_endpoint: client.backchannel_client_notification_endpoint.clone(),
        backchannel_authentication_request_signing_alg: client
            .backchannel_authentication_request_signing_alg
            .map(|wanted| algorithm(Some(wanted)))
            .transpose()?,
        backchannel_user_code_parameter: client.backchannel_user_code_parameter,
        authorization_details_types: client.authorization_details_types.clone(),
        tls_client_auth: certificate_name(client).map_err(|error| broken(&error))?,
        tls_client_certificate_bound_access_tokens: client.tls_client_certificate_bound_access_tokens,
        tandem_profile: through_json(&client.tandem_profile).map_err(|error| broken(&error))?,
        tandem_long_polling: client.tandem_long_polling,
        tandem_user_hints: through_json(&client.tandem_user_hints).map_err(|error| broken(&error))?,
        tandem_number_matching: through_json(&client.tandem_number_matching)
            .map_err(|error| broken(&error))?,
        tandem_quiet_hours: client
            .tandem_quiet_hours
            .as_ref()
            .map(|hours| quiet_hours::read(&hours.from, &hours.until, &hours.zone))
            .transpose()
            .map_err(|error| broken(&error))?,
        tandem_policy: client.tandem_policy.clone(),
    })
}

/// Reads `[[login_hint_token_issuers]]`.
pub fn hint_issuers(config: &Config) -> Result<Vec<(HintIssuer, KeySource)>, ClientSetError> {
    let read = |issuer: &config::HintTokenIssuer| {
        let keys = KeySource::read(issuer.jwks.as_ref(), issuer.jwks_uri.as_ref())
            .map_err(|error| ClientSetError::HintIssuer(issuer.issuer.clone(), error.to_string()))?;
        let known = HintIssuer {
            issuer: issuer.issuer.clone(),
            algorithms: VERIFIED.to_vec(),
            subject: match issuer.subject {
                config::HintSubject::Subject => SubjectMeaning::Subject,
                config::HintSubject::Username => SubjectMeaning::Username,
                config::HintSubject::Email => SubjectMeaning::Email,
            },
        };
        Ok((known, keys))
    };
    config.login_hint_token_issuers.iter().map(read).collect()
}

/// The one name that `tls_client_auth` looks for.
fn certificate_name(client: &config::Client) -> Result<Option<CertificateName>, &'static str> {
    let named = [
        client.tls_client_auth_subject_dn.clone().map(CertificateName::SubjectDn),
        client.tls_client_auth_san_dns.clone().map(CertificateName::SanDns),
        client.tls_client_auth_san_uri.clone().map(CertificateName::SanUri),
        client.tls_client_auth_san_ip.map(CertificateName::SanIp),
        client.tls_client_auth_san_email.clone().map(CertificateName::SanEmail),
    ];
    let mut named = named.into_iter().flatten();
    match (named.next(), named.next()) {
        (name, None) => Ok(name),
        _ => Err(
            "only one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip, _san_email can be given",
        ),
    }
}

/// The configuration and the core use the same wire words; this reads one as the other.
fn through_json<T: serde::de::DeserializeOwned>(
    value: &impl serde::Serialize,
) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(value)?)
}
