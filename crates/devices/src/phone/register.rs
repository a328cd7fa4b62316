//! How does a terminal become somebody's authorization device? With a code from their account page and a PIN of theirs.

use super::api::Api;
use super::device::{self, Device, Registered};
use super::options::Common;
use super::pin::Pin;
use super::pin_source;
use crate::discovery::{self, Entrance};
use crate::dpop::Prover;
use crate::failure::{Failure, printable};
use crate::issuer::{Issuer, Transport};
use crate::keeper::print;
use crate::surroundings::Surroundings;
use crate::world::{Echo, RealWorld};
use serde_json::json;
use std::path::Path;
use url::Url;

/// What a link to register ends with, after the issuer.
const LINK_PATH: &str = "/authorization-device/register";
/// No code is longer (bytes).
const LONGEST_CODE: usize = 2048;

/// Registers with `code`, a link or what is in it.
pub fn register(
    code: &str,
    issuer: Option<&str>,
    name: &str,
    common: &Common,
    world: &mut RealWorld,
) -> Result<(), Failure> {
    let path = device::file(common.file.as_deref())?;
    if path.exists() {
        let why = "there is a device already; first use: tandem-device phone forget, or name another --file";
        return Err(Failure::File(format!("{}: {why}", path.display())));
    }
    let typed;
    let code = if code == "-" {
        typed = world.ask("Link or code: ", Echo::Hidden)?.unwrap_or_default();
        typed.trim()
    } else {
        code
    };
    let transport = if common.insecure { Transport::Insecure } else { Transport::Secure };
    let (issuer, code) = invitation(code, issuer, transport)?;
    device::prepare_folder(&path, common.file.as_deref())?;
    let metadata = discovery::discover(&issuer, Entrance::AuthorizationDevice, world)?;
    let pin = choose_pin(common, world)?;
    let prover = Prover::generate()?;
    let device_id = prover.signing_key()?.kid().to_owned();
    let key = prover.to_pem()?;
    let mut api = Api::new(metadata.entrance.clone(), prover);
    let registration = api.register(&code, name, world)?;
    if registration.device_id != device_id || registration.issuer != issuer.as_str() {
        return Err(Failure::Server(
            "the server registered another device or calls itself another name".into(),
        ));
    }
    let registered = Registered {
        issuer: registration.issuer,
        endpoint: metadata.entrance,
        username: registration.username,
        name: registration.name,
    };
    let prover = Prover::from_pem(&key).ok_or_else(|| Failure::File("the key cannot be kept".to_owned()))?;
    let device = Device::new(registered, &prover, pin)?;
    if let Err(failure) = device.save(&path, world) {
        // A device whose key is nowhere must not stay in the person's list.
        let _ = api.forget(world);
        return Err(failure);
    }
    tell(&device, &path, common.json)
}

fn tell(device: &Device, path: &Path, json: bool) -> Result<(), Failure> {
    let Device { device_id, issuer, username, name, .. } = device;
    if json {
        let told = json!({
            "device_id": device_id, "issuer": issuer, "username": username, "name": name, "file": path,
        });
        return print(&told.to_string());
    }
    let (username, name) = (printable(username, 100), printable(name, 100));
    print(&format!(
        "\"{name}\" is now an authorization device of {username} at {issuer}.\nIts key is in {}",
        path.display()
    ))
}

/// The server and the code, from a link or from a code and `--issuer`.
fn invitation(text: &str, issuer: Option<&str>, transport: Transport) -> Result<(Issuer, String), Failure> {
    let usage = |why: &str| Failure::Usage(why.to_owned());
    let (found, code) = match Url::parse(text) {
        Ok(link) if matches!(link.scheme(), "http" | "https") => {
            let address =
                link.path().strip_suffix(LINK_PATH).ok_or_else(|| usage("that is not a link to register"))?;
            let found = format!("{}{address}", link.origin().ascii_serialization());
            let codes: Vec<_> = link.query_pairs().filter(|(name, _)| name == "code").collect();
            let [(_, code)] = codes.as_slice() else { return Err(usage("the link has no code, or several")) };
            if issuer.is_some_and(|issuer| issuer != found) {
                return Err(usage("the link is of another server than --issuer"));
            }
            (found, code.clone().into_owned())
        }
        _ => {
            let issuer =
                issuer.ok_or_else(|| usage("a code alone needs --issuer; or give the whole link"))?;
            (issuer.to_owned(), text.to_owned())
        }
    };
    if code.is_empty() || code.len() > LONGEST_CODE || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(usage("that is no registration code"));
    }
    Ok((Issuer::parse(&found, transport)?, code))
}

fn choose_pin(common: &Common, world: &mut RealWorld) -> Result<Pin, Failure> {
    let pin = if let Some(pin) = pin_source(common)? {
        pin
    } else {
        let nothing = || Failure::Usage("a PIN is needed: type it, or use --pin-file".to_owned());
        let first = world.ask("Choose a PIN for approving: ", Echo::Hidden)?.ok_or_else(nothing)?;
        let second = world.ask("The same PIN again: ", Echo::Hidden)?.ok_or_else(nothing)?;
        if first != second {
            return Err(Failure::Usage("the two PINs differ; nothing was registered".to_owned()));
        }
        first
    };
    Pin::choose(&pin, world.random()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, issuer: Option<&str>) -> Option<(String, String)> {
        let found = invitation(text, issuer, Transport::Secure).ok();
        found.map(|(issuer, code)| (issuer.as_str().to_owned(), code))
    }

    #[test]
    fn a_link_names_server_and_code_and_a_code_needs_the_server() {
        let expected = |issuer: &str| Some((issuer.to_owned(), "a.b-c_d".to_owned()));
        let link = "https://login.example:8443/authorization-device/register?code=a.b-c_d";
        assert_eq!(parse(link, None), expected("https://login.example:8443"));
        assert_eq!(parse(link, Some("https://login.example:8443")), expected("https://login.example:8443"));
        assert_eq!(parse("a.b-c_d", Some("https://login.example")), expected("https://login.example"));
    }

    #[test]
    fn other_links_other_servers_and_no_code_are_refused() {
        for text in [
            "https://login.example/authorization-device/register",
            "https://login.example/authorization-device/register?code=",
            "https://login.example/authorization-device/register?code=a&code=b",
            "https://login.example/authorization-device/register?code=a%0Ab",
            "https://login.example/elsewhere?code=a",
            "http://login.example/authorization-device/register?code=a",
            "a-code-alone",
            "",
        ] {
            assert_eq!(parse(text, None), None, "{text}");
        }
        let link = "https://login.example/authorization-device/register?code=a";
        assert_eq!(parse(link, Some("https://other.example")), None);
        assert_eq!(parse(&"a".repeat(3000), Some("https://login.example")), None);
    }
}
