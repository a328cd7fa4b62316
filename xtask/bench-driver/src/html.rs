//! What would a browser send for the form on a page? The hidden fields of the one that contains a given field.

/// A form found on a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Path it is sent to.
    pub action: String,
    /// Its hidden fields.
    pub fields: Vec<(String, String)>,
}

/// The first form of the page whose text contains `marker`.
pub fn form(page: &str, marker: &str) -> Option<Form> {
    let form = page.split("<form").skip(1).find_map(|rest| {
        let form = rest.split("</form>").next()?;
        form.contains(marker).then_some(form)
    })?;
    let tag = form.split('>').next()?;
    let action = attribute(tag, "action").unwrap_or_default();
    let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    let hidden = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
    let fields = hidden
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())));
    Some(Form { action: path(&action).to_owned(), fields: fields.collect() })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let behind =
        tag.split_once(&format!(" {name}=\"")).or_else(|| tag.split_once(&format!("\n{name}=\"")))?.1;
    let value = behind.split('"').next()?;
    let plain =
        value.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'").replace("&#x2f;", "/");
    Some(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// The path of an absolute URL, or the text itself.
pub fn path(url: &str) -> &str {
    let Some((_, behind)) = url.split_once("://") else { return url };
    behind.find('/').and_then(|at| behind.get(at..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_form_is_found() {
        let page = "<form action=\"/a\"><input type=\"hidden\" name=\"x\" value=\"1\"></form>\
            <form method=\"post\" action=\"http://h:1/device\">\n<input type=\"hidden\" name=\"csrf\" value=\"a&amp;b\"/>\
            <input type=\"text\" name=\"user_code\"><button name=\"decision\" value=\"allow\"></form>";
        let found = form(page, "name=\"decision\"").unwrap();
        assert_eq!(found, Form { action: "/device".into(), fields: vec![("csrf".into(), "a&b".into())] });
        assert_eq!(form(page, "nothing"), None);
    }
}
