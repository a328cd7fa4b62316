//! How fast is a server of the same libraries that does nothing but what a backchannel flow cannot do without? (CIBA Core, poll mode,
//! `private_key_jwt`)
//!
//! Three requests, two assertions verified and used up, one yes and one set of tokens on disk before their answers, one ID
//! token signed. No limits, no log, no policy, no person, no errors worth reading: a measure, and no server for anybody.

mod least;

use crate::floor::{json, listen, read};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use least::{Answered, Least};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_server::clock::Random;
use tandem_server::command::Failure;

/// Seconds that its ID tokens hold.
const HOLDS: u64 = 3600;

/// Serves until the process is stopped. `client` is a file with the keys of the client that asks; rows are appended to a new
/// database, `file`.
pub async fn serve(port: u16, file: &Path, client: &Path) -> Result<(), Failure> {
    let client = std::fs::read_to_string(client).map_err(Failure::of)?;
    let client = serde_json::from_str(&client).map_err(Failure::of)?;
    let least = Least::new(format!("http://127.0.0.1:{port}"), client, file)?;
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/ask", post(ask))
        .route("/_bench/approve", post(approve))
        .route("/token", post(collect))
        .with_state(Arc::new(least));
    listen(port, router).await
}

type Answer = Result<Response, StatusCode>;

async fn metadata(State(least): State<Arc<Least>>) -> Answer {
    let issuer = &least.issuer;
    json(&serde_json::json!({
        "issuer": issuer,
        "device_authorization_endpoint": issuer,
        "introspection_endpoint": issuer,
        "token_endpoint": format!("{issuer}/token"),
        "backchannel_authentication_endpoint": format!("{issuer}/ask"),
    }))
}

#[derive(Serialize)]
struct Asked<'a> {
    auth_req_id: &'a str,
    expires_in: u32,
    interval: u32,
}

async fn ask(State(least): State<Arc<Least>>, body: Bytes) -> Answer {
    let form = read(&body)?;
    least.authenticate(&form).ok_or(StatusCode::UNAUTHORIZED)?;
    let person = form.get("login_hint").ok_or(StatusCode::BAD_REQUEST)?;
    let auth_req_id = least.token();
    let asked = (person.to_owned(), Answered::NotYet);
    least.memory().asked.insert(CrossingId::of_secret(&auth_req_id), asked);
    json(&Asked { auth_req_id: &auth_req_id, expires_in: 120, interval: 5 })
}

async fn approve(State(least): State<Arc<Least>>, body: Bytes) -> Result<StatusCode, StatusCode> {
    let form = read(&body)?;
    let id = CrossingId::of_secret(form.get("auth_req_id").ok_or(StatusCode::BAD_REQUEST)?);
    if !least.memory().asked.contains_key(&id) {
        return Err(StatusCode::BAD_REQUEST);
    }
    least.write(1).await.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    if let Some((_, answered)) = least.memory().asked.get_mut(&id) {
        *answered = Answered::Yes;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct IdToken<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    auth_time: u64,
}

#[derive(Serialize)]
struct Tokens<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    refresh_token: &'a str,
    id_token: &'a str,
    scope: &'a str,
}

async fn collect(State(least): State<Arc<Least>>, body: Bytes) -> Answer {
    let form = read(&body)?;
    let client = least.authenticate(&form).ok_or(StatusCode::UNAUTHORIZED)?;
    let id = CrossingId::of_secret(form.get("auth_req_id").ok_or(StatusCode::BAD_REQUEST)?);
    let asked = least.memory().asked.remove(&id).filter(|(_, answered)| *answered == Answered::Yes);
    let (person, _) = asked.ok_or(StatusCode::BAD_REQUEST)?;
    // What is kept of them is their digest.
    let [access_token, refresh_token] = [least.token(), least.token()];
    let digests = [&access_token, &refresh_token].map(|token| Digest::of(token.as_bytes()));
    std::hint::black_box(digests);
    least.write(2).await.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    let now = least.clock.now().as_millis() / 1000;
    let claims = IdToken {
        iss: &least.issuer,
        sub: &person,
        aud: &client,
        iat: now,
        exp: now + HOLDS,
        auth_time: now,
    };
    let id_token = least.signing.sign(Random.source(), "JWT", &claims);
    json(&Tokens {
        access_token: &access_token,
        token_type: "Bearer",
        expires_in: HOLDS,
        refresh_token: &refresh_token,
        id_token: &id_token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?,
        scope: "openid offline_access",
    })
}

