//! Do crates depend only in the direction of the design? `core`, `hybrid` ← `store` ← `server`; the rest looks in from outside.

use super::{Findings, Tree};

/// Folder under `crates/` and the crates of this project it may use.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("core", &[]),
    // Looks at messages of strangers, and knows nothing that it could give away.
    ("content_filter", &[]),
    ("hybrid", &[]),
    ("store", &["core"]),
    ("server", &["content_filter", "core", "hybrid", "store"]),
    ("devices", &["core", "hybrid"]),
    // Its second binary is the server with a clock that plays can move; nothing else of it touches the server but HTTP.
    ("lab", &["core", "devices", "server", "store"]),
    ("model", &["core"]),
];

/// The server with a side door, to be measured only: it looks in from outside.
const BENCH_SERVER: &str = "xtask/bench-server/Cargo.toml";

/// What a pure crate must not even link.
const IMPURE: [&str; 12] = [
    "tokio",
    "rand",
    "getrandom",
    "axum",
    "hyper",
    "reqwest",
    "ureq",
    "rusqlite",
    "mio",
    "chrono",
    "time",
    "tracing",
];

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let folder = path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml"));
        let allowed: &[&str] = match folder {
            Some(folder) => {
                let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == folder) else {
                    findings.fail(path, 1, format!("crate `{folder}` has no place in the direction rule"));
                    continue;
                };
                allowed
            }
            None if path == BENCH_SERVER => &["core", "store", "server"],
            None if path.starts_with("xtask/") => &[],
            None => continue,
        };
        for dependency in dependencies(text) {
            check_one(path, folder, allowed, &dependency, findings);
        }
    }
}

fn check_one(
    path: &str,
    folder: Option<&str>,
    allowed: &[&str],
    dependency: &Dependency,
    findings: &mut Findings,
) {
    let folder_of = |name: &str| name.replace('-', "_");
    if let Some(ours) = dependency.name.strip_prefix("tandem-").map(folder_of)
        && MAY_USE.iter().any(|(name, _)| *name == ours)
        && !allowed.contains(&ours.as_str())
    {
        let who = folder.unwrap_or("xtask");
        findings.fail(path, dependency.line, format!("direction: `{who}` must not depend on `{ours}`"));
    }
    let pure = matches!(folder, Some("content_filter" | "core" | "hybrid"));
    if pure && !dependency.for_tests && IMPURE.contains(&dependency.name.as_str()) {
        findings.fail(path, dependency.line, format!("`{}` has no place in a pure crate", dependency.name));
    }
}

struct Dependency {
    name: String,
    line: usize,
    for_tests: bool,
}

/// The dependencies a manifest declares, in any of its tables.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut table = String::new();
    let mut found = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            header.trim_end_matches(']').clone_into(&mut table);
            // `[dependencies.name]` declares one by its header.
            if let Some((kind, name)) = table.rsplit_once('.')
                && kind.ends_with("dependencies")
            {
                found.push(Dependency {
                    name: name.trim_matches('"').to_owned(),
                    line: index + 1,
                    for_tests: kind.ends_with("dev-dependencies"),
                });
            }
        } else if table.ends_with("dependencies")
            && !line.starts_with('#')
            && let Some((key, value)) = line.split_once('=')
        {
            let key = key.split('.').next().unwrap_or(key).trim().trim_matches('"');
            let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
            found.push(Dependency {
                name: renamed.unwrap_or(key).to_owned(),
                line: index + 1,
                for_tests: table.ends_with("dev-dependencies"),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::check;

    #[test]
    fn the_wrong_direction_fails() {
        for (folder, line) in [
            ("core", "tandem-store.workspace = true"),
            ("core", "tandem-content-filter.workspace = true"),
            ("store", "tandem-server = { path = \"../server\" }"),
            ("server", "tandem-devices.workspace = true"),
            ("devices", "tandem-server.workspace = true"),
            ("model", "other = { package = \"tandem-store\", path = \"../store\" }"),
        ] {
            for table in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
                let path = format!("crates/{folder}/Cargo.toml");
                let text = format!("[package]\nname = \"x\"\n[{table}]\n{line}\n");
                assert_eq!(failures(check, &[(&path, &text)]), [format!("{path}:4")], "{folder} {table}");
            }
        }
        let header = "[dependencies.tandem-store]\nworkspace = true\n";
        assert_eq!(failures(check, &[("crates/core/Cargo.toml", header)]), ["crates/core/Cargo.toml:1"]);
        assert_eq!(failures(check, &[("crates/extra/Cargo.toml", "")]), ["crates/extra/Cargo.toml:1"]);
        let xtask = "[dependencies]\ntandem-core.workspace = true\n";
        assert_eq!(failures(check, &[("xtask/Cargo.toml", xtask)]), ["xtask/Cargo.toml:2"]);
        let server = "[dependencies]\ntandem-server.workspace = true\n";
        assert_eq!(
            failures(check, &[("crates/devices/Cargo.toml", server)]),
            ["crates/devices/Cargo.toml:2"]
        );
        assert!(failures(check, &[("xtask/bench-server/Cargo.toml", server)]).is_empty());
    }

    #[test]
    fn a_pure_crate_links_nothing_impure() {
        let text = "[dependencies]\ntokio.workspace = true\n[dev-dependencies]\nrand = \"1\"\n";
        assert_eq!(failures(check, &[("crates/core/Cargo.toml", text)]), ["crates/core/Cargo.toml:2"]);
    }

    #[test]
    fn the_right_direction_passes() {
        let server = "[dependencies]\ntandem-core.workspace = true\ntandem-store = { workspace = true }\ntokio = \"1\"\n";
        let files = [
            ("crates/server/Cargo.toml", server),
            ("Cargo.toml", "[workspace.dependencies]\ntandem-lab = {}\n"),
        ];
        assert!(failures(check, &files).is_empty());
    }
}
