//! What does one attribute of a distinguished name say, however it is written? (RFC 4514 sections 2.3 and 2.4)

use x509_parser::asn1_rs::{Any, Class, FromDer, Tag};

/// The names of attribute types: those that RFC 4514 section 3 demands, and those that common tools write. Names
/// compare without case.
const NAMES: [(&str, &str); 40] = [
    ("CN", "2.5.4.3"),
    ("commonName", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("surname", "2.5.4.4"),
    ("serialNumber", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("countryName", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("localityName", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("stateOrProvinceName", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("streetAddress", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("organizationName", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("organizationalUnitName", "2.5.4.11"),
    ("title", "2.5.4.12"),
    ("description", "2.5.4.13"),
    ("businessCategory", "2.5.4.15"),
    ("postalCode", "2.5.4.17"),
    ("name", "2.5.4.41"),
    ("GN", "2.5.4.42"),
    ("givenName", "2.5.4.42"),
    ("initials", "2.5.4.43"),
    ("generationQualifier", "2.5.4.44"),
    ("dnQualifier", "2.5.4.46"),
    ("pseudonym", "2.5.4.65"),
    ("organizationIdentifier", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("userId", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("domainComponent", "0.9.2342.19200300.100.1.25"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
    ("unstructuredName", "1.2.840.113549.1.9.2"),
    ("jurisdictionL", "1.3.6.1.4.1.311.60.2.1.1"),
    ("jurisdictionST", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"),
    ("jurisdictionCountryName", "1.3.6.1.4.1.311.60.2.1.3"),
];

/// One attribute: its type as a dotted number, and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attribute {
    pub kind: Box<str>,
    pub value: Value,
}

/// A value, freed from its encoding where it is text: the same text as a UTF8String and as a PrintableString is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Text(Box<str>),
    /// No text that everybody reads alike: compared byte by byte.
    Other {
        class: u8,
        tag: u32,
        bytes: Box<[u8]>,
    },
}

impl Value {
    pub(super) fn of(any: &Any<'_>) -> Self {
        let text = (any.class() == Class::Universal && !any.header.is_constructed()).then(|| text(any));
        text.flatten().map_or_else(
            || Self::Other { class: any.class() as u8, tag: any.tag().0, bytes: any.data.into() },
            |text| Self::Text(text.into()),
        )
    }

    /// The value whose BER form these bytes are: the `#` notation.
    pub(super) fn of_der(bytes: &[u8]) -> Option<Self> {
        let (rest, any) = Any::from_der(bytes).ok()?;
        rest.is_empty().then(|| Self::of(&any))
    }
}

/// The text of a string type, where its characters are beyond doubt.
fn text(any: &Any<'_>) -> Option<String> {
    let bytes = any.data;
    match any.tag() {
        Tag::Utf8String => String::from_utf8(bytes.to_vec()).ok(),
        // What a TeletexString means beyond ASCII nobody agrees on.
        Tag::NumericString | Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::T61String => {
            bytes.is_ascii().then(|| String::from_utf8(bytes.to_vec()).ok()).flatten()
        }
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let text = char::decode_utf16(units).collect::<Result<String, _>>();
            rest.is_empty().then_some(text.ok()).flatten()
        }
        Tag::UniversalString => {
            let (units, rest) = bytes.as_chunks::<4>();
            let text = units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect();
            rest.is_empty().then_some(text).flatten()
        }
        _ => None,
    }
}

/// The dotted number of a type that is given by name or number.
pub(super) fn kind(text: &str) -> Option<Box<str>> {
    if let Some((_, number)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some((*number).into());
    }
    let marked = text.split_at_checked(4).filter(|(mark, _)| mark.eq_ignore_ascii_case("OID."));
    let number = marked.map_or(text, |(_, number)| number);
    let mut arcs = 0;
    for arc in number.split('.') {
        let canonical = arc == "0" || !arc.starts_with('0');
        if arc.is_empty() || !canonical || !arc.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        arcs += 1;
    }
    (arcs >= 2).then(|| number.into())
}