#[cfg(test)]
mod tests {
    use super::least::decoded;
    use super::*;
    use rusqlite::Connection;
    use serde_json::json;
    use tandem_core::jose::{Algorithm, JwkSet, SigningKey};

    const ISSUER: &str = "http://127.0.0.1:1";

    fn key() -> SigningKey {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, Random.source()).unwrap();
        SigningKey::from_pkcs8(Algorithm::ES256, &pkcs8, None).unwrap()
    }

    fn form(key: &SigningKey, jti: &str, audience: &str, exp: u64, rest: &str) -> Bytes {
        let claims = json!({ "iss": "desk", "sub": "desk", "aud": audience, "jti": jti, "exp": exp });
        let assertion = key.sign(Random.source(), "JWT", &claims).unwrap();
        Bytes::from(format!("client_assertion={assertion}&{rest}"))
    }

    #[tokio::test]
    async fn it_does_what_a_flow_cannot_do_without() {
        let folder = std::env::temp_dir().join(format!("tandem-ciba-floor-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (desk, other) = (key(), key());
        let client = JwkSet::new(vec![desk.public_jwk().clone()]).unwrap();
        let file = folder.join("rows");
        let least = Arc::new(Least::new(ISSUER.to_owned(), client, &file).unwrap());
        let state = || State(Arc::clone(&least));
        let exp = least.clock.now().as_millis() / 1000 + 60;
        let person = "login_hint=ada";
        let refused = [
            form(&other, "1", ISSUER, exp, person),
            form(&desk, "2", "http://other", exp, person),
            form(&desk, "3", ISSUER, exp - 120, person),
            Bytes::from(person),
        ];
        for form in refused {
            assert_eq!(ask(state(), form).await.unwrap_err(), StatusCode::UNAUTHORIZED);
        }
        let asks = form(&desk, "4", ISSUER, exp, person);
        let asked = ask(state(), asks.clone()).await.unwrap();
        assert_eq!(ask(state(), asks).await.unwrap_err(), StatusCode::UNAUTHORIZED, "used before");
        let asked: serde_json::Value = serde_json::from_slice(&body(asked).await).unwrap();
        let rest = format!("auth_req_id={}", asked["auth_req_id"].as_str().unwrap());
        let rows = || {
            let db = Connection::open(&file).unwrap();
            db.query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, u32>(0)).unwrap()
        };
        let before = rows();
        let unknown = Bytes::from_static(b"auth_req_id=unknown");
        assert_eq!(approve(state(), unknown).await, Err(StatusCode::BAD_REQUEST));
        assert_eq!(rows(), before);
        assert_eq!(approve(state(), Bytes::from(rest.clone())).await, Ok(StatusCode::NO_CONTENT));
        assert_eq!(rows(), before + 1, "on disk before the answer");
        let tokens = collect(state(), form(&desk, "5", ISSUER, exp, &rest)).await.unwrap();
        assert_eq!(rows(), before + 3);
        let tokens: serde_json::Value = serde_json::from_slice(&body(tokens).await).unwrap();
        let id_token = tokens["id_token"].as_str().unwrap();
        let (message, signature) = id_token.rsplit_once('.').unwrap();
        let signature = decoded(signature).unwrap();
        let public = least.signing.public_jwk();
        assert!(public.verify(Algorithm::ES256, message.as_bytes(), &signature).is_ok());
        let again = collect(state(), form(&desk, "6", ISSUER, exp, &rest)).await;
        assert_eq!(again.unwrap_err(), StatusCode::BAD_REQUEST, "once");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    async fn body(answer: Response) -> Bytes {
        axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap()
    }
}
