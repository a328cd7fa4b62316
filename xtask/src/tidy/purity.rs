//! Are `core` and `hybrid` pure? No clock, randomness, socket, file, environment, output, async or global outside tests.

use super::source::{self, has_word, is_word};
use super::tree::is_test_file;
use super::{Findings, Tree};

/// Words that pure code has no use for, and why not.
const BANNED: [(&str, &str); 24] = [
    ("async fn", "core is synchronous"),
    ("async move", "core is synchronous"),
    ("async {", "core is synchronous"),
    (".await", "core is synchronous"),
    ("tokio", "core is synchronous"),
    ("std::fs", "no files"),
    ("std::io", "no input or output"),
    ("std::process", "no processes"),
    ("std::thread", "no threads"),
    ("std::env", "no environment"),
    ("SystemTime", "time is a parameter"),
    ("Instant::now", "time is a parameter"),
    ("Utc::now", "time is a parameter"),
    ("thread_rng", "randomness is a parameter"),
    ("SystemRandom", "randomness is a parameter"),
    ("static mut", "no globals"),
    ("OnceLock", "no globals"),
    ("LazyLock", "no globals"),
    ("thread_local!", "no globals"),
    ("println!", "no output"),
    ("eprintln!", "no output"),
    ("print!", "no output"),
    ("eprint!", "no output"),
    ("rand::fill", "randomness is a parameter"),
];

/// The parts of these modules that are plain values or parameters.
const MODULES: [(&str, &[&str], &str); 2] = [
    ("std::net", &["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "AddrParseError"], "no sockets"),
    ("rand", &["SecureRandom"], "randomness is a parameter"),
];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.rust() {
        let pure = path.starts_with("crates/core/src/") || path.starts_with("crates/hybrid/src/");
        if !pure || is_test_file(path) {
            continue;
        }
        for line in source::lines(text).iter().filter(|line| !line.in_test) {
            for (word, why) in BANNED.iter().filter(|(word, _)| has_word(&line.code, word)) {
                findings.fail(path, line.number, format!("`{word}` in a pure crate: {why}"));
            }
        }
        let code = source::blank(text);
        for (module, values, why) in MODULES {
            check_module(path, &code, &source::lines(text), (module, values, why), findings);
        }
    }
}

/// A module of which only some names may be used: everything named after `module::` must be one of them.
fn check_module(
    path: &str,
    code: &str,
    lines: &[source::Line],
    (module, values, why): (&str, &[&str], &str),
    findings: &mut Findings,
) {
    let mut rest = code;
    while let Some(at) = source::word_at(rest, module) {
        let behind = rest.get(at + module.len()..).unwrap_or_default();
        let line = code.len() - behind.len();
        let line = code.get(..line).unwrap_or_default().matches('\n').count() + 1;
        rest = behind;
        let Some(path_behind) = behind.strip_prefix("::") else { continue };
        let named: Vec<&str> = match path_behind.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or(group).split(',').map(str::trim).collect(),
            None => vec![path_behind.split(|c| !is_word(c)).next().unwrap_or_default()],
        };
        let in_test = lines.get(line - 1).is_some_and(|line| line.in_test);
        for name in named.into_iter().filter(|name| !in_test && !values.contains(name)) {
            if name.is_empty() && path_behind.starts_with('{') {
                continue; // the comma at the end of a list
            }
            findings.fail(path, line, format!("`{module}::{name}` in a pure crate: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::{BANNED, check};

    #[test]
    fn each_banned_word_fails() {
        for (word, _) in BANNED {
            let text = format!("//! x\n{word} y;\n");
            for path in ["crates/core/src/a.rs", "crates/hybrid/src/b/c.rs"] {
                assert!(failures(check, &[(path, &text)]).contains(&format!("{path}:2")), "{word}");
            }
            assert!(failures(check, &[("crates/server/src/a.rs", &text)]).is_empty(), "{word}");
        }
    }

    #[test]
    fn sockets_and_generators_fail_and_plain_values_pass() {
        let path = "crates/core/src/a.rs";
        for bad in [
            "use std::net::TcpStream;",
            "use std::net::{IpAddr, UdpSocket};",
            "use std::net::*;",
            "rand::random()",
        ] {
            assert_eq!(failures(check, &[(path, &format!("\n{bad}"))]), ["crates/core/src/a.rs:2"], "{bad}");
        }
        for good in [
            "use std::net::IpAddr;",
            "use std::net::{IpAddr, Ipv6Addr,};",
            "use aws_lc_rs::rand::SecureRandom;",
        ] {
            assert!(failures(check, &[(path, good)]).is_empty(), "{good}");
        }
    }

    #[test]
    fn tests_and_comments_may_say_anything() {
        let text = "//! tokio\n/// SystemTime\nfn a() { b(\"std::fs\"); }\n#[cfg(test)]\nmod tests {\n use rand::random;\n println!();\n}\n";
        assert!(failures(check, &[("crates/core/src/a.rs", text)]).is_empty());
        assert!(failures(check, &[("crates/core/src/a/tests.rs", "tokio")]).is_empty());
    }
}
