//! Does the tree speak of the project alone? No path of one machine, no host a package came from.

use super::source::is_word;
use super::tree::has_extension;
use super::{Findings, Tree};

/// Written in halves so that this file does not find itself.
const HOMES: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/")];
const REGISTRIES: [&str; 3] = [
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("files.", "pythonhosted.org"),
];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            for home in HOMES.iter().filter(|home| is_absolute(line, home)) {
                findings.fail(path, index + 1, format!("`{home}…` is a path of one machine"));
            }
            for host in REGISTRIES.iter().filter(|host| line.contains(*host)) {
                findings.fail(path, index + 1, format!("`{host}` is the host of a registry"));
            }
            let lock = path.ends_with("package-lock.json") && has_extension(path, &["json"]);
            if lock && line.contains("\"resolved\"") {
                findings.fail(path, index + 1, "the lock file says where packages came from; see its .npmrc");
            }
        }
    }
}

/// Whether `line` has `prefix` as the start of an absolute path and not within a longer path or an URL.
fn is_absolute(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !is_word(c) && !matches!(c, '.' | '-' | '}' | ')' | '~' | '$' | '>' | '…'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::{HOMES, REGISTRIES, check};

    #[test]
    fn paths_of_one_machine_fail() {
        for home in HOMES {
            for text in [format!("see {home}x"), format!("path=\"{home}alice\""), format!("file://{home}x")] {
                assert_eq!(failures(check, &[("docs/a.md", &text)]), ["docs/a.md:1"], "{text}");
            }
            assert!(failures(check, &[("docs/a.md", &format!("see https://example.com{home}x"))]).is_empty());
        }
    }

    #[test]
    fn hosts_of_registries_fail() {
        for host in REGISTRIES {
            assert_eq!(failures(check, &[("a.toml", &format!("\nx = \"https://{host}/a\""))]), ["a.toml:2"]);
        }
        let lock = "{\n \"resolved\": \"https://mirror.example/a.tgz\"\n}";
        assert_eq!(failures(check, &[("interop/package-lock.json", lock)]), ["interop/package-lock.json:2"]);
    }
}
