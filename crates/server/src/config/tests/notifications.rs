//! Are `[notifications]` and `[outgoing]` accepted where they make sense, and nowhere else?

use super::*;
use crate::config::{MASK, MailTls};

const EMAIL: &str =
    "[notifications.email]\nhost = \"mail.example.com\"\nfrom = \"Example <no-reply@example.com>\"\n";
const WEBHOOK: &str = "[notifications.webhook]\nurl = \"https://sms.example.com/\"\n";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn without_settings_no_channel_is_set_up_and_nobody_private_is_called() {
    let config = config("");
    assert!(config.notifications.email.is_none() && config.notifications.webhook.is_none());
    assert!(config.outgoing.allow_private.is_empty() && config.outgoing.ca_file.is_none());
}

#[test]
fn the_port_follows_the_encryption() {
    for (tls, port, expected) in [
        ("", 465, MailTls::Implicit),
        ("tls = \"implicit\"", 465, MailTls::Implicit),
        ("tls = \"starttls\"", 587, MailTls::Starttls),
        ("tls = \"starttls\"\nport = 2525", 2525, MailTls::Starttls),
        ("tls = \"none\"\nhost = \"127.0.0.1\"", 25, MailTls::None),
        ("tls = \"none\"\nhost = \"::1\"", 25, MailTls::None),
        ("tls = \"none\"\nhost = \"localhost\"", 25, MailTls::None),
    ] {
        let host = if tls.contains("host") {
            EMAIL.replace("host = \"mail.example.com\"\n", "")
        } else {
            EMAIL.into()
        };
        let email = config(&format!("{host}{tls}")).notifications.email.unwrap();
        assert_eq!((email.port(), email.tls), (port, expected), "{tls}");
    }
}

#[test]
fn mail_settings_that_cannot_work_are_refused() {
    use ProblemKind::{Contradiction, Missing, NotAccepted, OutOfRange};
    for (more, kind, key) in [
        ("tls = \"none\"", Contradiction, "tls"),
        ("tls = \"opportunistic\"", NotAccepted, "tls"),
        ("username = \"tandem\"", Missing, "password"),
        ("password = \"secret\"", Missing, "username"),
        ("port = 0", OutOfRange, "port"),
        ("port = 65536", OutOfRange, "port"),
    ] {
        assert_refused(&format!("{EMAIL}{more}"), kind, &format!("notifications.email.{key}"));
    }
    for (from, to, kind, key) in [
        ("mail.example.com", "mail example", NotAccepted, "host"),
        ("mail.example.com", "mail.example.com:25", NotAccepted, "host"),
        ("mail.example.com", "", OutOfRange, "host"),
        ("Example <no-reply@example.com>", "nobody", NotAccepted, "from"),
        ("Example <no-reply@example.com>", "a@b\\r\\nBcc: c@d", NotAccepted, "from"),
    ] {
        assert_refused(&EMAIL.replace(from, to), kind, &format!("notifications.email.{key}"));
    }
    let found = problems("[notifications.email]", &[]);
    assert_eq!(found.len(), 2, "host and from have no default: {found:?}");
}

#[test]
fn a_webhook_needs_a_long_secret() {
    use ProblemKind::{Missing, NotAccepted, OutOfRange};
    assert_refused(WEBHOOK, Missing, "notifications.webhook.secret");
    assert_refused(
        &format!("{WEBHOOK}secret = \"{}\"", &SECRET[1..]),
        OutOfRange,
        "notifications.webhook.secret",
    );
    let good = format!("{WEBHOOK}secret = \"{SECRET}\"");
    assert!(loaded(&good, &[]).is_ok());
    for url in ["http://sms.example.com/", "ftp://sms.example.com/", "https://a:b@sms.example.com/", "sms"] {
        let toml = good.replace("https://sms.example.com/", url);
        assert_refused(&toml, NotAccepted, "notifications.webhook.url");
    }
    assert!(loaded(&good.replace("https://sms.example.com", "http://127.0.0.1:9000"), &[]).is_ok());
}

#[test]
fn whom_push_services_write_to_is_an_address_they_can_write_to() {
    let section = |contact: &str| format!("[notifications.web_push]\ncontact = \"{contact}\"\n");
    for bad in [
        "",
        "push@example.com",
        "mailto:",
        "mailto:nobody",
        "http://example.com",
        "tel:+442079460000",
        "https://",
        "https://operator:password@example.com",
        "mailto:push@example.com\\r\\nx: y",
        "mailto: push@example.com",
        &format!("https://example.com/{}", "a".repeat(237)),
    ] {
        assert_refused(&section(bad), ProblemKind::NotAccepted, "notifications.web_push.contact");
    }
    assert_eq!(config("").notifications.web_push.contact, None);
    for good in ["mailto:push@example.com", "https://example.com/contact"] {
        let contact = config(&section(good)).notifications.web_push.contact;
        assert_eq!(contact.as_deref(), Some(good));
    }
    let variable = [("TANDEM_NOTIFICATIONS__WEB_PUSH__CONTACT", "mailto:ops@example.com")];
    let loaded = loaded("", &variable).unwrap();
    assert_eq!(loaded.config.notifications.web_push.contact.as_deref(), Some("mailto:ops@example.com"));
}

#[test]
fn secrets_come_from_files_and_variables_and_are_never_shown() {
    let folder = Folder::new();
    let (password, secret) = (folder.file("password", "hunter2-hunter2\n"), folder.file("secret", SECRET));
    let toml = format!(
        "{EMAIL}username = \"tandem\"\npassword_file = {password:?}\n{WEBHOOK}secret_file = {secret:?}\n"
    );
    let loaded = loaded(&toml, &[("TANDEM_NOTIFICATIONS__EMAIL__PORT", "2465")]).unwrap();
    let (email, webhook) = (
        loaded.config.notifications.email.clone().unwrap(),
        loaded.config.notifications.webhook.clone().unwrap(),
    );
    assert_eq!(email.password.unwrap().expose(), "hunter2-hunter2");
    assert_eq!((email.port, webhook.secret.unwrap().expose()), (Some(2465), SECRET));
    let shown =
        format!("{loaded:?} {:?} {}", loaded.entries(), serde_json::to_string(&loaded.config).unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains(SECRET) && shown.contains(MASK), "{shown}");
    let both = format!("{WEBHOOK}secret = \"{SECRET}\"\nsecret_file = {secret:?}");
    assert_refused(&both, ProblemKind::Contradiction, "notifications.webhook.secret");
}

#[test]
fn private_networks_are_named_one_by_one() {
    let config = config("[outgoing]\nallow_private = [\"127.0.0.1\", \"10.1.0.0/16\", \"fd00::/8\"]");
    assert_eq!(config.outgoing.allow_private.len(), 3);
    for network in ["0.0.0.0/0", "::/0", "10.1.2.3/16", "localhost", "*", ""] {
        let toml = format!("[outgoing]\nallow_private = [\"{network}\"]");
        assert_refused(&toml, ProblemKind::NotAccepted, "outgoing.allow_private[0]");
    }
}
