//! Whose certificate is this? Names however they are written, keys of every kind, and garbage.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, KeyPair, SanType};
use serde_json::{Value, json};
use tandem_core::digest::Digest;
use tandem_core::jose::JwkSet;
use tandem_core::mutual_tls::{Certificate, CertificateError, DistinguishedNameError, SubjectRule};
use tandem_core::oauth::client::CertificateName;
use tandem_core::time::Timestamp;

/// `CN=\ lead\"quote,UID=till-7+OU=Pay,O=Acme\, Inc.,C=GB`, made with OpenSSL, with a part of two attributes.
const MULTI_VALUED: &str = "\
MIICDTCCAbOgAwIBAgIURXfQgKLar0u8IyO0cQupfH+DmZ0wCgYIKoZIzj0EAwIwXDELMAkGA1UEBhMCR0IxEzARBgNVBAoMCkFj\
bWUsIEluYy4xIjAKBgNVBAsMA1BheTAUBgoJkiaJk/IsZAEBDAZ0aWxsLTcxFDASBgNVBAMMCyBsZWFkInF1b3RlMB4XDTI2MTEy\
MTIzMjk0MFoXDTM2MTExODIzMjk0MFowXDELMAkGA1UEBhMCR0IxEzARBgNVBAoMCkFjbWUsIEluYy4xIjAKBgNVBAsMA1BheTAU\
BgoJkiaJk/IsZAEBDAZ0aWxsLTcxFDASBgNVBAMMCyBsZWFkInF1b3RlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEm4lFBvWz\
JoUxuInB+y0hFC/ofg+6UygkSvlQBtmEwKWoImCYLJGE0Cyc1zl3PNrjn6ogpLMh3z/JGdUjSKcowaNTMFEwHQYDVR0OBBYEFBGm\
84HgqCDSBO1Xeaqjp5ZKQ9BqMB8GA1UdIwQYMBaAFBGm84HgqCDSBO1Xeaqjp5ZKQ9BqMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI\
zj0EAwIDSAAwRQIhAIOXp8DzmRtJGJzBXVtjUL0dw5YErKdJmdKE7N00SORgAiB6NTdZNRNI7HMiapfTv+FSDqPvXX771tA9rmMw\
8W88mA==";

fn multi_valued() -> Certificate {
    Certificate::parse(&STANDARD.decode(MULTI_VALUED).unwrap()).unwrap()
}

