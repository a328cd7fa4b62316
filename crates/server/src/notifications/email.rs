//! How does a mail tell somebody that a request waits for them?
//!
//! Plain text only. The one thing in it to click is our own page, whatever the asker would like to add.

use super::{Attempt, Notice, SetupError};
use crate::clock::Random;
use crate::config::{self, MailTls};
use crate::outgoing::Roots;
use crate::pages::{Locale, Pages};
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::time::{Duration, UNIX_EPOCH};
use tandem_core::time::Timestamp;

const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// RFC 5321 section 4.5.3.1.3, less the angle brackets.
const LONGEST_ADDRESS: usize = 254;

/// The mail server, and who we are to it.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// One mail to one person.
pub(super) struct Mail<'a> {
    pub to: &'a str,
    pub notice: &'a Notice,
    pub link: &'a str,
    pub locale: Locale,
    pub now: Timestamp,
}

/// A mail in plain text, ready to be sent.
pub(super) struct Letter<'a> {
    pub to: &'a str,
    pub subject: String,
    pub text: String,
    pub now: Timestamp,
}

impl Mailer {
    /// `host` is the server's own name in public.
    pub(super) fn new(settings: &config::Email, roots: &Roots, host: &str) -> Result<Self, SetupError> {
        let unusable = |_| SetupError::Email;
        let tls = || -> Result<TlsParameters, lettre::transport::smtp::Error> {
            let mut builder = TlsParameters::builder(settings.host.clone());
            for root in roots.added() {
                builder = builder.add_root_certificate(Certificate::from_der(root.to_vec())?);
            }
            builder.build_rustls()
        };
        let tls = match settings.tls {
            MailTls::Implicit => Tls::Wrapper(tls().map_err(unusable)?),
            MailTls::Starttls => Tls::Required(tls().map_err(unusable)?),
            MailTls::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port())
            .tls(tls)
            .timeout(Some(CONNECT))
            .hello_name(ClientId::Domain(host.to_owned()));
        if let (Some(username), Some(password)) = (&settings.username, &settings.password) {
            transport =
                transport.credentials(Credentials::new(username.clone(), password.expose().to_owned()));
        }
        let from = settings.from.parse().map_err(|_| SetupError::Email)?;
        Ok(Self { transport: transport.build(), from })
    }

    /// Sends once.
    pub(super) async fn send(&self, pages: &Pages, random: Random, mail: Mail<'_>) -> Attempt {
        let subject = pages.sentence(mail.locale, "mail-subject", &[("operator", pages.operator())]);
        self.send_letter(random, Letter { to: mail.to, subject, text: text(pages, &mail), now: mail.now })
            .await
    }

    /// Sends once. The mail server's words are not logged: they may repeat the address.
    pub(super) async fn send_letter(&self, random: Random, letter: Letter<'_>) -> Attempt {
        let Some(message) = self.write(random, letter) else {
            tracing::warn!("a mail address cannot be used");
            return Attempt::Failed;
        };
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Attempt::Delivered,
            Ok(Err(error)) if error.is_permanent() => {
                let status = error.status().map(|status| status.to_string());
                tracing::warn!(status, "the mail server refused a notification");
                Attempt::Failed
            }
            Ok(Err(error)) => {
                let status = error.status().map(|status| status.to_string());
                tracing::warn!(status, tls = error.is_tls(), "the mail server did not take a notification");
                Attempt::Later(None)
            }
            Err(_) => {
                tracing::warn!("the mail server did not answer in time");
                Attempt::Later(None)
            }
        }
    }

    fn write(&self, random: Random, letter: Letter<'_>) -> Option<Message> {
        let to = address(letter.to)?;
        let name = u128::from_be_bytes(random.bytes());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(UNIX_EPOCH + Duration::from_millis(letter.now.as_millis()))
            .message_id(Some(format!("<{name:032x}@{}>", self.from.email.domain())))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            // RFC 3834 section 5: so that no machine answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .body(letter.text)
            .ok()
    }
}

/// An address that can stand in a header and in a command to the mail server, and be nothing else there.
pub(super) fn address(text: &str) -> Option<Address> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b',' | b';');
    let plain = text.len() <= LONGEST_ADDRESS && text.as_bytes().iter().all(is_plain);
    plain.then(|| text.parse().ok()).flatten()
}

