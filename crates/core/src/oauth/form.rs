//! What did this form say? Strictly: one value a parameter, UTF-8, bounded.

/// The most parameters that a form may have.
pub const MAX_PARAMETERS: usize = 64;

/// A parsed `application/x-www-form-urlencoded` body. A parameter occurs once; one with an empty value counts as
/// absent (RFC 6749 section 3.1 and 3.2); unknown ones are kept and ignored.
#[derive(Clone, Default)]
pub struct Form {
    parameters: Vec<(String, String)>,
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
        let mut parameters: Vec<(String, String)> = Vec::with_capacity(8);
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(FormError::Repeated);
            }
            parameters.push((name, value));
        }
        Ok(Self { parameters })
    }

    /// The value of a parameter, unless absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }
}

impl std::fmt::Debug for Form {
    /// Names only: values can be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.parameters.iter().map(|(name, _)| name)).finish()
    }
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Encoding)
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
