//! Where does a link lead, and what does it carry?
//!
//! Addresses are read as browsers read them (case, default ports, user names before `@`, percent-encoding, international names), and so are
//! the addresses that redirectors carry: in the query, the path or the fragment, encoded up to [`MOST_ROUNDS`] times, in base64, or as
//! Proofpoint rewrites them. A redirector that only knows a number cannot be looked through.

use crate::collect::Collected;
use crate::found::{Form, Skipped};
use crate::text;
use crate::transfer;
use crate::watched::Watched;
use std::borrow::Cow;
use url::Url;

/// How many addresses inside each other are looked at.
const MOST_ROUNDS: usize = 5;
/// How many addresses one link may carry.
const MOST_INNER: usize = 32;
/// The longest address that is read.
const LONGEST: usize = 32 * 1024;
/// Addresses in one message.
const MOST_ADDRESSES: usize = 10_000;
/// Their bytes, carried ones included.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How many addresses may still be read.
#[derive(Debug)]
pub(crate) struct Budget {
    addresses: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { addresses: MOST_ADDRESSES, bytes: MOST_BYTES }
    }
}

impl Budget {
    /// Whether one more address may be read. After the first that may not, none may.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.addresses.checked_sub(1).zip(self.bytes.checked_sub(bytes));
        let (addresses, bytes) = left.unwrap_or_default();
        *self = Self { addresses, bytes };
        left.is_some()
    }
}

/// Looks for links and puts what they lead to into `out`.
pub(crate) struct Links<'a> {
    pub(crate) watched: &'a Watched,
    pub(crate) budget: &'a mut Budget,
    pub(crate) out: &'a mut Collected,
    pub(crate) part: &'a str,
    /// How finds stood in the message: of the links themselves, and of the codes in them.
    pub(crate) form: Form,
    pub(crate) code_form: Form,
}

/// An address that waits to be read.
struct Waiting {
    address: String,
    round: usize,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    RequestUri,
}

