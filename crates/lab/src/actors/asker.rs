//! A backchannel client in the wrong hands: it asks people by name. (CIBA Core sections 7 and 10)

use super::device::{Collected, Tokens, collected};
use crate::http::Machine;
use crate::outcome::{Played, Trouble};
use crate::server::Lab;

const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// The client, on a machine.
#[derive(Debug)]
pub struct Asker<'l> {
    lab: &'l Lab,
    machine: Machine,
    client_id: String,
    /// What it asks for.
    pub scope: &'static str,
    /// What it sends along with every request.
    pub along: Vec<(&'static str, String)>,
}

/// A request that a person was, or seemed to be, asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What the client polls with.
    pub auth_req_id: String,
    /// The number that the client shows, if it shall show one.
    pub number: Option<String>,
}

impl<'l> Asker<'l> {
    /// This client on this machine.
    pub const fn new(lab: &'l Lab, machine: Machine, client_id: String) -> Self {
        Self { lab, machine, client_id, scope: "openid profile", along: Vec::new() }
    }

    /// Asks somebody; the refusal if it may not.
    pub fn ask(&self, person: &str) -> Played<Result<Asked, String>> {
        let mut form = vec![("scope", self.scope), ("login_hint", person), ("requested_expiry", "120")];
        form.extend(self.along.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = self.lab.post_as(self.machine, &self.client_id, "/backchannel_authentication", &form)?;
        if answer.status != 200 {
            return Ok(Err(answer.error()));
        }
        let auth_req_id = answer.text("auth_req_id").ok_or_else(|| Trouble::new("no auth_req_id"))?;
        Ok(Ok(Asked { auth_req_id, number: answer.text("tandem_number") }))
    }

    /// Polls, no sooner than it may; with a PIN, if one is known.
    pub fn collect(&self, asked: &Asked, pin: Option<&str>) -> Played<Collected> {
        self.lab.advance(6)?;
        self.poll(asked, pin)
    }

    /// Polls at once.
    pub fn poll(&self, asked: &Asked, pin: Option<&str>) -> Played<Collected> {
        let mut form = vec![("grant_type", CIBA), ("auth_req_id", asked.auth_req_id.as_str())];
        form.extend(pin.map(|pin| ("tandem_pin", pin)));
        collected(&self.lab.post_as(self.machine, &self.client_id, "/token", &form)?)
    }

    /// Refreshes; the refusal if it may not.
    pub fn refresh(&self, token: &str) -> Played<Result<Tokens, String>> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let answer = self.lab.post_as(self.machine, &self.client_id, "/token", &form)?;
        if answer.status == 200 { Tokens::read(&answer).map(Ok) } else { Ok(Err(answer.error())) }
    }
}
