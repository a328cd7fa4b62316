//! How is each statement of the BCP met? Writes `docs/bcp.md` from what the tree cites.
//!
//! A statement is cited by its number: in the comment above a test, in a page or template, in a document, in the code that
//! acts on it. Ranges count in full. Run with `UPDATE_REFERENCE=1` to write the document again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tandem_core::assessment::{Level, RULES, STATEMENTS, Statement, Who, statement};

const DOCUMENT: &str = "docs/bcp.md";
/// The list itself, and what speaks of it all.
const SILENT: [&str; 3] = [DOCUMENT, "crates/core/src/assessment/", "crates/core/tests/assessment/bcp.rs"];

/// Statements of flows that this server does not have: what no code can meet yet.
const NO_FLOW: [&str; 7] = ["R3.2", "R3.3", "R4.5", "R4.6", "R4.7", "R5.4", "R6.1a"];

/// Who cites one statement.
#[derive(Debug, Default)]
struct Cited {
    /// Tests, by their file.
    tests: BTreeMap<String, BTreeSet<String>>,
    /// Pages, messages and templates.
    pages: BTreeSet<String>,
    /// Code.
    code: BTreeSet<String>,
    /// Documents.
    documents: BTreeSet<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every text of the tree that may cite, by its path from the root.
fn texts(folder: &Path, at: &str, found: &mut BTreeMap<String, String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || ["target", "node_modules", "pictures", "fuzz"].contains(&name.as_str()) {
            continue;
        }
        let path = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            texts(&entry.path(), &path, found);
        } else if kind.is_file()
            && ["rs", "md", "html", "ftl", "mjs", "js", "ts"]
                .iter()
                .any(|end| name.ends_with(&format!(".{end}")))
        {
            // A file may go while others work.
            if let Ok(text) = std::fs::read_to_string(entry.path()) {
                found.insert(path, text);
            }
        }
    }
}

/// The statement numbers in a line; `R6.1b to R6.1h` and `R4.1–R4.9` are all in between, but for those of flows that this
/// server does not have.
fn numbers(line: &str) -> Vec<&'static str> {
    let place = |id: &str| STATEMENTS.iter().position(|one| one.id == id);
    let (mut found, mut rest, mut last) = (Vec::new(), line, None::<usize>);
    let mut gap = String::new();
    while let Some(at) = rest.find('R') {
        let (before, from) = rest.split_at(at);
        gap.push_str(before);
        let word: String = from.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        let id = word.trim_end_matches('.');
        let joined = gap.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        match statement(id).filter(|_| !joined) {
            Some(one) => {
                let here = place(one.id).unwrap();
                let range = last.filter(|from| *from < here && [" to ", "–", " – "].contains(&gap.as_str()));
                let between = &STATEMENTS[range.map_or(here, |from| from + 1)..=here];
                // Who names a range does not mean what cannot be meant.
                let meant = between.iter().filter(|one| range.is_none() || !NO_FLOW.contains(&one.id));
                found.extend(meant.map(|one| one.id));
                last = Some(here);
                gap.clear();
            }
            None => gap.push_str(&from[..word.len().max(1)]),
        }
        rest = &from[word.len().max(1)..];
    }
    found
}

/// The test that a comment at this line belongs to: the next function, if it is one.
fn test_below(lines: &[&str], comment: usize) -> Option<String> {
    let mut is_test = false;
    for line in lines.iter().skip(comment + 1) {
        let line = line.trim();
        if line.starts_with("//") {
            continue;
        }
        if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
            continue;
        }
        let (_, name) = line.split_once("fn ")?;
        let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        return is_test.then_some(name);
    }
    None
}

fn cite(path: &str, text: &str, cited: &mut BTreeMap<&'static str, Cited>) {
    let lines: Vec<_> = text.lines().collect();
    let named = |end: &str| Path::new(path).extension().is_some_and(|found| found == end);
    for (index, line) in lines.iter().enumerate() {
        for id in numbers(line) {
            let entry = cited.entry(id).or_default();
            if named("md") {
                entry.documents.insert(path.to_owned());
            } else if named("html") || named("ftl") {
                entry.pages.insert(path.to_owned());
            } else if named("rs") && line.trim().starts_with("//") && !line.trim().starts_with("//!") {
                match test_below(&lines, index) {
                    Some(test) => drop(entry.tests.entry(path.to_owned()).or_default().insert(test)),
                    None => drop(entry.code.insert(path.to_owned())),
                }
            } else if path.contains("/tests/") || path.contains("test") && !named("rs") {
                entry.tests.entry(path.to_owned()).or_default();
            } else {
                entry.code.insert(path.to_owned());
            }
        }
    }
}

fn all_citations() -> BTreeMap<&'static str, Cited> {
    let mut files = BTreeMap::new();
    texts(&root(), "", &mut files);
    let mut cited = BTreeMap::new();
    for (path, text) in &files {
        if !SILENT.iter().any(|silent| path.starts_with(silent)) {
            cite(path, text, &mut cited);
        }
    }
    cited
}

