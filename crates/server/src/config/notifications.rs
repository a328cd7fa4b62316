//! How are people told that something waits for their answer: `[notifications]`?

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::check::Findings;
use super::secret::Secret;

/// `[notifications]`: how people are told on their authorization devices that something waits for their answer.
/// Devices of a channel that is not set up are passed over.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// E-mail, through a mail server of yours (SMTP).
    pub email: Option<Email>,
    /// A webhook, for SMS or anything else: a signed POST for each message, which a service of yours delivers.
    pub webhook: Option<Webhook>,
    /// Browsers, by Web Push; they work without a setting.
    pub web_push: WebPush,
}

/// `[notifications.web_push]`: notifications in browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebPush {
    /// Whom push services can write to when something is wrong with what is sent to them (RFC 8292 section 2.1): a
    /// `mailto:` or `https:` URL. They are told the issuer without it, where that is an https address.
    #[schemars(extend("format" = "contact-url"), example = "mailto:push@example.com")]
    pub contact: Option<String>,
}

/// `[notifications.email]`: the mail server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Name or IP address of the mail server.
    #[schemars(length(min = 1, max = 253), example = "mail.example.com")]
    pub host: String,
    /// Its port; 465 for implicit TLS, 587 for STARTTLS and 25 without TLS where there is none.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65_535), example = 465)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: MailTls,
    /// User name at the mail server, where it asks for one.
    #[serde(default)]
    #[schemars(length(min = 1, max = 320), example = &"tandem")]
    pub username: Option<String>,
    /// The password that goes with it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1024))]
    pub password: Option<Secret>,
    /// File that holds `password`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/mail.password")]
    pub password_file: Option<PathBuf>,
    /// Who the mails are from: an address, with a name in front if you like.
    #[schemars(length(min = 3, max = 320), example = "Example <no-reply@example.com>")]
    pub from: String,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// TLS from the first byte.
    #[default]
    Implicit,
    /// TLS after STARTTLS; a server that does not offer it is sent nothing.
    Starttls,
    /// No encryption: for a mail server on this machine only.
    None,
}

/// `[notifications.webhook]`: the service that delivers messages.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where messages are posted to; https, or http on localhost. An address that is not public stands in
    /// `outgoing.allow_private` too.
    #[schemars(with = "String", extend("format" = "web-url"), example = "https://sms.example.com/tandem")]
    pub url: Url,
    /// Secret that both sides know, to sign each message with; make it with a machine (`openssl rand -hex 32`).
    #[serde(default)]
    #[schemars(length(min = 32, max = 512))]
    pub secret: Option<Secret>,
    /// File that holds `secret`; give one of the two.
    #[serde(default)]
    #[schemars(extend("format" = "path"), example = "/etc/tandem/webhook.secret")]
    pub secret_file: Option<PathBuf>,
}

impl Email {
    /// The port in use.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::Implicit => 465,
            MailTls::Starttls => 587,
            MailTls::None => 25,
        })
    }

    fn is_on_this_machine(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }
}

/// Whether the settings go together.
pub(super) fn check(notifications: &Notifications, findings: &mut Findings) {
    if let Some(email) = &notifications.email {
        let is_address = email.host.parse::<IpAddr>().is_ok();
        if !is_address && !matches!(url::Host::parse(&email.host), Ok(url::Host::Domain(_))) {
            findings.not_accepted("notifications.email.host", "a name or an IP address is accepted");
        }
        if email.tls == MailTls::None && !email.is_on_this_machine() {
            findings.contradiction(
                "notifications.email.tls",
                "without TLS only a mail server on this machine is used (localhost, 127.0.0.1 or ::1)",
            );
        }
        if email.username.is_some() && email.password.is_none() {
            findings.missing("notifications.email.password", "the user name needs its password");
        }
        if email.username.is_none() && email.password.is_some() {
            findings.missing("notifications.email.username", "the password needs its user name");
        }
        if email.from.parse::<lettre::message::Mailbox>().is_err() {
            let detail = "a mail address is accepted, such as no-reply@example.com";
            findings.not_accepted("notifications.email.from", detail);
        }
    }
    if let Some(webhook) = &notifications.webhook {
        if webhook.secret.is_none() {
            let detail =
                "messages are signed with it; `openssl rand -hex 32` makes one, best given as `secret_file`";
            findings.missing("notifications.webhook.secret", detail);
        }
        let url = &webhook.url;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            let detail = "a URL without user name, password and fragment is accepted";
            findings.not_accepted("notifications.webhook.url", detail);
        }
    }
}
