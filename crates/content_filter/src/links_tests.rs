//! Are links found in what disguises them, and are strangers' links let alone?

use super::*;
use crate::What;
use crate::watched::tests::watched;

fn finds(look: impl FnOnce(&mut Links<'_>)) -> Vec<What> {
    let watched = watched();
    let mut budget = Budget::default();
    let mut out = Collected::default();
    look(&mut Links {
        watched: &watched,
        budget: &mut budget,
        out: &mut out,
        part: "0",
        form: Form::Link,
        code_form: Form::Link,
    });
    out.finish().finds.into_iter().map(|find| find.what).collect()
}

fn of_address(address: &str) -> Vec<What> {
    finds(|links| links.address(address))
}

fn of_text(text: &str) -> Vec<What> {
    finds(|links| links.in_text(text))
}

fn has_link(finds: &[What]) -> bool {
    finds.iter().any(|what| matches!(what, What::Link(_)))
}

fn has_code(finds: &[What]) -> bool {
    finds.contains(&What::UserCode("BCDFGHJK".into()))
}

/// R6.5
#[test]
fn links_are_found_in_disguise() {
    for address in [
        "https://id.example.com/device?user_code=BCDF-GHJK",
        "HTTPS://ID.EXAMPLE.COM:443/device?user_code=bcdfghjk",
        "http://id.example.com/device?user_code=BCDF-GHJK",
        "//id.example.com/device?user_code=BCDF-GHJK",
        "https://someone:word@id.example.com/device#BCDF-GHJK",
        "https:\\\\id.example.com\\device\\BCDF-GHJK",
        "ht\ntps://id.exa\tmple.com/device/BCDF-GHJK",
        "https://%69d.example.com/device?user_code=%42CDF-GHJK",
        "https://ｉｄ.example.com/device?user_code=BCDF-GHJK",
        "https://id。example。com./device?user%5Fcode=BCDF%2DGHJK",
        "https://login.example.net:8443/device?q=BCDFGHJK",
        "https://r.example/?url=https%3A%2F%2Fid.example.com%2Fdevice%3Fuser_code%3DBCDF-GHJK&x=1",
        "https://r.example/?url=https%253A%252F%252Fid.example.com%252Fdevice%253Fuser_code%253DBCDF-GHJK",
        "https://r.example/?a=https%3A%2F%2Fs.example%2F%3Fb%3Dhttps%253A%252F%252Fid.example.com%252F%253Fuser_code%253DBCDFGHJK",
        "https://r.example/?url=id.example.com/device?user_code=BCDF-GHJK",
        "https://r.example/v3/__https://id.example.com/device?user_code=BCDF-GHJK__;!!abc",
        "https://r.example/https%3A%2F%2Fid.example.com%2Fdevice%3Fuser_code%3DBCDF-GHJK",
        "https://r.example/#https://id.example.com/device/BCDF-GHJK",
        "https://r.example/?https://id.example.com/device/BCDF-GHJK",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__id.example.com_device-3Fuser-5Fcode-3DBCDF-2DGHJK&d=DwM",
        "https://r.example/?u=aHR0cHM6Ly9pZC5leGFtcGxlLmNvbS9kZXZpY2U_dXNlcl9jb2RlPUJDREYtR0hKSw",
        "intent://id.example.com/device?user_code=BCDF-GHJK#Intent;scheme=https;end",
        "microsoft-edge:https://id.example.com/device?user_code=BCDF-GHJK",
        "mailto:?body=https://id.example.com/device%3Fuser_code=BCDF-GHJK",
    ] {
        let finds = of_address(address);
        assert!(has_link(&finds), "{address}: {finds:?}");
        assert!(has_code(&finds), "{address}: {finds:?}");
    }
}

#[test]
fn links_are_found_in_running_text() {
    for text in [
        "See https://id.example.com/device.",
        "(https://id.example.com)",
        "go to id.example.com/device now",
        "Go to ID.Example.COM.",
        "開く：https://id.example.com/deviceへ",
        "開く https://id.example.comへ",
        "<https://r.example/?u=https%3A%2F%2Fid.example.com>",
        "first https://a.example/ then https://id.example.com/",
        "x:https://id.example.com",
        "https://a.example/,https://id.example.com/",
        "//id.example.com/device",
    ] {
        assert!(has_link(&of_text(text)), "{text}: {:?}", of_text(text));
    }
}

/// A stranger's link is no find, however much it looks like ours.
#[test]
fn links_elsewhere_are_let_alone() {
    for address in [
        "https://id.example.com@evil.example/",
        "https://id.example.com.evil.example/device",
        "https://evil.example/id.example.com",
        "https://microsoft.com/devicelogin",
        "https://xid.example.com/",
        "mailto:help@id.example.com",
        "https://evil.example/?q=hello+world",
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fverifier.example%2Frequest%2F1",
        "https://%zz",
        "https://",
        "http:",
        "::",
        "data:,x",
        "",
    ] {
        assert_eq!(of_address(address), [], "{address}");
        if !address.starts_with("https://evil.example/id") {
            assert_eq!(of_text(address), [], "{address}");
        }
    }
}

#[test]
fn a_code_that_is_a_value_is_found_wherever_the_link_leads() {
    for address in [
        "https://evil.example/?c=bcdf-ghjk",
        "https://evil.example/go/BCDFGHJK",
        "https://evil.example/#code=BCDF-GHJK",
    ] {
        assert!(has_code(&of_address(address)), "{address}");
        assert!(!has_link(&of_address(address)), "{address}");
    }
}

#[test]
fn request_uris_are_found() {
    let uri = What::RequestUri("https://id.example.com/request/7".into());
    for address in [
        "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fid.example.com%2Frequest%2F7",
        "openid4vp:?client_id=x&request_uri=https%3A%2F%2Fid.example.com%2Frequest%2F7",
        "haip://authorize?request_uri=https%3A%2F%2Fid.example.com%2Frequest%2F7",
        "HAIP://?request_uri=https://id.example.com/request/7",
        "https://wallet.example/?request_uri=https%3A%2F%2Fid.example.com%2Frequest%2F7",
        "https://r.example/?u=openid4vp%3A%2F%2F%3Frequest_uri%3Dhttps%253A%252F%252Fid.example.com%252Frequest%252F7",
    ] {
        assert!(of_address(address).contains(&uri), "{address}: {:?}", of_address(address));
        assert!(of_text(&format!("Open {address} now")).contains(&uri), "{address}");
    }
    let urn = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";
    let finds = of_address(&format!("https://id.example.com/authorize?client_id=x&request_uri={urn}"));
    assert!(finds.contains(&What::RequestUri(urn.into())));
}

/// Nothing takes more steps than its length allows, however it is nested.
#[test]
fn hostile_addresses_end() {
    let nested = "https://a.example/?u=".repeat(20_000);
    let skipped = {
        let watched = watched();
        let (mut budget, mut out) = (Budget::default(), Collected::default());
        let mut links = Links {
            watched: &watched,
            budget: &mut budget,
            out: &mut out,
            part: "0",
            form: Form::Text,
            code_form: Form::Text,
        };
        links.in_text(&nested);
        links.address(&"%25".repeat(30_000));
        links.in_text(&"://".repeat(50_000));
        links.in_text(&"id.example.com ".repeat(20_000));
        out.finish().skipped
    };
    assert_eq!(skipped, [Skipped::TooManyCandidates]);
}