fn der(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn named(names: &[(DnType, DnValue)]) -> Certificate {
    let der = der(|params| {
        for (kind, value) in names {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
    });
    Certificate::parse(&der).unwrap()
}

fn with_names(names: &[SanType]) -> Certificate {
    Certificate::parse(&der(|params| params.subject_alt_names = names.to_vec())).unwrap()
}

fn is_named(certificate: &Certificate, dn: &str) -> bool {
    SubjectRule::of(&CertificateName::SubjectDn(dn.to_owned())).unwrap().matches(certificate)
}

#[test]
fn a_distinguished_name_is_the_same_however_it_is_written() {
    let certificate = named(&[
        (DnType::CountryName, DnValue::PrintableString("GB".try_into().unwrap())),
        (DnType::OrganizationName, "Acme, Inc.".into()),
        (DnType::CustomDnType(vec![2, 5, 4, 97]), "PSDGB-FCA-1".into()),
        (DnType::CommonName, "Til\u{e9} #1".into()),
    ]);
    for same in [
        "CN=Til\u{e9} #1,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "cn=Til\u{e9} \\#1, 2.5.4.97=PSDGB-FCA-1, o=Acme\\2c Inc., c=GB",
        "commonName = Til\\C3\\A9 #1 , OID.2.5.4.97 = PSDGB-FCA-1 , O=Acme\\, Inc. , 2.5.4.6=GB ",
        "CN=Til\\c3\\a9 #1,2.5.4.97=#0C0B50534447422D4643412D31,O=Acme\\, Inc.,C=#13024742",
    ] {
        assert!(is_named(&certificate, same), "{same}");
    }
    for other in [
        // The order of the certificate itself, which RFC 4514 turns around.
        "C=GB,O=Acme\\, Inc.,organizationIdentifier=PSDGB-FCA-1,CN=Til\u{e9} #1",
        // A part less, a part more, another value, another type, another case, another letter.
        "CN=Til\u{e9} #1,O=Acme\\, Inc.,C=GB",
        "CN=Til\u{e9} #1",
        "DC=x,CN=Til\u{e9} #1,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "CN=Til\u{e9} #2,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "OU=Til\u{e9} #1,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "CN=til\u{e9} #1,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "CN=Tile\u{301} #1,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        "CN=Til\u{e9} #1\\ ,organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
        // Parts of one value each are not one part of several.
        "CN=Til\u{e9} #1+organizationIdentifier=PSDGB-FCA-1,O=Acme\\, Inc.,C=GB",
    ] {
        assert!(!is_named(&certificate, other), "{other}");
    }
}

#[test]
fn parts_of_several_attributes_have_no_order_and_escaped_spaces_count() {
    let certificate = multi_valued();
    assert!(is_named(&certificate, r#"CN=\ lead\"quote,UID=till-7+OU=Pay,O=Acme\, Inc.,C=GB"#));
    assert!(is_named(
        &certificate,
        r"CN=\20lead\22quote , OU=Pay + 0.9.2342.19200300.100.1.1=till-7, O=Acme\, Inc., C=GB"
    ));
    for other in [
        r#"CN=lead\"quote,UID=till-7+OU=Pay,O=Acme\, Inc.,C=GB"#,
        r#"CN=\ lead\"quote,UID=till-7,OU=Pay,O=Acme\, Inc.,C=GB"#,
        r#"CN=\ lead\"quote,UID=till-7,O=Acme\, Inc.,C=GB"#,
        r#"CN=\ lead\"quote,UID=till-7+OU=Pay+OU=Pay,O=Acme\, Inc.,C=GB"#,
        r#"CN=\ lead\"quote,UID=till-7+OU=Pay,O=Acme,C=GB"#,
    ] {
        assert!(!is_named(&certificate, other), "{other}");
    }
}

#[test]
fn string_types_do_not_matter_where_their_characters_are_beyond_doubt() {
    for value in [
        DnValue::Utf8String("till".to_owned()),
        DnValue::PrintableString("till".try_into().unwrap()),
        DnValue::Ia5String("till".try_into().unwrap()),
        DnValue::TeletexString("till".try_into().unwrap()),
        DnValue::BmpString("till".try_into().unwrap()),
        DnValue::UniversalString("till".try_into().unwrap()),
    ] {
        let certificate = named(&[(DnType::CommonName, value.clone())]);
        assert!(is_named(&certificate, "CN=till"), "{value:?}");
        assert!(!is_named(&certificate, "CN=tilt"), "{value:?}");
    }
}

#[test]
fn a_certificate_without_a_subject_has_no_name() {
    assert!(!is_named(&named(&[]), "CN=till"));
    assert_eq!("".parse::<tandem_core::mutual_tls::DistinguishedName>(), Err(DistinguishedNameError::Empty));
}

#[test]
fn what_is_no_distinguished_name_is_refused() {
    use DistinguishedNameError::{AttributeType, AttributeValue, Empty, TooLong};
    for (text, expected) in [
        ("", Empty),
        ("  ", Empty),
        ("till", AttributeType),
        ("=till", AttributeType),
        ("CN=till,", AttributeType),
        (",CN=till", AttributeType),
        ("CN=till++OU=x", AttributeType),
        ("Common Name=till", AttributeType),
        ("2.5.04.3=till", AttributeType),
        ("2..4=till", AttributeType),
        ("2=till", AttributeType),
        ("CN=\"till\"", AttributeValue),
        ("CN=a;OU=b", AttributeValue),
        ("CN=a<b", AttributeValue),
        ("CN=a\\", AttributeValue),
        ("CN=a\\zz", AttributeValue),
        ("CN=a\\4", AttributeValue),
        ("CN=\\ff", AttributeValue),
        ("CN=a\0", AttributeValue),
        ("CN=#", AttributeValue),
        ("CN=#0c0", AttributeValue),
        ("CN=#0c0474696c6cff", AttributeValue),
        ("CN=#0c0574696c6c", AttributeValue),
        ("CN=#till", AttributeValue),
        (&"CN=x,".repeat(1000), TooLong),
    ] {
        let refused = text.parse::<tandem_core::mutual_tls::DistinguishedName>();
        assert_eq!(refused, Err(expected), "{text}");
    }
}

#[test]
fn alternative_names_of_each_kind() {
    let certificate = with_names(&[
        SanType::DnsName("Till.example.com".try_into().unwrap()),
        SanType::DnsName("*.wild.example".try_into().unwrap()),
        SanType::URI("spiffe://Example/till".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::IpAddress("2001:db8::7".parse().unwrap()),
        SanType::Rfc822Name("Till@Example.com".try_into().unwrap()),
    ]);
    let is = |name: CertificateName| SubjectRule::of(&name).unwrap().matches(&certificate);
    let (dns, uri) = (
        |text: &str| CertificateName::SanDns(text.into()),
        |text: &str| CertificateName::SanUri(text.into()),
    );
    let email = |text: &str| CertificateName::SanEmail(text.into());
    let ip = |text: &str| CertificateName::SanIp(text.parse().unwrap());
    for same in [
        dns("till.EXAMPLE.com"),
        dns("*.wild.example"),
        uri("spiffe://Example/till"),
        ip("192.0.2.7"),
        ip("2001:0DB8:0:0::7"),
        email("Till@example.COM"),
    ] {
        assert!(is(same.clone()), "{same:?}");
    }
    for other in [
        dns("a.wild.example"),
        dns("till.example.com."),
        dns("example.com"),
        dns("192.0.2.7"),
        dns("spiffe"),
        uri("spiffe://example/till"),
        uri("spiffe://Example/till/"),
        ip("192.0.2.8"),
        ip("::ffff:192.0.2.7"),
        email("till@example.com"),
        email("Till@example.org"),
        CertificateName::SubjectDn("CN=till.example.com".into()),
    ] {
        assert!(!is(other.clone()), "{other:?}");
    }
}

#[test]
fn names_that_cannot_stand_in_a_certificate_are_refused() {
    for name in [
        CertificateName::SanDns(String::new()),
        CertificateName::SanDns("till example".into()),
        CertificateName::SanDns("https://till.example".into()),
        CertificateName::SanDns("m\u{fc}ller.example".into()),
        CertificateName::SanUri("till".into()),
        CertificateName::SanEmail("till".into()),
        CertificateName::SanEmail(format!("{}@example.com", "x".repeat(3000))),
        CertificateName::SubjectDn("till".into()),
    ] {
        assert!(SubjectRule::of(&name).is_err(), "{name:?}");
    }
}

fn signed_by(key: &KeyPair) -> Certificate {
    let params = CertificateParams::new(Vec::<String>::new()).unwrap();
    Certificate::parse(params.self_signed(key).unwrap().der()).unwrap()
}

fn set(keys: &Value) -> JwkSet {
    JwkSet::parse(&json!({ "keys": keys })).unwrap()
}

#[test]
fn a_certificate_is_known_by_its_key_whatever_the_kind() {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let ec = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let raw = ec.public_key_raw();
    let ec_jwk = json!({ "kty": "EC", "crv": "P-256", "x": text(&raw[1..33]), "y": text(&raw[33..]) });
    let ed = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let ed_jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": text(ed.public_key_raw()) });
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let numbers = aws_lc_rs::rsa::KeyPair::from_pkcs8(&rsa.serialize_der()).unwrap();
    let numbers = PublicKeyComponents::<Vec<u8>>::from(numbers.public_key());
    let rsa_jwk =
        json!({ "kty": "RSA", "n": text(&numbers.n), "e": text(&numbers.e), "alg": "PS256", "kid": "1" });
    let all = [(&ec, ec_jwk), (&ed, ed_jwk), (&rsa, rsa_jwk)];
    for (at, (key, _)) in all.iter().enumerate() {
        for (other, (_, jwk)) in all.iter().enumerate() {
            assert_eq!(signed_by(key).is_of(&set(&json!([jwk]))), at == other, "{jwk}");
        }
        assert!(signed_by(key).is_of(&set(&json!([all[0].1, all[1].1, all[2].1]))));
        assert!(!signed_by(key).is_of(&set(&json!([]))));
    }
    assert!(!signed_by(&KeyPair::generate().unwrap()).is_of(&set(&json!([all[0].1, all[1].1, all[2].1]))));
}

#[test]
fn a_certificate_is_known_by_x5c_and_x5t_also_where_its_key_is_of_no_use_for_signatures() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let params = CertificateParams::new(Vec::<String>::new()).unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    let (certificate, other) = (Certificate::parse(&der).unwrap(), signed_by(&key));
    let bare = json!({ "kty": "EC", "crv": "P-384" });
    let mut with_chain = bare.clone();
    with_chain["x5c"] = json!([STANDARD.encode(&der), "AAAA"]);
    let mut with_thumbprint = bare.clone();
    with_thumbprint["x5t#S256"] = json!(certificate.thumbprint());
    for jwk in [with_chain, with_thumbprint] {
        let registered = set(&json!([jwk]));
        assert!(certificate.is_of(&registered));
        assert!(!other.is_of(&registered), "another certificate of the key");
        // As a stored client is read again.
        let again = serde_json::from_value::<JwkSet>(serde_json::to_value(&registered).unwrap()).unwrap();
        assert_eq!(again, registered);
        assert!(certificate.is_of(&again));
    }
    assert!(!certificate.is_of(&set(&json!([bare]))));
}

#[test]
fn the_thumbprint_is_the_digest_of_the_whole_certificate() {
    let der = der(|_| {});
    assert_eq!(Certificate::parse(&der).unwrap().thumbprint(), Digest::of(&der));
}

#[test]
fn validity_has_two_ends() {
    let certificate = multi_valued();
    let (begin, end) = (1_795_303_780, 2_110_663_780);
    for (at, valid) in [(begin, true), (begin - 1, false), (end, true), (end + 1, false), (0, false)] {
        assert_eq!(certificate.is_valid_at(Timestamp::from_secs(at)), valid, "{at}");
    }
    assert!(!certificate.is_valid_at(Timestamp::from_millis(u64::MAX)));
}

#[test]
fn an_extension_that_stands_twice_refuses_the_certificate() {
    let twice = der(|params| {
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3], vec![5, 0]); 2];
    });
    assert_eq!(Certificate::parse(&twice), Err(CertificateError::ExtensionTwice));
}

#[test]
fn bytes_around_a_certificate_refuse_it() {
    let good = der(|_| {});
    let mut longer = good.clone();
    longer.push(0);
    for bad in [&longer[..], &good[..good.len() - 1], b"", b"0", b"-----BEGIN CERTIFICATE-----"] {
        assert_eq!(Certificate::parse(bad), Err(CertificateError::Malformed));
    }
    assert_eq!(Certificate::parse(&vec![0x30; Certificate::MAX_LEN + 1]), Err(CertificateError::TooLong));
}

proptest! {
    #[test]
    fn garbage_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Certificate::parse(&bytes).is_err());
    }

    #[test]
    fn a_damaged_certificate_is_never_a_panic(at in 0usize..529, byte: u8, cut in 0usize..529) {
        let mut der = STANDARD.decode(MULTI_VALUED).unwrap();
        der[at] = byte;
        if let Ok(certificate) = Certificate::parse(&der) {
            prop_assert_eq!(certificate.thumbprint(), Digest::of(&der));
            // Whatever it says now, it is looked through.
            let _ = certificate.is_of(&JwkSet::default());
            let _ = is_named(&certificate, "CN=till");
        }
        der.truncate(cut);
        prop_assert!(Certificate::parse(&der).is_err());
    }

    #[test]
    fn any_text_is_a_name_or_refused(text in "[A-Za-z0-9=,+#\\\\\" ;.<>é]{0,40}") {
        let _ = text.parse::<tandem_core::mutual_tls::DistinguishedName>();
    }
}
