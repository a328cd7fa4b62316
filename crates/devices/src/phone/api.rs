//! How does an authorization device talk to its server? JSON, each call with a proof of the device's key.

use super::request::Request;
use crate::conversation::{error_code, refused, wants_nonce};
use crate::dpop::Prover;
use crate::failure::Failure;
use crate::http::{self, Method, Response};
use crate::surroundings::Surroundings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

/// One device's way to its server.
pub struct Api {
    endpoint: Url,
    prover: Prover,
}

/// The answer to a registration.
#[derive(Deserialize)]
pub struct Registration {
    /// The thumbprint of the key.
    pub device_id: String,
    /// What the person calls the device.
    pub name: String,
    /// Whose it is.
    pub username: String,
    /// Which server this is.
    pub issuer: String,
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<Request>,
}

/// What came of a decision.
#[derive(Deserialize)]
pub struct Outcome {
    /// The server's word for it.
    pub outcome: String,
    /// What the person types on the other device before the yes is worth anything.
    #[serde(default)]
    pub pin: Option<String>,
}

impl Api {
    /// The API at `endpoint`, for the device with this key.
    pub const fn new(endpoint: Url, prover: Prover) -> Self {
        Self { endpoint, prover }
    }

    /// The device's key.
    pub const fn prover(&self) -> &Prover {
        &self.prover
    }

    /// Makes the key that of a device.
    pub fn register(
        &mut self,
        code: &str,
        name: &str,
        world: &mut impl Surroundings,
    ) -> Result<Registration, Failure> {
        let body = json!({"registration_code": code, "name": name}).to_string();
        let response = self.call(&["register"], || Method::Json(body.clone()), world)?;
        match (response.status, error_code(&response).as_deref()) {
            (201, _) => read(&response),
            (_, Some("invalid_grant" | "expired_token")) => {
                let advice = "the code is wrong, old or used: make a new one on the account page";
                Err(Failure::Server(format!("{}; {advice}", refused(&response))))
            }
            _ => Err(refusal(&response)),
        }
    }

    /// The open requests.
    pub fn requests(&mut self, world: &mut impl Surroundings) -> Result<Vec<Request>, Failure> {
        let response = self.call(&["requests"], || Method::Get, world)?;
        if response.status != 200 {
            return Err(refusal(&response));
        }
        read::<Requests>(&response).map(|found| found.requests)
    }

    /// One request.
    pub fn request(&mut self, id: &str, world: &mut impl Surroundings) -> Result<Request, Failure> {
        check_id(id)?;
        let response = self.call(&["requests", id], || Method::Get, world)?;
        if response.status != 200 {
            return Err(refusal(&response));
        }
        let found: Request = read(&response)?;
        if found.id == id {
            Ok(found)
        } else {
            Err(Failure::Server("the server answered with another request".to_owned()))
        }
    }

    /// Hands in a signed decision.
    pub fn decide(
        &mut self,
        id: &str,
        decision: &str,
        world: &mut impl Surroundings,
    ) -> Result<Outcome, Failure> {
        check_id(id)?;
        let body = json!({"decision": decision}).to_string();
        let response = self.call(&["requests", id, "decision"], || Method::Json(body.clone()), world)?;
        if response.status != 200 {
            return Err(refusal(&response));
        }
        read(&response)
    }

    /// Deletes the device; also well if the server does not know it any more.
    pub fn forget(&mut self, world: &mut impl Surroundings) -> Result<(), Failure> {
        let response = self.call(&[], || Method::Delete, world)?;
        match (response.status, error_code(&response).as_deref()) {
            (200..=299, _) | (401, Some("invalid_token")) => Ok(()),
            _ => Err(refusal(&response)),
        }
    }

    /// A request for the stream of events.
    pub fn events(&self, world: &mut impl Surroundings) -> Result<http::Request, Failure> {
        self.build(&["events"], Method::Get, world)
    }

    /// Remembers the nonce of a response, if it has one.
    pub fn remember(&mut self, response: &Response) {
        if let Some(nonce) = &response.dpop_nonce {
            self.prover.remember(nonce);
        }
    }

    fn call(
        &mut self,
        path: &[&str],
        method: impl Fn() -> Method,
        world: &mut impl Surroundings,
    ) -> Result<Response, Failure> {
        let mut again = true;
        loop {
            let request = self.build(path, method(), world)?;
            let response = world.call(request, &mut |_| ())?;
            self.remember(&response);
            if !(again && wants_nonce(&response)) {
                return Ok(response);
            }
            again = false;
        }
    }

    fn build(
        &self,
        path: &[&str],
        method: Method,
        world: &mut impl Surroundings,
    ) -> Result<http::Request, Failure> {
        let mut url = self.endpoint.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::Server("the server's device endpoint has no path".to_owned()))?
            .pop_if_empty()
            .extend(path);
        let proof = self.prover.prove(method.name(), &url, world.now(), &world.random()?)?;
        Ok(http::Request { url, method, authorization: None, dpop: Some(proof) })
    }
}

/// An id stands in an address: nothing in it may lead elsewhere.
pub fn check_id(id: &str) -> Result<(), Failure> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if (1..=128).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    }
    Err(Failure::Usage("that is not the id of a request; see: tandem-device phone list".to_owned()))
}

fn read<T: DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    let unreadable = |_| Failure::Server("the server's answer is not the JSON that it should be".to_owned());
    serde_json::from_slice(&response.body).map_err(unreadable)
}

/// What a refusal means to the person.
pub fn refusal(response: &Response) -> Failure {
    let code = error_code(response);
    match (response.status, code.as_deref()) {
        (429 | 500..=599, _) => Failure::Network(format!("it answered with status {}", response.status)),
        (401, Some("invalid_token")) => Failure::Server(
            "the server does not know this device any more; use: tandem-device phone forget".to_owned(),
        ),
        (404, Some("invalid_request")) => Failure::TooLate("there is no such request".to_owned()),
        (_, Some("expired_token")) => Failure::TooLate("the request has expired".to_owned()),
        (_, Some("invalid_grant")) => Failure::TooLate("the request has been answered already".to_owned()),
        (_, Some("access_denied")) => {
            Failure::NotConfirmed(format!("nothing was approved: {}", refused(response)))
        }
        _ => refused(response),
    }
}
