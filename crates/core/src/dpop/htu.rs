//! Do two addresses name the same endpoint? (RFC 9449 section 4.3)

use super::DpopRefusal;
use std::fmt;
use url::Url;

/// The longest `htu` that is read, in bytes.
const MAX_LEN: usize = 2048;

/// An http(s) address without query and fragment, normalised as RFC 3986 sections 6.2.2 and 6.2.3 say: case
/// of scheme and host, default port, dot segments, percent-encoding of unreserved characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Htu(String);

impl Htu {
    /// Reads an absolute address. Query and fragment are dropped, user information is refused.
    pub fn parse(address: &str) -> Result<Self, DpopRefusal> {
        // The URL parser forgives blanks, line ends and other characters that no URI has (RFC 3986) …
        let in_uri = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
        if address.len() > MAX_LEN || !address.bytes().all(in_uri) {
            return Err(DpopRefusal::HtuMalformed);
        }
        let url = Url::parse(address).map_err(|_| DpopRefusal::HtuMalformed)?;
        // … and any number of slashes before the host.
        let authority = address.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
        let has_authority = authority.is_some_and(|rest| !rest.starts_with('/'));
        let anonymous = url.username().is_empty() && url.password().is_none();
        match (url.scheme(), url.host_str(), url.port_or_known_default()) {
            (scheme @ ("http" | "https"), Some(host), Some(port)) if anonymous && has_authority => {
                Ok(Self(format!("{scheme}://{host}:{port}{}", normal_path(url.path()))))
            }
            _ => Err(DpopRefusal::HtuMalformed),
        }
    }
}

impl fmt::Display for Htu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path with unreserved characters decoded and the digits of other percent-encodings in capitals.
fn normal_path(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((plain, encoded)) = rest.split_once('%') {
        normal.push_str(plain);
        let decoded = encoded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (decoded.map(char::from), encoded.get(2..)) {
            (Some(octet), Some(after)) if octet.is_ascii_alphanumeric() || "-._~".contains(octet) => {
                normal.push(octet);
                rest = after;
            }
            _ => {
                normal.push('%');
                let (digits, after) = encoded.split_at_checked(2).unwrap_or((encoded, ""));
                normal.push_str(&digits.to_ascii_uppercase());
                rest = after;
            }
        }
    }
    normal.push_str(rest);
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_addresses_are_equal() {
        let same = |a: &str, b: &str| assert_eq!(Htu::parse(a).unwrap(), Htu::parse(b).unwrap(), "{a} {b}");
        same("https://as.example/token", "HTTPS://AS.Example:443/token");
        same("http://localhost/token", "http://localhost:80/token");
        same("https://as.example/token", "https://as.example/token?a=b#c");
        same("https://as.example/token", "https://as.example/x/../token");
        same("https://as.example/~a%2fb", "https://as.example/%7ea%2Fb");
        same("https://as.example", "https://as.example/");
        same("https://[::1]:443/t", "https://[0:0::1]/t");
    }

    #[test]
    fn different_addresses_differ() {
        let token = Htu::parse("https://as.example/token").unwrap();
        for other in [
            "http://as.example/token",
            "https://as.example:8443/token",
            "https://as.example/token/",
            "https://as.example/Token",
            "https://as.example//token",
            "https://as.example/tok%2Fen",
            "https://as.example.evil/token",
            "https://evil/as.example/token",
        ] {
            assert_ne!(Htu::parse(other).unwrap(), token, "{other}");
        }
        assert_ne!(Htu::parse("https://a/b%2Fc").unwrap(), Htu::parse("https://a/b/c").unwrap());
        assert_ne!(Htu::parse("https://a/%zz").unwrap(), Htu::parse("https://a/zz").unwrap());
    }

    #[test]
    fn what_is_no_plain_http_address_is_refused() {
        let long = format!("https://as.example/{}", "a".repeat(MAX_LEN));
        for bad in [
            "",
            "/token",
            "as.example/token",
            "https:",
            "https:as.example/token",
            "https:/as.example/token",
            "https:///as.example/token",
            "https:as.example/token?://",
            "ftp://as.example/token",
            "file:///token",
            "data:,x",
            "https://u@as.example/token",
            "https://u:p@as.example/token",
            "https://as.example/ token",
            " https://as.example/token",
            "https://as.example\\token",
            "https://as.example/`token`",
            "https://as.example/{token}",
            "https://as.example/t\noken",
            "https://ás.example/",
            "https://as.example:99999/",
            &long,
        ] {
            assert_eq!(Htu::parse(bad), Err(DpopRefusal::HtuMalformed), "{bad}");
        }
    }
}
