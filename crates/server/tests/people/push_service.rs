//! A push service on a loopback address (RFC 8030), and a browser that subscribed there and opens what comes.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_server::config::Config;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

/// What it answers next.
type Answers = Arc<Mutex<VecDeque<Reply>>>;

/// A status, `Retry-After` or nothing, and what it waits for.
struct Reply(u16, Option<&'static str>, Option<oneshot::Receiver<()>>);

/// A push service that speaks TLS. It answers 201, or what it was told to.
pub struct PushService {
    pub address: SocketAddr,
    answers: Answers,
    pushes: mpsc::UnboundedReceiver<Push>,
    ca_file: PathBuf,
    _dir: TempDir,
    serving: tokio::task::JoinHandle<()>,
}

/// A request to it.
#[derive(Debug)]
pub struct Push {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl PushService {
    pub fn start() -> Self {
        let identity = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let ca_file = dir.path().join("ca.pem");
        fs::write(&ca_file, identity.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
        let tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Answers::default();
        let (sender, pushes) = mpsc::unbounded_channel();
        let told = Arc::clone(&answers);
        let router = Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: Bytes| {
            sender.send(Push { path: uri.path().to_owned(), headers, body: body.to_vec() }).unwrap();
            let reply = told.lock().unwrap().pop_front();
            let Reply(status, wait, release) = reply.unwrap_or(Reply(201, None, None));
            if let Some(release) = release {
                release.await.unwrap();
            }
            let mut answer = HeaderMap::new();
            if let Some(wait) = wait {
                answer.insert(header::RETRY_AFTER, wait.parse().unwrap());
            }
            (StatusCode::from_u16(status).unwrap(), answer)
        });
        let server =
            axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(tls))).unwrap();
        let serving = tokio::spawn(async move { server.serve(router.into_make_service()).await.unwrap() });
        Self { address, answers, pushes, ca_file, _dir: dir, serving }
    }

    /// Lets a server call it: by its address, and with its certificate.
    pub fn allow(&self, config: &mut Config) {
        config.outgoing.allow_private = vec!["127.0.0.1".to_owned().try_into().unwrap()];
        config.outgoing.ca_file = Some(self.ca_file.clone());
    }

    /// What it answers next, with `Retry-After` or without.
    pub fn answer(&self, status: u16, retry_after: Option<&'static str>) {
        self.answers.lock().unwrap().push_back(Reply(status, retry_after, None));
    }

    /// What it answers next, once it is told to.
    pub fn answer_late(&self, status: u16) -> oneshot::Sender<()> {
        let (now, release) = oneshot::channel();
        self.answers.lock().unwrap().push_back(Reply(status, None, Some(release)));
        now
    }

    /// The next request.
    pub async fn next(&mut self) -> Push {
        tokio::time::timeout(Duration::from_secs(20), self.pushes.recv()).await.unwrap().unwrap()
    }

    /// Whether nothing more was sent.
    pub fn is_quiet(&mut self) -> bool {
        self.pushes.try_recv().is_err()
    }

    pub fn subscriber(&self, name: &str) -> Subscriber {
        Subscriber {
            endpoint: format!("https://{}/push/{name}", self.address),
            private: PrivateKey::generate(&ECDH_P256).unwrap(),
            auth: [name.len().try_into().unwrap(); 16],
        }
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A browser with a subscription.
pub struct Subscriber {
    pub endpoint: String,
    private: PrivateKey,
    auth: [u8; 16],
}

impl Subscriber {
    /// The subscription as a page's script sends it.
    pub fn json(&self) -> Value {
        let p256dh = URL_SAFE_NO_PAD.encode(self.private.compute_public_key().unwrap());
        json!({ "endpoint": self.endpoint, "keys": { "p256dh": p256dh, "auth": URL_SAFE_NO_PAD.encode(self.auth) } })
    }

    /// The message in a push (RFC 8291), written here from the specification alone; `None` if it is for another.
    pub fn open(&self, body: &[u8]) -> Option<Value> {
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65]);
        let (sender, sealed) = rest[5..].split_at(65);
        let own = self.private.compute_public_key().unwrap();
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared = agree(&self.private, theirs, (), |shared| Ok(shared.to_vec())).unwrap();
        let input =
            hkdf(&self.auth, &shared, &[b"WebPush: info\0".as_slice(), own.as_ref(), sender].concat());
        let key = hkdf(salt, &input, b"Content-Encoding: aes128gcm\0");
        let nonce = hkdf(salt, &input, b"Content-Encoding: nonce\0");
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut sealed = sealed.to_vec();
        let text = key.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        let end = text.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(text[end], 2, "the delimiter of the last record");
        Some(serde_json::from_slice(&text[..end]).unwrap())
    }
}

/// One block of HKDF (RFC 5869).
fn hkdf(salt: &[u8], secret: &[u8], info: &[u8]) -> Vec<u8> {
    let mac =
        |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
    mac(&mac(salt, secret), &[info, &[1]].concat())
}

impl Push {
    /// The value of a header that came once.
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "{name}");
        values[0].to_str().unwrap()
    }

    /// The claims of the VAPID token (RFC 8292), whose signature is good for `key`.
    pub fn vapid_claims(&self, key: &str) -> Value {
        let authorization = self.header("authorization").strip_prefix("vapid t=").unwrap();
        let (token, k) = authorization.split_once(", k=").unwrap();
        assert_eq!(k, key);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let verifier = Verifier::new(&ECDSA_P256_SHA256_FIXED, decode(k));
        verifier.verify(signed.as_bytes(), &decode(signature)).unwrap();
        serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap()
    }
}
