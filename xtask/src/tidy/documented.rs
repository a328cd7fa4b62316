//! Is every error and every mitigation explained, at its definition with its source and in the documents for operators?

use super::source::{self, is_word};
use super::{Findings, Tree};

const ERRORS: &str = "crates/core/src/oauth/error_code.rs";
const ERRORS_DOC: &str = "docs/errors.md";
const MITIGATIONS: &str = "crates/core/src/mitigations/";
const MITIGATIONS_DOC: &str = "docs/mitigations.md";
/// The Best Current Practice names this many.
const MITIGATION_COUNT: usize = 17;
/// Names of documents that define errors.
const SOURCES: [&str; 6] = ["RFC ", "OpenID", "OpenID4VP", "CIBA", "FAPI", "draft"];

pub fn check(tree: &Tree, findings: &mut Findings) {
    check_errors(tree, findings);
    check_mitigations(tree, findings);
}

fn check_errors(tree: &Tree, findings: &mut Findings) {
    let Some(text) = tree.get(ERRORS) else { return };
    let documented = tree.get(ERRORS_DOC).unwrap_or_default();
    let variants = variants(text, "ErrorCode");
    if variants.is_empty() {
        findings.fail(ERRORS, 1, "there is no `enum ErrorCode` with variants here");
    }
    for variant in variants {
        if !cites_section(&variant.doc) {
            let message =
                format!("`{}` must cite its source and section, as `RFC 6749 section 5.2`", variant.name);
            findings.fail(ERRORS, variant.line, message);
        }
        let wire = wire_string(text, &variant.name).unwrap_or_else(|| snake_case(&variant.name));
        if !documented.contains(&format!("`{wire}`")) {
            findings.fail(ERRORS, variant.line, format!("`{wire}` is not explained in {ERRORS_DOC}"));
        }
    }
}

fn check_mitigations(tree: &Tree, findings: &mut Findings) {
    let mut folder = tree.rust().filter(|(path, _)| path.starts_with(MITIGATIONS)).collect::<Vec<_>>();
    folder.sort_by_key(|(path, _)| !path.ends_with("/mitigation.rs") && !path.ends_with("/mod.rs"));
    let home = folder.iter().find(|(_, text)| !variants(text, "Mitigation").is_empty());
    let Some((home, text)) = home.copied() else {
        if let Some((path, _)) = folder.first() {
            findings.fail(path, 1, "there is no `enum Mitigation` in this folder");
        }
        return;
    };
    let variants = variants(text, "Mitigation");
    if variants.len() != MITIGATION_COUNT {
        findings.fail(home, 1, format!("{} mitigations; the BCP has {MITIGATION_COUNT}", variants.len()));
    }
    let documented = tree.get(MITIGATIONS_DOC).unwrap_or_default();
    for variant in variants {
        let name = snake_case(&variant.name);
        if !has_name(documented, &name) {
            findings.fail(home, variant.line, format!("`{name}` is not described in {MITIGATIONS_DOC}"));
        }
        let own = format!("{MITIGATIONS}{name}.rs");
        let in_table = || folder.iter().any(|(path, text)| *path != own && calls(text, &name));
        if tree.get(&own).is_some() && !in_table() {
            findings.fail(&own, 1, format!("`{name}` is in no row of the checkpoint table"));
        }
    }
}

/// Whether code uses the module `name` beyond declaring it.
fn calls(text: &str, name: &str) -> bool {
    source::lines(text).iter().any(|line| {
        let declares = line.code.contains(&format!("mod {name};"));
        !line.in_test && !declares && line.code.contains(&format!("{name}::"))
    })
}

struct Variant {
    name: String,
    line: usize,
    doc: String,
}

/// The variants of `enum name` with the doc comment above each.
fn variants(text: &str, name: &str) -> Vec<Variant> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut inside = false;
    let mut doc = String::new();
    for (line, raw) in source::lines(text).iter().zip(text.lines()) {
        let code = line.code.trim();
        if !inside && source::has_word(code, &format!("enum {name}")) {
            inside = true;
        } else if inside && depth == 1 {
            if let Some(comment) = raw.trim().strip_prefix("///") {
                doc.push_str(comment);
                doc.push('\n');
            } else if code.starts_with(|c: char| c.is_ascii_uppercase()) {
                let name = code.split(|c| !is_word(c)).next().unwrap_or_default().to_owned();
                found.push(Variant { name, line: line.number, doc: std::mem::take(&mut doc) });
            }
        }
        if inside {
            depth += code.matches(['{', '(']).count();
            depth = depth.saturating_sub(code.matches(['}', ')']).count());
            if depth == 0 && code.contains('}') {
                break;
            }
        }
    }
    found
}

