//! What does a page say, and what can be pressed on it?

/// A page as a person sees it.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its heading.
    pub heading: String,
    /// All of its words.
    pub words: String,
    /// The warnings on it.
    pub warnings: String,
    /// What it says of the request, by what that is called.
    pub facts: Vec<(String, String)>,
    /// The code or PIN that stands out on it.
    pub code: Option<String>,
    /// Its forms.
    pub forms: Vec<Form>,
    /// Where its links lead.
    pub links: Vec<String>,
}

/// A form.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// What goes along unseen.
    pub hidden: Vec<(String, String)>,
    /// What a person can fill in or choose: the name, and the value of a choice.
    pub fields: Vec<(String, String)>,
    /// The buttons, by name and value.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    /// Whether it has a field of this name.
    pub fn asks(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// The values of the fields of this name that have one: what can be chosen.
    pub fn choices<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let chosen = self.fields.iter().filter(move |(field, value)| field == name && !value.is_empty());
        chosen.map(|(_, value)| value.as_str())
    }

    /// Whether it has a button that says this.
    pub fn offers(&self, value: &str) -> bool {
        self.buttons.iter().any(|(name, known)| name == "decision" && known == value)
    }
}

impl Page {
    /// Reads a page of the server.
    pub fn read(html: &str) -> Self {
        let body = between(html, "<main", "</main>").unwrap_or(html);
        let facts = body.split("<dt>").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once("</dt>")?;
            let value = between(rest, "<dd>", "</dd>")?;
            Some((words(name), words(value)))
        });
        let forms =
            body.split("<form").skip(1).map(|rest| form(rest.split("</form>").next().unwrap_or(rest)));
        let links = body.split("<a ").skip(1);
        Self {
            heading: between(body, "<h1", "</h1>")
                .map(|text| words(&format!("<h1{text}")))
                .unwrap_or_default(),
            words: words(body),
            warnings: between(body, "<aside class=\"warnings\"", "</aside>")
                .map(|text| words(&format!("<aside{text}")))
                .unwrap_or_default(),
            facts: facts.collect(),
            code: between(body, "<p class=\"code\" translate=\"no\">", "</p>").map(words),
            forms: forms.collect(),
            links: links.filter_map(|link| attribute(link, "href")).collect(),
        }
    }

    /// What it says of the request under this name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The form that is sent there.
    pub fn form(&self, action: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.action == action)
    }

    /// The form with which a request is answered.
    pub fn decision(&self) -> Option<&Form> {
        self.forms.iter().find(|form| form.buttons.iter().any(|(name, _)| name == "decision"))
    }

    /// Whether it says this.
    pub fn says(&self, text: &str) -> bool {
        self.words.contains(text)
    }
}

fn form(html: &str) -> Form {
    let (tag, inside) = html.split_once('>').unwrap_or((html, ""));
    let mut form = Form { action: attribute(tag, "action").unwrap_or_default(), ..Form::default() };
    for input in inside.split("<input").skip(1) {
        let tag = input.split('>').next().unwrap_or_default();
        let (Some(name), value) = (attribute(tag, "name"), attribute(tag, "value").unwrap_or_default())
        else {
            continue;
        };
        // A text field's value is what was typed before, not a choice.
        match attribute(tag, "type").as_deref() {
            Some("hidden") => form.hidden.push((name, value)),
            Some("radio" | "checkbox") => form.fields.push((name, value)),
            _ => form.fields.push((name, String::new())),
        }
    }
    for button in inside.split("<button").skip(1) {
        let tag = button.split('>').next().unwrap_or_default();
        if let (Some(name), Some(value)) = (attribute(tag, "name"), attribute(tag, "value")) {
            form.buttons.push((name, value));
        }
    }
    form
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next().unwrap_or_default();
    between(tag, &format!(" {name}=\""), "\"")
        .or_else(|| tag.strip_prefix(&format!("{name}=\"")).and_then(|rest| rest.split('"').next()))
        .map(unescaped)
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(inside, _)| inside)
}

/// The words of a piece of HTML.
fn words(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        let visible = part.split_once('>').map_or(part, |(_, visible)| visible);
        text.extend([" ", visible]);
    }
    let plain = unescaped(&text).replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&#47;", "/"),
        ("&amp;", "&"),
    ];
    named.iter().fold(text.to_owned(), |text, (name, plain)| text.replace(name, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_a_person_reads_it() {
        let page = Page::read(
            "<html><nav><a href=\"/no\">x</a></nav><main id=\"m\"><aside class=\"warnings\" aria-label=\"Before\">\
             <p>Careful &amp; slow</p></aside><h1 class=\"t\">Is this <bdi>yours</bdi>?</h1>\
             <p class=\"code\" translate=\"no\">BCDF-GHJK</p><dl><div><dt>Where</dt><dd>Another\n<b>network</b></dd></div></dl>\
             <form class=\"d\" method=\"post\" action=\"/x\"><input type=\"hidden\" name=\"csrf\" value=\"1&quot;2\">\
             <input type=\"radio\" name=\"number\" value=\"17\"><input name=\"binding\" type=\"text\" value=\"typed\">\
             <button type=\"submit\" name=\"decision\" value=\"allow\">Yes</button></form><a href=\"/y\">y</a></main>",
        );
        assert_eq!((page.heading.as_str(), page.warnings.as_str()), ("Is this yours ?", "Careful & slow"));
        assert_eq!(page.code.as_deref(), Some("BCDF-GHJK"));
        assert_eq!(page.fact("Where"), Some("Another network"));
        let form = page.form("/x").unwrap();
        assert_eq!(form.hidden, [("csrf".to_owned(), "1\"2".to_owned())]);
        assert!(form.offers("allow") && !form.offers("deny") && form.asks("binding"));
        assert_eq!((form.choices("number").next(), form.choices("binding").next()), (Some("17"), None));
        assert_eq!(page.links, ["/y"]);
    }
}
