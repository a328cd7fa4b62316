//! Which texts teach people when a request can be genuine? One set a flow, which an operator can replace. (BCP 6.1.13)

use super::PagesError;
use super::locale::Locale;

/// The shipped sets of each language, with the name of the file that replaces them.
pub(super) const SHIPPED: [(Locale, &str, &str); 2] = [
    (Locale::En, "education.en.ftl", include_str!("../../messages/education.en.ftl")),
    (Locale::Ja, "education.ja.ftl", include_str!("../../messages/education.ja.ftl")),
];

/// What every flow's set says.
#[cfg(test)]
pub(super) const TEXTS: [&str; 7] = ["title", "when", "never", "scan", "scam", "never-ask", "notice"];

/// The flows that have a set.
#[cfg(test)]
pub(super) const FLOWS: [&str; 2] = ["device-authorization", "ciba"];

/// The language whose sets a file of this name replaces.
pub(super) fn replaced_by(file: &str) -> Option<Locale> {
    SHIPPED.iter().find(|(_, name, _)| *name == file).map(|(locale, ..)| *locale)
}

/// Refuses a text that no page and no notification says: it would teach nobody anything.
pub(super) fn check(file: &str, text: &str) -> Result<(), PagesError> {
    let known = SHIPPED.iter().find(|(_, name, _)| *name == file).map_or("", |(.., shipped)| shipped);
    for (at, line) in text.lines().enumerate() {
        let Some(key) = key(line) else { continue };
        if !known.lines().any(|line| self::key(line) == Some(key)) {
            return Err(PagesError::Message {
                file: file.to_owned(),
                line: at + 1,
                detail: format!("`{key}` is no text of this file"),
            });
        }
    }
    Ok(())
}

/// The key of a message that begins on this line.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    key.starts_with(|first: char| first.is_ascii_alphabetic()).then(|| key.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::views::{EnterCode, Help};
    use crate::pages::{Frame, Pages, Site};

    /// R6.13a
    #[test]
    fn every_flow_says_when_never_and_what_a_scam_looks_like() {
        for (_, file, text) in SHIPPED {
            for (flow, name) in FLOWS.iter().flat_map(|flow| TEXTS.map(|name| (flow, name))) {
                let key = format!("education-{flow}-{name} = ");
                assert_eq!(text.lines().filter(|line| line.starts_with(&key)).count(), 1, "{file}: {key}");
            }
        }
    }

    #[test]
    fn only_texts_of_the_sets_can_be_replaced() {
        let file = "education.en.ftl";
        assert_eq!(replaced_by(file), Some(Locale::En));
        assert_eq!(replaced_by("education.fr.ftl"), None);
        check(file, "# Ours\neducation-ciba-when = At our tills.\n    Nowhere = else.\n").unwrap();
        for (line, text) in
            [(1, "education-ciba-wen = x"), (3, "\n\ndecide-allow = Go"), (1, "-term = x\nA=b")]
        {
            let Err(PagesError::Message { line: at, .. }) = check(file, text) else { panic!("{text}") };
            assert!(at >= line, "{text}");
        }
    }

    /// R6.13a: an operator replaces a text of one flow and language, and no template.
    #[test]
    fn an_operators_own_text_is_said_wherever_the_shipped_one_was() {
        let folder = tempfile::tempdir().unwrap();
        let text = "education-device-authorization-when = Only at our kiosks in the station hall.\n";
        std::fs::write(folder.path().join("education.en.ftl"), text).unwrap();
        let site = || Site { operator: "Ours".to_owned(), address: "https://id.example.com".to_owned() };
        let pages = Pages::new(Some(folder.path()), site()).unwrap();
        for page in [
            pages.render(&Help {}, &Frame::default()),
            pages.render(&EnterCode { user_code: String::new(), trouble: None }, &Frame::default()),
        ] {
            assert!(page.html.contains("Only at our kiosks in the station hall."), "{}", page.html);
        }
        assert_ne!(
            pages.words(Locale::Ja, "education-device-authorization-when"),
            pages.words(Locale::En, "education-device-authorization-when")
        );
        std::fs::write(folder.path().join("education.en.ftl"), "education-ciba-wen = x\n").unwrap();
        let Err(PagesError::Message { file, line: 1, .. }) = Pages::new(Some(folder.path()), site()) else {
            panic!("accepted")
        };
        assert_eq!(file, "education.en.ftl");
    }
}