fn how(one: &Statement, cited: &Cited) -> String {
    let list = |paths: &BTreeSet<String>| {
        paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
    };
    let mut ways = Vec::new();
    if !cited.tests.is_empty() {
        let tests = cited.tests.iter().map(|(path, names)| {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            if names.is_empty() { format!("`{path}`") } else { format!("`{path}` {}", names.join(", ")) }
        });
        ways.push(format!("tests: {}", tests.collect::<Vec<_>>().join("; ")));
    }
    if RULES.iter().any(|rule| rule.statement == one.id) {
        ways.push("`tandem assess` has a rule".to_owned());
    }
    for (name, paths) in [("pages", &cited.pages), ("code", &cited.code), ("documents", &cited.documents)] {
        if !paths.is_empty() {
            ways.push(format!("{name}: {}", list(paths)));
        }
    }
    if ways.is_empty() {
        let whose = match one.who {
            [Who::Operator] => "the operator's; ",
            _ if NO_FLOW.contains(&one.id) => "of a flow that this server does not have; ",
            _ => "",
        };
        return format!("{whose}**nothing here cites it yet**");
    }
    if cited.tests.is_empty() && RULES.iter().all(|rule| rule.statement != one.id) {
        ways.push("**no test cites it**".to_owned());
    }
    ways.join("<br>")
}

fn document(cited: &BTreeMap<&'static str, Cited>) -> String {
    let nobody = Cited::default();
    let of = |one: &Statement| cited.get(one.id).unwrap_or(&nobody);
    let tested = STATEMENTS.iter().filter(|one| !of(one).tests.is_empty()).count();
    let ruled = STATEMENTS.iter().filter(|one| RULES.iter().any(|rule| rule.statement == one.id)).count();
    let open = STATEMENTS.iter().filter(|one| how(one, of(one)).contains("nothing here cites it"));
    let open: Vec<_> = open.map(|one| one.id).collect();
    let mut text = format!(
        "# How each statement of the BCP is met\n\n\
         Generated by `UPDATE_REFERENCE=1 cargo test -p tandem-core --test assessment bcp`; a test fails when it is stale. The BCP\n\
         is draft-ietf-oauth-cross-device-security-13; + marks what its later text adds. The words are ours.\n\n\
         {} statements: tests cite {tested}, `tandem assess` has rules for {ruled} (see [assess.md](assess.md)), nothing cites {}{}.\n\n\
         | id | section | level | statement | who | how it is met |\n|---|---|---|---|---|---|\n",
        STATEMENTS.len(),
        open.len(),
        if open.is_empty() { String::new() } else { format!(": {}", open.join(", ")) },
    );
    for one in &STATEMENTS {
        let who: Vec<_> = one.who.iter().map(|who| who.as_str()).collect();
        let later = if one.is_later() { "+" } else { "" };
        let level = if one.level == Level::None { "–" } else { one.level.as_str() };
        let _ = writeln!(
            text,
            "| {}{later} | {} | {level} | {} | {} | {} |",
            one.id,
            one.section,
            one.says,
            who.join(", "),
            how(one, of(one)),
        );
    }
    text
}

#[test]
fn the_document_is_up_to_date() {
    let text = document(&all_citations());
    let path = root().join(DOCUMENT);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "run this test with UPDATE_REFERENCE=1 to write {DOCUMENT} again");
}

#[test]
fn numbers_are_read_with_their_ranges_and_nothing_else_is() {
    assert_eq!(numbers("Requirements R6.1b to R6.1d, R6.2."), ["R6.1b", "R6.1c", "R6.1d", "R6.2"]);
    assert_eq!(numbers("R4.1–R4.3 (R6.5+)"), ["R4.1", "R4.2", "R4.3", "R6.5"]);
    assert_eq!(numbers("R6.14c, then R6.14a to R6.14b"), ["R6.14c", "R6.14a", "R6.14b"]);
    assert_eq!(numbers("R4.1–R4.9"), ["R4.1", "R4.2", "R4.3", "R4.4", "R4.8", "R4.9"]);
    for none in ["AR6.1b", "R6.1z", "R6.99", "R6", "RFC 8628", "Right.", "", "R", "xR2.1", "_R2.1"] {
        assert_eq!(numbers(none), Vec::<&str>::new(), "{none}");
    }
    assert_eq!(numbers("日本R2.1"), Vec::<&str>::new(), "a letter before it");
}

#[test]
fn a_comment_cites_for_the_test_below_it_only() {
    let text = "/// R6.2: brief\n#[test]\nfn brief() {}\n\n/// R6.2\nfn helper() {}\n//! R6.3a\n";
    let mut cited = BTreeMap::new();
    cite("crates/x/src/a.rs", text, &mut cited);
    let brief = &cited["R6.2"];
    assert_eq!(brief.tests["crates/x/src/a.rs"].iter().collect::<Vec<_>>(), ["brief"]);
    assert_eq!(brief.code.len(), 1);
    assert!(cited["R6.3a"].tests.is_empty());
    cite("docs/b.md", "meets R6.3a", &mut cited);
    cite("crates/x/templates/c.html", "{# R6.14b #}", &mut cited);
    assert!(cited["R6.3a"].documents.contains("docs/b.md") && !cited["R6.14b"].pages.is_empty());
    let open = how(statement("R6.22").unwrap(), &Cited::default());
    assert!(open.contains("nothing here cites it yet"));
}
