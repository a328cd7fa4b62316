//! Are live codes in messages found, and does no message get lost over it? (BCP 6.1.5, R6.5)

mod client;
mod hardening;
mod milter;
mod milter_abuse;
mod patterns;
mod processes;
mod scan;

use crate::support::{Answer, Codes, TestServer, policy, service};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::path::PathBuf;
use tandem_server::config::{Config, MilterAddress};
use tandem_server::content_filter::milter::Serving;
use tempfile::TempDir;

const SCAN: &str = "/content-filter/scan";
/// All that a process has of an environment: its allocator keeps to what the limit on memory counts.
const SETS_NOTHING_ASIDE: &str = "MIMALLOC_ARENA_RESERVE=0";

/// A server with a client that may have messages looked at, and the processes that look.
async fn server() -> TestServer {
    with(|_| {}).await
}

async fn with(change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::with(|config| {
        config.policy = policy(json!({ "user_education": { "interstitial": "never" } }));
        config.content_filter.worker_program = Some(PathBuf::from(env!("CARGO_BIN_EXE_tandem")));
        for (id, scope) in
            [("filter", "content_filter.scan content_filter.patterns"), ("reader", "content_filter.patterns")]
        {
            config.clients.push(service(id, scope));
        }
        change(config);
    })
    .await
}

/// With a milter at a socket of its own.
async fn with_milter(change: impl FnOnce(&mut Config)) -> Mailed {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("milter.sock");
    let listen = MilterAddress::Unix(socket.clone());
    let server = with(|config| {
        config.content_filter.milter.listen = Some(listen);
        change(config);
    })
    .await;
    let serving = Serving::start(&server.app).unwrap();
    Mailed { server, serving, socket, _folder: folder }
}

/// A server that mail servers reach.
struct Mailed {
    server: TestServer,
    serving: Serving,
    socket: PathBuf,
    _folder: TempDir,
}

impl TestServer {
    /// The recorded signs of the filter.
    async fn filtered(&self) -> Vec<tandem_store::SecurityEvent> {
        let events = self.app.store.events(1000, None).await.unwrap().into_iter();
        events.map(|recorded| recorded.event).filter(|event| event.kind == "code_filtered").collect()
    }

    /// What the worker of incidents does when it is woken by a sign.
    async fn contained(&self) {
        tandem_server::incidents::work_due(&self.app).await.unwrap();
    }

    /// Has a message looked at that goes to these people.
    async fn scan(&self, content_type: &str, recipients: &[&str], body: impl Into<Body>) -> Answer {
        let token = self.service_token_for("filter", "content_filter.scan").await;
        self.scan_with(&token, content_type, recipients, body).await
    }

    async fn scan_with(
        &self,
        token: &str,
        content_type: &str,
        recipients: &[&str],
        body: impl Into<Body>,
    ) -> Answer {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(recipients.iter().map(|recipient| ("recipient", recipient)));
        let request = Request::post(format!("{SCAN}?{}", query.finish()))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, content_type)
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    /// The verdict on a text that goes to these people.
    async fn verdict(&self, text: &str, recipients: &[&str]) -> String {
        let answer = self.scan("text/plain", recipients, text.to_owned()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["verdict"].as_str().unwrap().to_owned()
    }
}

/// A mail with a line of text.
fn mail(text: &str) -> String {
    format!(
        "From: eve@example.net\r\nTo: ada@example.com\r\nSubject: Your TV\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

/// A mail with the QR code of a request in a picture, and not a word of it in text.
fn mail_with_qr(codes: &Codes) -> String {
    use base64::Engine as _;
    let address = format!("https://id.example.com/device?user_code={}", codes.user_code);
    let picture = base64::engine::general_purpose::STANDARD.encode(qr_code(&address));
    let lines: Vec<_> =
        picture.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "From: eve@example.net\r\nTo: ada@example.com\r\nSubject: Scan me\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease scan.\r\n\
         --b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
}

/// A QR code as PNG.
fn qr_code(text: &str) -> Vec<u8> {
    const MODULE: u32 = 6;
    let code = qrcode::QrCode::new(text).unwrap();
    let (width, colors) = (u32::try_from(code.width()).unwrap(), code.to_colors());
    let side = (width + 8) * MODULE;
    let picture = image::GrayImage::from_fn(side, side, |x, y| {
        let inside = |at: u32| (at / MODULE).checked_sub(4).filter(|module| *module < width);
        let dark = inside(x)
            .zip(inside(y))
            .is_some_and(|(x, y)| colors[usize::try_from(y * width + x).unwrap()] == qrcode::Color::Dark);
        image::Luma([if dark { 0 } else { 255 }])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// That nothing which was answered or recorded has the code in it.
fn has_no(text: &str, codes: &Codes) {
    let bare = codes.user_code.replace('-', "");
    for secret in [&codes.user_code, &bare] {
        assert!(!text.to_uppercase().contains(secret.as_str()), "{text}");
    }
}

fn findings(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["findings"].as_array().unwrap().clone()
}
