//! The operator's service that sends text messages, on a loopback address, and what it is given to send.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tandem_server::config::{Config, Secret, Webhook};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What it answers next: a status, and `Retry-After` or nothing.
type Answers = Arc<Mutex<VecDeque<(u16, Option<&'static str>)>>>;

/// A service that takes every message, or does what it was told to.
pub struct TextService {
    address: SocketAddr,
    answers: Answers,
    messages: mpsc::UnboundedReceiver<Value>,
    serving: tokio::task::JoinHandle<()>,
}

impl TextService {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Answers::default();
        let (sender, messages) = mpsc::unbounded_channel();
        let told = Arc::clone(&answers);
        let router = Router::new().fallback(async move |headers: HeaderMap, body: Bytes| {
            assert!(headers["tandem-signature"].to_str().unwrap().starts_with("v1="));
            sender.send(serde_json::from_slice(&body).unwrap()).unwrap();
            let (status, wait) = told.lock().unwrap().pop_front().unwrap_or((204, None));
            let mut answer = HeaderMap::new();
            if let Some(wait) = wait {
                answer.insert(header::RETRY_AFTER, wait.parse().unwrap());
            }
            (StatusCode::from_u16(status).unwrap(), answer)
        });
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, answers, messages, serving }
    }

    /// Lets a server call it.
    pub fn allow(&self, config: &mut Config) {
        config.outgoing.allow_private = vec!["127.0.0.1".to_owned().try_into().unwrap()];
        config.notifications.webhook = Some(Webhook {
            url: format!("http://{}/texts", self.address).parse().unwrap(),
            secret: Some(Secret::new("a-secret-of-this-test-only-123456".to_owned())),
            secret_file: None,
        });
    }

    /// What it answers next, with `Retry-After` or without.
    pub fn answer(&self, status: u16, retry_after: Option<&'static str>) {
        self.answers.lock().unwrap().push_back((status, retry_after));
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        tokio::time::timeout(Duration::from_secs(20), self.messages.recv()).await.unwrap().unwrap()
    }

    /// The code in the next message.
    pub async fn code(&mut self) -> String {
        self.next().await["code"].as_str().unwrap().to_owned()
    }

    /// Whether nothing more was sent.
    pub fn is_quiet(&mut self) -> bool {
        self.messages.try_recv().is_err()
    }
}

impl Drop for TextService {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
