//! Which cookies does a browser keep, and which does it send?

use crate::http::Reply;

/// A browser's cookies for one server.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Keeps what an answer sets; an empty value takes a cookie away.
    pub fn take(&mut self, reply: &Reply<'_>) {
        for cookie in reply.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            self.0.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// The `Cookie` header line; nothing without cookies.
    pub fn line(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_replaced_and_taken_away() {
        let mut cookies = Cookies::default();
        assert_eq!(cookies.line(), "");
        for (head, expected) in [
            ("Set-Cookie: a=1; Path=/\r\nset-cookie: b=x=y", "Cookie: a=1; b=x=y\r\n"),
            ("Set-Cookie: a=2", "Cookie: b=x=y; a=2\r\n"),
            ("Set-Cookie: b=; Max-Age=0", "Cookie: a=2\r\n"),
        ] {
            cookies.take(&Reply { status: 200, head, body: "" });
            assert_eq!(cookies.line(), expected);
        }
    }
}
