//! How does a person answer a request? No at once; yes only after the warning, with the number, with what they typed on the
//! other device, the PIN and the word.

use super::Phone;
use super::api::{Outcome, check_id};
use super::decision::{self, Decision, Given};
use super::pin_source;
use super::request::{BindingAnswer, Request};
use crate::console;
use crate::failure::{Failure, printable};
use crate::keeper::print;
use crate::surroundings::Surroundings;
use crate::world::Echo;
use serde_json::json;

impl Phone<'_> {
    /// Shows everything, and approves if the person knows what is asked for and says yes.
    pub fn approve(&mut self, id: &str, given: &Given) -> Result<(), Failure> {
        let request = self.request(id)?;
        console::show(&format!("{}\n", request.describe(self.world.now())));
        self.approve_shown(&request, given)
    }

    /// The same for a request that the person has in front of them.
    pub fn approve_shown(&mut self, request: &Request, given: &Given) -> Result<(), Failure> {
        if let Some(why) = &request.refused {
            let why = printable(why, 200);
            return Err(not_confirmed(&format!("the server lets nobody say yes to this: {why}. Deny it")));
        }
        self.read_warning(request)?;
        let number = self.match_number(request, given.number.as_deref())?;
        let binding = self.match_binding(request, given.binding.as_deref())?;
        self.verify_person()?;
        let question = format!("Type yes to allow this to {}: ", request.asker());
        let answer = self.world.ask(&question, Echo::Shown)?.unwrap_or_default();
        if !answer.trim().eq_ignore_ascii_case("yes") {
            return Err(not_confirmed(
                "that was not yes; nothing was approved, and the request is still open",
            ));
        }
        self.send(Decision::Approve, request, &Given { number, binding })
    }

    /// Denies or reports.
    pub fn refuse(&mut self, id: &str, decision: Decision) -> Result<(), Failure> {
        let request = self.request(id)?;
        self.send(decision, &request, &Given::default())
    }

    /// Shows what a scam looks like, where the server wants it, and goes on only for who started this.
    fn read_warning(&mut self, request: &Request) -> Result<(), Failure> {
        let Some(warning) = request.warn() else { return Ok(()) };
        console::show(&format!("\n{warning}\n"));
        let question = "Did you start this yourself? Type started to go on: ";
        let answer = self.world.ask(question, Echo::Shown)?.unwrap_or_default();
        if answer.trim().eq_ignore_ascii_case("started") {
            return Ok(());
        }
        Err(not_confirmed("nothing was approved. Deny or report what you did not start"))
    }

    /// What the person typed on the other device, if the request has something of it.
    fn match_binding(&mut self, request: &Request, given: Option<&str>) -> Result<Option<String>, Failure> {
        let Some(asked) = &request.binding else {
            return match given {
                None => Ok(None),
                Some(_) => Err(Failure::Usage("nothing was typed on the other device".to_owned())),
            };
        };
        let label = match printable(&asked.label, 40) {
            label if label.is_empty() => String::new(),
            label => format!(" as {label}"),
        };
        let text = asked.text.as_deref().filter(|_| asked.answer == BindingAnswer::Confirm);
        let typed = match (given, text) {
            (Some(given), _) => given.to_owned(),
            (None, Some(text)) => {
                let shown = printable(text, 100);
                let question = format!("Is this what you typed there{label}: {shown}? Type yes: ");
                let answer = self.world.ask(&question, Echo::Shown)?.unwrap_or_default();
                if !answer.trim().eq_ignore_ascii_case("yes") {
                    return Err(not_confirmed("then it is not yours; nothing was approved. Deny it"));
                }
                text.to_owned()
            }
            (None, None) => {
                let question = format!("What did you type there{label}: ");
                self.world.ask(&question, Echo::Shown)?.unwrap_or_default().trim().to_owned()
            }
        };
        if (1..=80).contains(&typed.chars().count()) {
            return Ok(Some(typed));
        }
        Err(not_confirmed("without it nothing is approved. Deny what you did not start"))
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
    pub fn send(&mut self, decision: Decision, request: &Request, given: &Given) -> Result<(), Failure> {
        let key = self.api.prover().signing_key()?;
        let drawn = (self.world.now(), self.world.random()?);
        let signed = decision::sign(decision, request, given, (&key, &self.device.issuer), drawn)?;
        let Outcome { outcome, pin } = self.api.decide(&request.id, &signed, self.world)?;
        if outcome != decision.outcome() {
            let outcome = printable(&outcome, 40);
            return Err(Failure::Server(format!("the server took the answer for something else: {outcome}")));
        }
        if self.common.json {
            let mut told = json!({"id": request.id, "outcome": outcome});
            if let (Some(pin), Some(told)) = (pin, told.as_object_mut()) {
                told.insert("pin".to_owned(), pin.into());
            }
            return print(&told.to_string());
        }
        print(match decision {
            Decision::Approve => "Approved.",
            Decision::Deny => "Denied.",
            Decision::Report => "Denied and reported.",
        })?;
        pin.map_or(Ok(()), |pin| print(&request.show_pin(&pin)))
    }
}

fn not_confirmed(why: &str) -> Failure {
    Failure::NotConfirmed(why.to_owned())
}
