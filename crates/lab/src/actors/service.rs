//! How does a program call that acts for no person? With a token of its own. (RFC 6749 section 4.4)

use crate::http::{Answer, Machine};
use crate::outcome::{Played, Trouble};
use crate::server::Lab;
use serde_json::Value;

/// A program on a machine.
#[derive(Debug)]
pub struct Service<'l> {
    lab: &'l Lab,
    machine: Machine,
    client_id: &'static str,
}

impl<'l> Service<'l> {
    /// This client on this machine.
    pub const fn new(lab: &'l Lab, machine: Machine, client_id: &'static str) -> Self {
        Self { lab, machine, client_id }
    }

    /// Gets something.
    pub fn get(&self, path: &str) -> Played<Value> {
        done(&self.machine.get(path, &self.authorization()?)?)
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, body: &Value) -> Played<Value> {
        self.send(path, "application/json", &body.to_string())
    }

    /// Posts anything.
    pub fn send(&self, path: &str, content_type: &str, body: &str) -> Played<Value> {
        done(&self.machine.send(path, content_type, body, &self.authorization()?)?)
    }

    /// A fresh one each time: they live briefly, and plays take long.
    fn authorization(&self) -> Played<[(&'static str, String); 1]> {
        let form = [("grant_type", "client_credentials")];
        let answer = self.lab.post_as(self.machine, self.client_id, "/token", &form)?;
        let token = answer.text("access_token").ok_or_else(|| Trouble::new(answer.error()))?;
        Ok([("authorization", format!("Bearer {token}"))])
    }
}

fn done(answer: &Answer) -> Played<Value> {
    match answer.status {
        200..=299 => Ok(answer.json()),
        status => Err(Trouble::new(format!("a service was refused: {status} {}", answer.body))),
    }
}
