//! How fast is a server of the same libraries that does nothing but what a backchannel flow cannot do without? (CIBA Core, poll mode,
//! `private_key_jwt`)
//!
//! Three requests, two assertions verified and used up, one yes and one set of tokens on disk before their answers, one ID
//! token signed. No limits, no log, no policy, no person, no errors worth reading: a measure, and no server for anybody.

use crate::rows::{self, Table};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::jose::{Algorithm, JwkSet, SigningKey};
use tandem_core::oauth::form::Form;
use tandem_server::clock::{Clock, Random};
use tandem_server::command::Failure;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Seconds that its ID tokens hold.
const HOLDS: u64 = 3600;

/// What all requests share.
struct Least {
    issuer: String,
    client: JwkSet,
    signing: SigningKey,
    clock: Clock,
    memory: Mutex<Memory>,
    disk: mpsc::Sender<Job>,
}

#[derive(Default)]
struct Memory {
    /// Who was asked, and whether they said yes.
    asked: HashMap<CrossingId, (String, Answered)>,
    used: HashSet<Digest>,
}

#[derive(PartialEq, Eq)]
enum Answered {
    NotYet,
    Yes,
}

/// Rows for somebody who waits.
struct Job {
    rows: u32,
    done: oneshot::Sender<()>,
}

/// Serves until the process is stopped. `client` is a file with the keys of the client that asks; rows are appended to a new
/// database, `file`.
pub async fn serve(port: u16, file: &Path, client: &Path) -> Result<(), Failure> {
    let client = std::fs::read_to_string(client).map_err(Failure::of)?;
    let client = serde_json::from_str(&client).map_err(Failure::of)?;
    let least = Least::new(format!("http://127.0.0.1:{port}"), client, file)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(Failure::of)?;
    let listener = listener.tap_io(|stream| {
        // Without it a connection is slower, and nothing else.
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/ask", post(ask))
        .route("/_bench/approve", post(approve))
        .route("/token", post(collect))
        .with_state(Arc::new(least));
    axum::serve(listener, router).await.map_err(Failure::of)
}

/// Writes what waits in one commit, and gives all its answers at once.
fn write(db: &Connection, jobs: &mpsc::Receiver<Job>, runtime: &Handle) {
    while let Ok(first) = jobs.recv() {
        // Whoever is about to come shares the commit.
        std::thread::yield_now();
        let batch: Vec<_> = std::iter::once(first).chain(jobs.try_iter()).collect();
        if rows::commit(db, batch.iter().map(|job| job.rows).sum()).is_err() {
            return;
        }
        runtime.spawn(async move {
            for job in batch {
                // Whoever asked may have gone away.
                let _ = job.done.send(());
            }
        });
    }
}

type Answer = Result<Response, StatusCode>;

fn answer(value: &impl Serialize) -> Answer {
    let json = serde_json::to_vec(value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], json).into_response())
}

fn read(body: &[u8]) -> Result<Form, StatusCode> {
    Form::parse_query(body).map_err(|_| StatusCode::BAD_REQUEST)
}

async fn metadata(State(least): State<Arc<Least>>) -> Answer {
    let issuer = &least.issuer;
    answer(&json!({
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
    answer(&Asked { auth_req_id: &auth_req_id, expires_in: 120, interval: 5 })
}

async fn approve(State(least): State<Arc<Least>>, body: Bytes) -> Result<StatusCode, StatusCode> {
    let form = read(&body)?;
    let id = CrossingId::of_secret(form.get("auth_req_id").ok_or(StatusCode::BAD_REQUEST)?);
    if !least.memory().asked.contains_key(&id) {
        return Err(StatusCode::BAD_REQUEST);
    }
    least.write(1).await?;
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
    least.write(2).await?;
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
    answer(&Tokens {
        access_token: &access_token,
        token_type: "Bearer",
        expires_in: HOLDS,
        refresh_token: &refresh_token,
        id_token: &id_token.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?,
        scope: "openid offline_access",
    })
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    jti: String,
    exp: u64,
}

impl Least {
    fn new(issuer: String, client: JwkSet, file: &Path) -> Result<Self, Failure> {
        let pkcs8 = SigningKey::generate(Algorithm::ES256, Random.source()).map_err(Failure::of)?;
        let signing = SigningKey::from_pkcs8(Algorithm::ES256, &pkcs8, None).map_err(Failure::of)?;
        let (disk, jobs) = mpsc::channel();
        let (db, runtime) = (rows::create(file, Table::Appended).map_err(Failure::of)?, Handle::current());
        std::thread::spawn(move || write(&db, &jobs, &runtime));
        Ok(Self { issuer, client, signing, clock: Clock::default(), memory: Mutex::default(), disk })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self) -> String {
        CrossingId::draw_secret(self.clock.now(), Random.bytes())
    }

    /// The client that signed the assertion, which is then used up.
    fn authenticate(&self, form: &Form) -> Option<String> {
        let (message, signature) = form.get("client_assertion")?.rsplit_once('.')?;
        let key = self.client.keys().first()?;
        key.verify(Algorithm::ES256, message.as_bytes(), &decoded(signature)?).ok()?;
        let claims: Claims = serde_json::from_slice(&decoded(message.split_once('.')?.1)?).ok()?;
        let holds = claims.aud == self.issuer && claims.exp * 1000 > self.clock.now().as_millis();
        let first = holds && self.memory().used.insert(Digest::of(claims.jti.as_bytes()));
        first.then_some(claims.sub)
    }

    /// Rows that are on disk when this is answered.
    async fn write(&self, rows: u32) -> Result<(), StatusCode> {
        let (done, written) = oneshot::channel();
        self.disk.send(Job { rows, done }).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        written.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
