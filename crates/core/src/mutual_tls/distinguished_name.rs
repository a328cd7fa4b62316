//! Are two distinguished names the same? Read from text (RFC 4514) or from a certificate, compared attribute by
//! attribute.

use super::attribute::{Attribute, Value, kind};
use std::iter::Peekable;
use std::str::{Chars, FromStr};
use x509_parser::x509::X509Name;

/// The longest text that is read, in bytes.
const MAX_LEN: usize = 4096;

/// Why a text is no distinguished name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DistinguishedNameError {
    /// Nothing stands there: it would be the name of nobody in particular.
    #[error("the distinguished name is empty")]
    Empty,
    /// More than 4096 bytes.
    #[error("the distinguished name is too long")]
    TooLong,
    /// An attribute without `=`, or of a type that is neither a known name nor a dotted number.
    #[error("an attribute type is missing or unknown; dotted numbers are accepted for all")]
    AttributeType,
    /// A value that RFC 4514 section 2.4 does not allow.
    #[error("an attribute value is not written as RFC 4514 section 2.4 has it")]
    AttributeValue,
}

/// A distinguished name that is not empty, in the order of RFC 4514: the most particular part first.
///
/// Equal are names of the same parts in the same order. Within a part of several attributes the order does not count;
/// in which string type a value is encoded does not either. Values compare character by character, case included: a
/// registration that means another spelling has to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName(Vec<Vec<Attribute>>);

impl DistinguishedName {
    /// The name in a certificate; none where it is empty.
    pub(super) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut parts: Vec<Vec<Attribute>> = name
            .iter()
            .map(|part| {
                let attributes = part.iter().map(|attribute| Attribute {
                    kind: attribute.attr_type().to_id_string().into(),
                    value: Value::of(attribute.attr_value()),
                });
                sorted(attributes.collect())
            })
            .collect();
        parts.reverse();
        (!parts.is_empty()).then_some(Self(parts))
    }
}

impl FromStr for DistinguishedName {
    type Err = DistinguishedNameError;

    /// Reads the text form. Spaces around separators, which RFC 4514 does not write, are accepted and mean nothing.
    fn from_str(text: &str) -> Result<Self, DistinguishedNameError> {
        if text.len() > MAX_LEN {
            return Err(DistinguishedNameError::TooLong);
        }
        if text.trim().is_empty() {
            return Err(DistinguishedNameError::Empty);
        }
        let mut rest = text.chars().peekable();
        let (mut parts, mut part) = (Vec::new(), Vec::new());
        loop {
            part.push(attribute(&mut rest)?);
            match rest.next() {
                Some('+') => {}
                Some(_) => parts.push(sorted(std::mem::take(&mut part))),
                None => {
                    parts.push(sorted(part));
                    return Ok(Self(parts));
                }
            }
        }
    }
}

fn sorted(mut part: Vec<Attribute>) -> Vec<Attribute> {
    part.sort_unstable();
    part
}

/// One attribute, up to the separator behind it or the end.
fn attribute(rest: &mut Peekable<Chars<'_>>) -> Result<Attribute, DistinguishedNameError> {
    let mut name = String::new();
    loop {
        match rest.next() {
            Some('=') => break,
            Some(c) if !matches!(c, ',' | '+') => name.push(c),
            _ => return Err(DistinguishedNameError::AttributeType),
        }
    }
    let kind = kind(name.trim()).ok_or(DistinguishedNameError::AttributeType)?;
    while rest.next_if_eq(&' ').is_some() {}
    let value = if rest.next_if_eq(&'#').is_some() { encoded(rest) } else { written(rest) };
    Ok(Attribute { kind, value: value.ok_or(DistinguishedNameError::AttributeValue)? })
}

/// Whether the value goes on.
fn within(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    rest.next_if(|c| !matches!(c, ',' | '+'))
}

/// A value in the `#` notation: hexadecimal digits of its BER form.
fn encoded(rest: &mut Peekable<Chars<'_>>) -> Option<Value> {
    let mut digits = String::new();
    while let Some(c) = within(rest) {
        digits.push(c);
    }
    let (pairs, odd) = digits.trim_end().as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| octet(char::from(*high), char::from(*low)));
    let bytes = bytes.collect::<Option<Vec<_>>>()?;
    if odd.is_empty() { Value::of_der(&bytes) } else { None }
}

/// A value as text, with its escapes. Spaces at its end count only where they are escaped.
fn written(rest: &mut Peekable<Chars<'_>>) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut kept = 0;
    while let Some(c) = within(rest) {
        match c {
            '\\' => {
                let escaped = rest.next()?;
                if matches!(escaped, ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') {
                    bytes.push(u8::try_from(escaped).ok()?);
                } else {
                    bytes.push(octet(escaped, rest.next()?)?);
                }
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => return None,
            c => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                if c != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).ok().map(|text| Value::Text(text.into()))
}

fn octet(high: char, low: char) -> Option<u8> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}
