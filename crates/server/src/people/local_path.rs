//! Does this text stay on this server when a browser follows it?

/// The longest path that is followed, in bytes.
const MAX_PATH: usize = 200;

/// `next` if it is a path on this server: one leading slash, printable ASCII, no backslash. What a browser would read
/// as another host (`//host`, `/\host`, a scheme, white space that it strips) is refused.
pub fn local_path(next: &str) -> Option<&str> {
    let bytes = next.as_bytes();
    let printable = bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\');
    let one_slash = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');
    (printable && one_slash && bytes.len() <= MAX_PATH).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_on_this_server_are_followed() {
        for inside in [
            "/",
            "/account",
            "/device?user_code=WDJB-MJHT",
            "/device/decision#x",
            "/a//b",
            "/%5Cevil.example",
        ] {
            assert_eq!(local_path(inside), Some(inside));
        }
        let long = format!("/{}", "a".repeat(200));
        for outside in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https:",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " /account",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/a b",
            "/a\0",
            "/\u{2028}",
            "/電",
            long.as_str(),
        ] {
            assert_eq!(local_path(outside), None, "{outside:?}");
        }
    }
}