/// The text of the mail.
fn text(pages: &Pages, mail: &Mail<'_>) -> String {
    let say = |key: &str, values: &[(&str, &str)]| pages.sentence(mail.locale, key, values);
    let mut paragraphs = vec![say("mail-asks", &[("asker", &mail.notice.asker)])];
    match mail.notice.binding_message.as_deref() {
        Some(message) if looks_like_a_link(message) => paragraphs.push(say("mail-message-withheld", &[])),
        Some(message) => paragraphs.push(say("mail-message", &[("message", message)])),
        None => {}
    }
    let left = mail.notice.expires_at.since(mail.now).as_secs();
    let left = pages.duration(mail.locale, left);
    paragraphs.extend([
        format!("{}\n{}", say("mail-open", &[]), mail.link),
        say("mail-until", &[("time", &left)]),
        format!("{} {}", say("education-ciba-notice", &[]), say("mail-careful", &[])),
        say("mail-never", &[]),
    ]);
    paragraphs.join("\n\n") + "\n"
}

/// Whether a mail program might make something to click of it: `a://`, `a@b`, or a full stop before two letters.
fn looks_like_a_link(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let names = letters.windows(4).any(|four| match four {
        [before, '.' | '．', first, second] => {
            before.is_alphanumeric() && first.is_alphanumeric() && second.is_alphabetic()
        }
        _ => false,
    });
    names || text.contains("://") || text.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Site;
    use tandem_core::crossing::CrossingId;

    #[test]
    fn an_address_is_an_address_and_nothing_else() {
        for good in
            ["alice@example.com", "a.b+c@sub.example.co.uk", "o'brien@example.com", "x@xn--p1ai.example"]
        {
            assert_eq!(address(good).unwrap().to_string(), good);
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "alice@example.com\r\nRCPT TO:<victim@example.com>",
            "alice@example.com\nBcc: victim@example.com",
            "alice@example.com\r",
            "alice@example.com> SIZE=1",
            "alice@example.com>,<victim@example.com",
            "alice@example.com, victim@example.com",
            "alice@example.com;victim@example.com",
            "Alice <alice@example.com>",
            "\"a\r\nb\"@example.com",
            "\"a b\"@example.com",
            "a b@example.com",
            "al\u{0}ice@example.com",
            "alïce@example.com",
            "alice@example.com\u{2028}x",
            &long,
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_mail_says_how_much_time_is_left_to_the_nearest() {
        let site = Site { operator: "Example".to_owned(), address: "id.example.com".to_owned() };
        let pages = Pages::new(None, site).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        for (seconds, english, japanese) in [
            (89, "1 minute", "1分"),
            (119, "2 minutes", "2分"),
            (3_570, "1 hour", "1時間"),
            (5_399, "1 hour", "1時間"),
            (5_400, "2 hours", "2時間"),
            (84_600, "24 hours", "24時間"),
            (129_600, "36 hours", "36時間"),
            (172_800, "2 days", "2日"),
        ] {
            let notice = Notice {
                crossing: CrossingId::of_secret("x"),
                sub: "alice".into(),
                asker: "Shop".to_owned(),
                binding_message: None,
                expires_at: now.plus(Duration::from_secs(seconds)),
                initiated_at: now,
                notified: Vec::new(),
            };
            for (locale, words) in [(Locale::En, english), (Locale::Ja, japanese)] {
                let mail =
                    Mail { to: "alice@example.com", notice: &notice, link: "https://x.example", locale, now };
                let left = pages.sentence(locale, "mail-until", &[("time", words)]);
                let text = text(&pages, &mail);
                assert!(text.contains(&left), "{left} in {text}");
            }
        }
    }

    #[test]
    fn what_mail_programs_make_clickable_is_recognised() {
        for link in [
            "https://evil.example",
            "see evil.example/now",
            "www.evil.example",
            "hxxp://1.2.3.4",
            "a@b",
            "EVIL.CO",
            "evil．example",
            "xn--a.xn--b",
        ] {
            assert!(looks_like_a_link(link), "{link}");
        }
        for words in [
            "Pay EUR 10.50",
            "Order W4SCT",
            "e.g. now",
            "Well. Go",
            "3.5 kg",
            "支払い。確認",
            "",
            ".",
            "v1.2.3",
        ] {
            assert!(!looks_like_a_link(words), "{words}");
        }
    }
}
