//! How is the server under test configured?

use super::{GATEWAY, ISSUER, OPERATOR, RECEIVER, RESOURCE_SERVER, SECRET, Setup};
use crate::policies::Defence;
use serde_json::{Value, json};
use std::path::Path;

/// The configuration of a server that keeps its data in this folder.
pub fn written(folder: &Path, setup: Setup) -> Value {
    let people = Defence::ALL.into_iter().flat_map(|defence| [tv(defence), till(defence)]);
    let clients: Vec<_> = people.chain(services()).collect();
    let (rate_limits, guess_budget) = match setup {
        Setup::RateLimits => (json!({ "ask_client": { "burst": 20, "per_minute": 20 } }), 1000),
        Setup::Off | Setup::Incidents => (all_off(), 1_000_000),
    };
    let rules = match setup {
        Setup::Incidents => json!({}),
        Setup::Off | Setup::RateLimits => no_incidents(),
    };
    json!({
        "issuer": ISSUER,
        "data_dir": folder.join("data"),
        "listeners": { "public": "127.0.0.1:0", "admin": "127.0.0.1:0" },
        "keys": { "encryption_key_file": folder.join("encryption.key"), "signing_algorithms": ["ES256"] },
        "users": { "password_hash_memory": 8192, "password_hash_iterations": 1 },
        "sessions": { "lifetime": 2_592_000, "idle_timeout": 2_592_000 },
        "device_authorization": { "code_lifetime": 1800, "guess_budget": guess_budget },
        "geolocation": { "database": folder.join("places.mmdb"), "stale_after": 3650 },
        "scopes": { "documents": { "en": "Read all your documents" } },
        "authorization_details": { "payment": { "en": "Pay {amount} to {payee}" } },
        "rate_limits": rate_limits,
        "incidents": { "rules": rules },
        "ssf": { "enabled": setup == Setup::Incidents },
        "clients": clients,
    })
}

/// Nobody but the content filter.
fn no_incidents() -> Value {
    let causes = [
        "reported",
        "code_repeated",
        "code_contested",
        "foreign_key",
        "refresh_token_reused",
        "shared_signal",
    ];
    causes.into_iter().map(|cause| (cause.to_owned(), Value::from("off"))).collect()
}

fn all_off() -> Value {
    let limits = [
        "initiate_client",
        "initiate_address",
        "guess_address",
        "guess_session",
        "present_address",
        "present_person",
        "poll_client",
        "poll_address",
        "ask_client",
        "ask_address",
        "ask_person",
        "user_code_person",
        "callback_client",
        "sign_in_account",
        "sign_in_address",
    ];
    limits.into_iter().map(|limit| (limit.to_owned(), Value::from("off"))).collect()
}

fn tv(defence: Defence) -> Value {
    json!({
        "client_id": defence.device_client(),
        "client_name": "Moonlight TV",
        "token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "scope": "openid profile offline_access documents",
        "tandem_policy": defence.policy(),
    })
}

fn till(defence: Defence) -> Value {
    let mut client = json!({
        "client_id": defence.backchannel_client(),
        "client_name": "Northgate Bank",
        "client_secret": SECRET,
        "grant_types": ["urn:openid:params:grant-type:ciba", "refresh_token"],
        "scope": "openid profile offline_access documents",
        "backchannel_token_delivery_mode": "poll",
        "authorization_details_types": ["payment"],
        "tandem_policy": defence.policy(),
    });
    let more = match defence {
        Defence::UserCode => json!({ "backchannel_user_code_parameter": true }),
        Defence::Conceal => json!({ "tandem_user_hints": "conceal" }),
        Defence::QuietHours => {
            json!({ "tandem_quiet_hours": { "from": "22:00", "until": "07:00", "zone": "UTC" } })
        }
        _ => json!({}),
    };
    if let (Some(client), Value::Object(more)) = (client.as_object_mut(), more) {
        client.extend(more);
    }
    client
}

/// Programs that call on their own account, and a resource server.
fn services() -> [Value; 4] {
    let service = |client_id: &str, scope: &str| {
        json!({
            "client_id": client_id,
            "client_secret": SECRET,
            "grant_types": ["client_credentials"],
            "scope": scope,
        })
    };
    [
        service(GATEWAY, "content_filter.scan"),
        service(OPERATOR, "incidents.read incidents.manage"),
        service(RECEIVER, "ssf.read ssf.manage"),
        json!({ "client_id": RESOURCE_SERVER, "client_secret": SECRET, "tandem_introspection": true }),
    ]
}