/// A source and, besides the source's own number, the number of a section.
fn cites_section(doc: &str) -> bool {
    let sourced = SOURCES.iter().any(|source| doc.contains(source));
    let without_rfc = doc.split("RFC ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    sourced && without_rfc.collect::<String>().contains(|c: char| c.is_ascii_digit())
}

/// The string that the file maps the variant to, if it does so on one line: `Self::X => "x"`.
fn wire_string(text: &str, variant: &str) -> Option<String> {
    let arm = |line: &str| {
        let (pattern, value) = line.split_once("=>")?;
        let mut names = pattern.split('|').map(|name| name.trim().rsplit("::").next().unwrap_or_default());
        let quoted = value.split('"').nth(1)?;
        names.any(|name| name == variant).then(|| quoted.to_owned())
    };
    text.lines().filter_map(arm).find(|wire| wire.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

/// `UniqueCodes` → `unique_codes`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn has_name(document: &str, name: &str) -> bool {
    source::has_word(document, name)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::{ERRORS, check};

    const CODES: &str = "//! x\npub enum ErrorCode {\n    /// Too fast. RFC 8628 section 3.5.\n    SlowDown,\n    /// Bad.\n    #[x]\n    InvalidDpopProof,\n}\nimpl ErrorCode {\n fn a(self) -> &'static str {\n match self {\n  Self::SlowDown => \"slow_down\",\n  Self::InvalidDpopProof => \"invalid_dpop_proof\",\n }}}\n";

    #[test]
    fn an_error_without_section_or_document_fails() {
        let errors = |doc: &str| failures(check, &[(ERRORS, CODES), ("docs/errors.md", doc)]);
        assert_eq!(errors("`slow_down` `invalid_dpop_proof`"), [format!("{ERRORS}:7")]);
        assert_eq!(errors("`invalid_dpop_proof`"), [format!("{ERRORS}:4"), format!("{ERRORS}:7")]);
        let cited = CODES.replace("Bad.", "Bad. RFC 9449 section 5.");
        let documents = ("docs/errors.md", "`slow_down` `invalid_dpop_proof`");
        assert!(failures(check, &[(ERRORS, &cited), documents]).is_empty());
        let vague = CODES.replace("Bad.", "Bad. RFC 9449.");
        assert_eq!(failures(check, &[(ERRORS, &vague), documents]), [format!("{ERRORS}:7")]);
    }

    fn mitigations(count: usize) -> (String, String) {
        let mut code = String::from("//! x\npub enum Mitigation {\n");
        let mut document = String::new();
        for letter in (b'a'..).take(count).map(char::from) {
            code.extend(["    ", &letter.to_ascii_uppercase().to_string(), "Codes,\n"]);
            document.extend(["## ", &letter.to_string(), "_codes\n"]);
        }
        code.push_str("}\n");
        (code, document)
    }

    #[test]
    fn a_mitigation_without_document_or_row_fails() {
        let home = "crates/core/src/mitigations/mitigation.rs";
        let (code, document) = mitigations(17);
        assert!(failures(check, &[(home, &code), ("docs/mitigations.md", &document)]).is_empty());
        let partial = document.replace("## b_codes", "");
        assert_eq!(
            failures(check, &[(home, &code), ("docs/mitigations.md", &partial)]),
            [format!("{home}:4")]
        );
        let own = "crates/core/src/mitigations/c_codes.rs";
        let files = [(home, code.as_str()), (own, "//! x\n"), ("docs/mitigations.md", &document)];
        assert_eq!(failures(check, &files), [format!("{own}:1")]);
        let row = ("crates/core/src/mitigations/table.rs", "mod c_codes;\nconst T: F = c_codes::assess;\n");
        assert!(failures(check, &[files[0], files[1], files[2], row]).is_empty());
    }

    #[test]
    fn there_are_seventeen() {
        let home = "crates/core/src/mitigations/mod.rs";
        let (code, document) = mitigations(16);
        assert_eq!(
            failures(check, &[(home, &code), ("docs/mitigations.md", &document)]),
            [format!("{home}:1")]
        );
    }
}
