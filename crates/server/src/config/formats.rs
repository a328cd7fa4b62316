//! Is a text what the `format` of its key asks for?

use tandem_core::web_push::Contact;
use url::{Host, Url};

use super::clients::ScopeList;
use super::issuer::Issuer;
use super::milter::MilterAddress;
use super::network::{AdminListener, ListenAddress, Network};
use super::people::Language;
use super::secret::EncryptionKey;

/// What is accepted instead, if the text is not. The answer never contains the text.
pub(super) fn refusal(format: &str, text: &str) -> Option<String> {
    let owned = || text.to_owned();
    match format {
        "issuer" => refused(Issuer::parse(text)),
        "listen-address" => refused(ListenAddress::try_from(owned())),
        "listen-address-or-empty" => refused(AdminListener::try_from(owned())),
        "milter-address" => refused(MilterAddress::try_from(owned())),
        "network" => refused(Network::try_from(owned())),
        "encryption-key" => refused(EncryptionKey::parse(text)),
        "language-tag" => refused(Language::try_from(owned())),
        "scope-list" => refused(ScopeList::try_from(owned())),
        "client-id" => {
            unless(text.bytes().all(|byte| byte.is_ascii_graphic()), "printable ASCII without spaces")
        }
        "path" => unless(!text.is_empty() && !text.contains('\0'), "a path that is not empty"),
        "web-url" => unless(is_web_url(text), "a URL with https, or http on localhost,"),
        "contact-url" => {
            unless(Contact::parse(text).is_ok(), "a short mailto: or https: URL without a password")
        }
        "support-url" => unless(is_support_url(text), "a URL with https, http or mailto"),
        _ => None,
    }
}

fn refused<T, E: std::fmt::Display>(parsed: Result<T, E>) -> Option<String> {
    parsed.err().map(|refusal| refusal.to_string())
}

fn unless(accepted: bool, what: &str) -> Option<String> {
    (!accepted).then(|| format!("{what} is accepted"))
}

fn is_web_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    })
}

fn is_support_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http" | "mailto"))
}
