//! How does a person answer a request? No at once; yes only with the number, the PIN and the word.

use super::Phone;
use super::api::check_id;
use super::decision::{self, Decision};
use super::pin_source;
use super::request::Request;
use crate::console;
use crate::failure::{Failure, printable};
use crate::keeper::print;
use crate::surroundings::Surroundings;
use crate::world::Echo;
use serde_json::json;

impl Phone<'_> {
    /// Shows everything, and approves if the person knows the number and the PIN and says yes.
    pub fn approve(&mut self, id: &str, number: Option<&str>) -> Result<(), Failure> {
        let request = self.request(id)?;
        console::show(&format!("{}\n", request.describe(self.world.now())));
        self.approve_shown(&request, number)
    }

    /// The same for a request that the person has in front of them.
    pub fn approve_shown(&mut self, request: &Request, number: Option<&str>) -> Result<(), Failure> {
        let number = self.match_number(request, number)?;
        self.verify_person()?;
        let question = format!("Type yes to allow this to {}: ", request.asker());
        let answer = self.world.ask(&question, Echo::Shown)?.unwrap_or_default();
        if !answer.trim().eq_ignore_ascii_case("yes") {
            return Err(not_confirmed(
                "that was not yes; nothing was approved, and the request is still open",
            ));
        }
        self.send(Decision::Approve, request, number.as_deref())
    }

    /// Denies or reports.
    pub fn refuse(&mut self, id: &str, decision: Decision) -> Result<(), Failure> {
        let request = self.request(id)?;
        self.send(decision, &request, None)
    }

    fn request(&mut self, id: &str) -> Result<Request, Failure> {
        check_id(id)?;
        self.api.request(id, self.world)
    }

    /// The number that the other screen shows, if the request has one.
    fn match_number(&mut self, request: &Request, given: Option<&str>) -> Result<Option<String>, Failure> {
        let Some(matching) = &request.number else {
            return match given {
                None => Ok(None),
                Some(_) => Err(Failure::Usage("this request has no number".to_owned())),
            };
        };
        let number = if let Some(number) = given {
            number.to_owned()
        } else {
            let choices = printable(&matching.choices.join(", "), 100);
            let choices = if choices.is_empty() { choices } else { format!(" (one of {choices})") };
            let question = format!("The number on the asker's screen{choices}: ");
            self.world.ask(&question, Echo::Shown)?.unwrap_or_default().trim().to_owned()
        };
        let plausible = matching.choices.is_empty() || matching.choices.contains(&number);
        let digits = (1..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        if plausible && digits {
            return Ok(Some(number));
        }
        Err(not_confirmed("that number is not a choice; nothing was approved. Deny what you did not start"))
    }

    /// Checks the PIN: once if it comes from a file, up to three times if it is typed.
    fn verify_person(&mut self) -> Result<(), Failure> {
        let given = pin_source(self.common)?;
        loop {
            let pin = if let Some(pin) = &given {
                pin.clone()
            } else {
                // During a pause there is nothing to type.
                self.device.pin.clone().count_a_try(self.world.now())?;
                let typed = self.world.ask("PIN: ", Echo::Hidden)?;
                typed.ok_or_else(|| not_confirmed("no PIN was given; nothing was approved"))?
            };
            self.device.pin.count_a_try(self.world.now())?;
            self.device.save(self.path, self.world)?;
            match self.device.pin.check(&pin) {
                Ok(()) => return self.device.save(self.path, self.world),
                Err(Failure::NotConfirmed(_)) if given.is_none() && self.device.pin.may_try_again() => {
                    console::show("That is not the PIN.\n");
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Signs and hands in.
    pub fn send(
        &mut self,
        decision: Decision,
        request: &Request,
        number: Option<&str>,
    ) -> Result<(), Failure> {
        let key = self.api.prover().signing_key()?;
        let drawn = (self.world.now(), self.world.random()?);
        let signed = decision::sign(decision, request, number, (&key, &self.device.issuer), drawn)?;
        let outcome = self.api.decide(&request.id, &signed, self.world)?;
        if outcome != decision.outcome() {
            let outcome = printable(&outcome, 40);
            return Err(Failure::Server(format!("the server took the answer for something else: {outcome}")));
        }
        if self.common.json {
            return print(&json!({"id": request.id, "outcome": outcome}).to_string());
        }
        print(match decision {
            Decision::Approve => "Approved.",
            Decision::Deny => "Denied.",
            Decision::Report => "Denied and reported.",
        })
    }
}

fn not_confirmed(why: &str) -> Failure {
    Failure::NotConfirmed(why.to_owned())
}
