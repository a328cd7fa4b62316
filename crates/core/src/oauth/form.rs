//! What did this form say? Strictly: one value a parameter, UTF-8, bounded.

/// The most parameters that a form may have.
pub const MAX_PARAMETERS: usize = 64;

/// A parsed `application/x-www-form-urlencoded` body. A parameter occurs once; one with an empty value counts as
/// absent (RFC 6749 section 3.1 and 3.2); unknown ones are kept and ignored.
#[derive(Clone, Default)]
pub struct Form {
    /// All names and values, decoded, one after the other.
    text: String,
    /// Where each name, and then its value, ends in `text`.
    ends: Vec<(usize, usize)>,
}

/// Why a body is not a form. Each is an `invalid_request` (RFC 6749 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The `Content-Type` is missing or another one.
    #[error("the content type must be application/x-www-form-urlencoded")]
    ContentType,
    /// A parameter name occurs twice.
    #[error("a parameter was sent more than once")]
    Repeated,
    /// A percent sign without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("the form is not percent-encoded UTF-8")]
    Encoding,
    /// More than [`MAX_PARAMETERS`] parameters.
    #[error("the form has too many parameters")]
    TooMany,
}

impl Form {
    /// Reads a body that came with this `Content-Type`.
    pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self, FormError> {
        let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|value| value.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            return Err(FormError::ContentType);
        }
        Self::parse_query(body)
    }

    /// Reads a query string, or a body whose type is known.
    pub fn parse_query(bytes: &[u8]) -> Result<Self, FormError> {
        let mut form = Self { text: String::new(), ends: Vec::with_capacity(8) };
        let mut decoded = Vec::with_capacity(bytes.len());
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if form.ends.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name_end = decode(halves.next().unwrap_or_default(), &mut decoded)?;
            let value_end = decode(halves.next().unwrap_or_default(), &mut decoded)?;
            form.ends.push((name_end, value_end));
        }
        form.text = String::from_utf8(decoded).map_err(|_| FormError::Encoding)?;
        form.check()?;
        Ok(form)
    }

    /// Each half is text of its own, and no name comes twice.
    fn check(&self) -> Result<(), FormError> {
        let whole = self.ends.iter().flat_map(|(name, value)| [name, value]);
        if !whole.into_iter().all(|end| self.text.is_char_boundary(*end)) {
            return Err(FormError::Encoding);
        }
        let repeated = |(at, (name, _))| self.parameters().take(at).any(|(known, _)| known == name);
        if self.parameters().enumerate().any(repeated) { Err(FormError::Repeated) } else { Ok(()) }
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(_, value_end)| *value_end));
        begins.zip(&self.ends).map(|(begin, (name_end, value_end))| {
            let part = |from, to| self.text.get(from..to).unwrap_or_default();
            (part(begin, *name_end), part(*name_end, *value_end))
        })
    }

    /// The value of a parameter, unless absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut begin = 0;
        for (name_end, value_end) in &self.ends {
            // Most names differ in length.
            if name_end - begin == name.len() && self.text.get(begin..*name_end) == Some(name) {
                return self.text.get(*name_end..*value_end).filter(|value| !value.is_empty());
            }
            begin = *value_end;
        }
        None
    }
}

impl std::fmt::Debug for Form {
    /// Names only: values can be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.parameters().map(|(name, _)| name)).finish()
    }
}

/// Appends what `text` stands for; says where it ends.
fn decode(text: &[u8], bytes: &mut Vec<u8>) -> Result<usize, FormError> {
    // The longest texts, such as assertions, stand for themselves.
    if !text.contains(&b'%') && !text.contains(&b'+') {
        bytes.extend_from_slice(text);
        return Ok(bytes.len());
    }
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => *other,
        });
    }
    Ok(bytes.len())
}

fn hex(digit: Option<&u8>) -> Result<u8, FormError> {
    let digit = digit.and_then(|d| char::from(*d).to_digit(16)).ok_or(FormError::Encoding)?;
    u8::try_from(digit).map_err(|_| FormError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: Option<&str> = Some("application/x-www-form-urlencoded");

    #[test]
    fn reads_what_a_form_says() {
        let form =
            Form::parse(Some("application/x-www-form-urlencoded; charset=UTF-8"), b"a=1+2&b=%E9%9B%BB&c=&d")
                .unwrap();
        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.get("b"), Some("電"));
        assert_eq!(form.get("c"), None, "an empty value counts as absent");
        assert_eq!(form.get("d"), None);
        let form = Form::parse(TYPE, b"%61b=+%2b%25+cd%3D&e=%41%42=+").unwrap();
        assert_eq!((form.get("ab"), form.get("e")), (Some(" +% cd="), Some("AB= ")));
    }

    #[test]
    fn refuses_what_is_not_a_form() {
        let many = (0..=MAX_PARAMETERS).map(|i| format!("p{i}=x")).collect::<Vec<_>>().join("&");
        for (content_type, body, error) in [
            (None, &b"a=1"[..], FormError::ContentType),
            (Some("application/json"), b"{}", FormError::ContentType),
            (TYPE, b"a=1&a=2", FormError::Repeated),
            (TYPE, b"a=1&%61=", FormError::Repeated),
            (TYPE, b"a=%ff", FormError::Encoding),
            (TYPE, b"a=%e", FormError::Encoding),
            (TYPE, b"a=b%", FormError::Encoding),
            (TYPE, b"a=%&b=e9", FormError::Encoding),
            (TYPE, b"a=%E9%9B&%BB=1", FormError::Encoding),
            (TYPE, b"a=%zz", FormError::Encoding),
            (TYPE, many.as_bytes(), FormError::TooMany),
        ] {
            assert_eq!(Form::parse(content_type, body).unwrap_err(), error);
        }
    }

    #[test]
    fn debug_shows_no_values() {
        let form = Form::parse_query(b"device_code=secret").unwrap();
        assert_eq!(format!("{form:?}"), "[\"device_code\"]");
    }
}
