//! What does somebody read on a page, and where stand the tags that a rule looks for?

pub(super) fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// Where the tag with this mark begins, and the tag.
pub(super) fn tag_with(html: &str, mark: &str) -> Option<(usize, String)> {
    let at = html.find(mark)?;
    let start = if mark.starts_with('<') { at } else { html[..at].rfind('<')? };
    Some((start, html[start..].split('>').next()?.to_owned()))
}

/// The text of a document, a paragraph each, with what is read out of attributes.
pub(super) fn lines(html: &str) -> Vec<String> {
    const INLINE: [&str; 10] = ["a", "b", "em", "strong", "span", "i", "br", "small", "abbr", "time"];
    const SKIPPED: [&str; 5] = ["script", "style", "svg", "code", "select"];
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = after.split_once('>') else { break };
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        rest = after;
        if name == "bdi" {
            text.push('X');
        } else if !INLINE.contains(&name) {
            text.push('\n');
        }
        for spoken in [" aria-label=\"", " alt=\"", " placeholder=\""] {
            if let Some(words) = between(&format!("{tag}>"), spoken, "\"") {
                text.extend(["\n", words, "\n"]);
            }
        }
        if (name == "bdi" || SKIPPED.contains(&name)) && !tag.starts_with('/') {
            rest = rest.split_once(&format!("</{name}>")).map_or("", |(_, rest)| rest);
        }
    }
    text.push_str(rest);
    let text = [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character));
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The sentences of a paragraph.
pub(super) fn sentences(line: &str) -> Vec<String> {
    let ended = ["。", "？", "！"]
        .iter()
        .fold(line.to_owned(), |text, mark| text.replace(mark, &format!("{mark}\n")));
    let ended = [". ", "? ", "! ", "… "]
        .iter()
        .fold(ended, |text, mark| text.replace(mark, &format!("{}\n", mark.trim())));
    ended.lines().map(str::to_owned).collect()
}