impl Links<'_> {
    /// Every address in running text.
    pub(crate) fn in_text(&mut self, text: &str) {
        let schemes = self.watched.schemes.clone();
        let mut markers: Vec<String> = schemes.into_iter().map(|scheme| format!("{scheme}:")).collect();
        markers.push("://".to_owned());
        markers.extend(self.watched.hosts().map(str::to_owned));
        let lower = text.to_ascii_lowercase();
        for marker in &markers {
            let mut beyond = 0;
            for (at, _) in lower.match_indices(marker.as_str()) {
                // The middle of what was read already.
                if at < beyond {
                    continue;
                }
                if self.budget.addresses == 0 {
                    return self.out.skipped(Skipped::TooManyCandidates);
                }
                let Some(address) = around(text, at, marker) else { continue };
                if marker == "://" {
                    beyond = at + address.len().min(LONGEST).saturating_sub(16);
                }
                self.loose(address);
            }
        }
    }

    /// An address in running text: where it ends is a guess.
    fn loose(&mut self, address: &str) {
        let bare = !address.contains(':') || address.find(['/', '?', '#', '@']) < address.find(':');
        let whole = if bare { Cow::Owned(format!("https://{address}")) } else { Cow::Borrowed(address) };
        let whole =
            whole.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_', '~']);
        self.address(whole);
        if let Some(end) = whole.find(|c: char| !c.is_ascii()) {
            self.address(whole.get(..end).unwrap_or_default());
        }
    }

    /// One address, and what it carries.
    pub(crate) fn address(&mut self, address: &str) {
        let mut waiting = vec![Waiting { address: address.to_owned(), round: 0, role: Role::Plain }];
        let mut inner = 0;
        while let Some(next) = waiting.pop() {
            let address = clipped(&next.address);
            if address.len() < next.address.len() {
                self.out.skipped(Skipped::TooManyCandidates);
            }
            if !self.budget.spend(address.len()) {
                return self.out.skipped(Skipped::TooManyCandidates);
            }
            let carried = self.read(address.trim(), next.role);
            if next.round < MOST_ROUNDS {
                for (address, role) in carried {
                    inner += 1;
                    if inner > MOST_INNER {
                        return self.out.skipped(Skipped::TooManyCandidates);
                    }
                    waiting.push(Waiting { address, round: next.round + 1, role });
                }
            }
        }
    }

    /// Reads one address and returns those in it.
    fn read(&mut self, address: &str, role: Role) -> Vec<(String, Role)> {
        let mut carried = Vec::new();
        let whole = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
        let Ok(url) = Url::parse(&whole) else {
            self.carried_by(&decoded(address), Role::Plain, &mut carried);
            return carried;
        };
        let here = self.watched.leads_here(&url);
        let wallet = self.watched.opens_wallet(url.scheme());
        if here && role == Role::RequestUri {
            self.out.request_uri(url.as_str(), self.part, self.form);
        } else if here {
            self.out.link(url.as_str(), self.part, self.form);
        }
        let path = decoded(url.path());
        let fragment = decoded(url.fragment().unwrap_or_default());
        let fragment_pairs = url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
        for (name, value) in url.query_pairs().chain(fragment_pairs) {
            self.parameter(&name, &value, here || wallet, &mut carried);
        }
        for piece in path.split('/') {
            self.code_itself(piece);
        }
        if here {
            let query = decoded(url.query().unwrap_or_default());
            for text in [&path, &Cow::Borrowed(&*query), &fragment] {
                text::codes(text, self.part, self.code_form, self.watched, self.out);
            }
        }
        self.carried_by(&path, Role::Plain, &mut carried);
        self.carried_by(&fragment, Role::Plain, &mut carried);
        if let Some(query) = url.query() {
            // A redirector may take the rest of the address as it is: `?https://…`.
            self.carried_by(query, Role::Plain, &mut carried);
        }
        carried
    }

    fn parameter(&mut self, name: &str, value: &str, trusted: bool, carried: &mut Vec<(String, Role)>) {
        self.code_itself(value);
        let role = if name.eq_ignore_ascii_case("request_uri") { Role::RequestUri } else { Role::Plain };
        if role == Role::RequestUri && trusted {
            let ours =
                Url::parse(value).map_or(true, |url| self.watched.leads_here(&url) || url.scheme() == "urn");
            if ours {
                self.out.request_uri(value, self.part, self.form);
            }
        }
        self.carried_by(value, role, carried);
    }

    /// A value that is nothing but a code is one wherever the link leads.
    fn code_itself(&mut self, value: &str) {
        if let Some(code) = text::whole(value, self.watched) {
            self.out.code(&code, crate::collect::Standing::Word, self.part, self.code_form);
        }
    }

    fn carried_by(&self, value: &str, role: Role, carried: &mut Vec<(String, Role)>) {
        if value.len() < 8 {
            return;
        }
        let lower = value.to_ascii_lowercase();
        for (at, _) in lower.match_indices("://").take(MOST_INNER) {
            let start = scheme_start(value, at);
            carried.push((value.get(start..).unwrap_or_default().to_owned(), role));
        }
        if lower.contains("%3a%2f")
            || lower.contains("%253a")
            || lower.contains("%2f%2f")
            || lower.contains("%3a//")
        {
            carried.push((decoded(value).into_owned(), role));
        }
        for host in self.watched.hosts() {
            if lower.strip_prefix("//").unwrap_or(&lower).starts_with(host) {
                carried.push((format!("https://{}", value.trim_start_matches('/')), role));
            }
        }
        if let Some(at) = lower.find("https-3a__").or_else(|| lower.find("http-3a__")) {
            let rewritten = value.get(at..).unwrap_or_default();
            let rewritten = rewritten.split('&').next().unwrap_or_default();
            carried.push((decoded(&rewritten.replace('-', "%").replace('_', "/")).into_owned(), role));
        }
        if let Some(at) = value.find("aHR0c") {
            let bytes = transfer::base64(value.get(at..).unwrap_or_default().as_bytes());
            let text = String::from_utf8_lossy(&bytes).into_owned();
            carried.push((
                text.split(|c: char| !c.is_ascii_graphic()).next().unwrap_or_default().to_owned(),
                role,
            ));
        }
    }
}

fn clipped(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()
}

/// Percent-decoded once.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// Where the scheme before the colon at `colon` begins.
fn scheme_start(text: &str, colon: usize) -> usize {
    let before = text.get(..colon).unwrap_or_default();
    let scheme =
        before.bytes().rev().take(32).take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    colon - scheme.count()
}

/// The address in which `marker` stands at `at`.
fn around<'t>(text: &'t str, at: usize, marker: &str) -> Option<&'t str> {
    let before = text.get(..at)?;
    let start = match marker {
        "://" => scheme_start(text, at),
        // A longer name, a mail address, or the path of another address.
        _ if before.ends_with(|c: char| c.is_ascii_alphanumeric() || "-.@_+".contains(c)) => return None,
        _ if before.ends_with('/') && !before.ends_with("//") => return None,
        _ if before.ends_with("://") => return None,
        _ => at,
    };
    let rest = text.get(start..)?;
    let end =
        rest.char_indices().take(LONGEST).find(|(_, c)| ends_address(*c)).map_or(rest.len(), |(end, _)| end);
    rest.get(..end.min(rest.floor_char_boundary(LONGEST))).filter(|address| address.len() > 3)
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "<>\"`|\\^{}「」『』【】（）〈〉《》、。，；“”„‘’«»".contains(c)
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
