//! A person with a phone, who does what a lure says, or what the page says.

use super::AT_HOME;
use crate::http::{Answer, Browser, Machine};
use crate::outcome::{Checkpoint, Played, Trouble};
use crate::page::{Form, Page};
use crate::server::PASSWORD;

/// How many pages somebody goes through before they give up.
const PATIENT_FOR: usize = 10;
/// What a page must say for a careful person to say no to what they did not start.
const NOT_STARTED: [&str; 2] = ["Didn’t start or expect it?", "nswer no"];

/// How a person deals with what they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Temper {
    /// Presses every Allow, goes on past every warning, and types what the lure says.
    Trusting,
    /// Reads a page that stands alone before the question and does what it says, or else presses Allow; started nothing.
    Warned,
    /// Reads the pages and does what they say; started nothing.
    Careful,
    /// Reads the pages and does what they say; stands in front of a device of theirs, on the phone's own network, and
    /// believes that this is its request.
    Before {
        /// What the device is called.
        device: &'static str,
    },
    /// Compares what the request is about with what they were told, and looks at nothing else.
    Comparing {
        /// What they were told.
        told: &'static str,
    },
}

/// What a lure, or the device in front of the person, tells them to give.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The number.
    pub number: Option<String>,
    /// What was typed on the device.
    pub binding: Option<String>,
}

/// What a person did in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// They said yes, and the server took it.
    Allowed {
        /// The PIN that their phone shows, if it shows one.
        pin: Option<String>,
    },
    /// They said no, for this reason.
    Declined(String),
    /// The server let them go no further: the heading of its page.
    Stopped(Checkpoint, String),
}

/// A person.
#[derive(Debug)]
pub struct Victim {
    /// Their user name, which is their subject too.
    pub name: String,
    temper: Temper,
    browser: Browser,
    /// The page before them.
    page: Page,
    status: u16,
}

impl Victim {
    /// Somebody with a phone that nobody is signed in on.
    pub fn new(name: &str, machine: Machine, temper: Temper) -> Self {
        Self {
            name: name.to_owned(),
            temper,
            browser: Browser::on(machine),
            page: Page::default(),
            status: 0,
        }
    }

    /// Opens a link, or the address in a QR code, and signs in on the way.
    pub fn open(&mut self, link: &str) -> Played<()> {
        let answer = self.browser.open(link)?;
        self.see(&answer);
        self.sign_in_if_asked()
    }

    /// Types a code on the page for it, and signs in on the way.
    pub fn type_code(&mut self, user_code: &str) -> Played<()> {
        self.open("/device")?;
        let form = self.page.form("/device").cloned().ok_or_else(|| self.lost("no field for a code"))?;
        self.send(&form, &[("user_code", user_code)])?;
        self.sign_in_if_asked()
    }

    /// Signs in, to look at the inbox later.
    pub fn sign_in(&mut self) -> Played<()> {
        self.open("/sign-in")
    }

    /// The requests in their inbox, newest first.
    pub fn inbox(&mut self) -> Played<Vec<String>> {
        self.open("/inbox")?;
        let mut links: Vec<_> =
            self.page.links.iter().filter(|link| link.starts_with("/inbox/")).cloned().collect();
        links.dedup();
        Ok(links)
    }

    /// Sets the secret that a client must send to ask them.
    pub fn set_user_code(&mut self, user_code: &str) -> Played<()> {
        self.open("/account/devices")?;
        let action = "/account/devices/user-code";
        let form = self.page.form(action).cloned().ok_or_else(|| self.lost("no field for a secret"))?;
        let fields = [("user_code", user_code), ("password", PASSWORD), ("change", "save")];
        self.send(&form, &fields)?;
        let set = self.page.says("You have one.");
        if set { Ok(()) } else { Err(self.lost("the secret was not set")) }
    }

    /// Says no, whatever is asked.
    pub fn decline(&mut self) -> Played<()> {
        self.refuse("deny")
    }

    /// Says that they did not start it.
    pub fn report(&mut self) -> Played<()> {
        self.refuse("report")
    }

    /// Says on the page of their account that they did not allow what has access there.
    pub fn report_access(&mut self) -> Played<()> {
        self.open("/account")?;
        let form =
            self.page.form("/account/revoke").cloned().ok_or_else(|| self.lost("nothing has access"))?;
        self.send(&form, &[("report", "yes")])?;
        let taken = self.page.heading == "Stopped and reported";
        if taken { Ok(()) } else { Err(self.lost("the report was not taken")) }
    }

    fn refuse(&mut self, decision: &str) -> Played<()> {
        let form = self.page.decision().cloned().ok_or_else(|| self.lost("nothing to say no to"))?;
        self.send(&form, &[("decision", decision)])
    }

    /// Deals with the page before them until there is nothing more to do.
    pub fn answer(&mut self, told: &Told) -> Played<Reaction> {
        let mut said_yes = false;
        for _ in 0..PATIENT_FOR {
            if self.page.says("is signed in as you now") || self.page.says("has your consent") {
                return Ok(Reaction::Allowed { pin: None });
            }
            if said_yes && self.page.says("Type this PIN") {
                return Ok(Reaction::Allowed { pin: self.page.code.clone() });
            }
            let Some(form) = self.page.decision().cloned() else {
                let at = if said_yes { Checkpoint::Approve } else { Checkpoint::Transfer };
                return Ok(Reaction::Stopped(at, self.heading()));
            };
            if let Some(why) = self.objection(&form) {
                self.send(&form, &[("decision", "deny")])?;
                return Ok(Reaction::Declined(why));
            }
            if form.offers("continue") {
                self.send(&form, &[("decision", "continue")])?;
                continue;
            }
            if !form.offers("allow") {
                let why = "a yes takes a passkey, and the victim has none".to_owned();
                return Ok(Reaction::Stopped(Checkpoint::Approve, why));
            }
            if said_yes && !can_do_better(&form, told) {
                let why = "the page asks for something that the victim was not told".to_owned();
                return Ok(Reaction::Stopped(Checkpoint::Approve, why));
            }
            said_yes = true;
            let mut fields = vec![("decision", "allow".to_owned())];
            fields.extend(["number", "binding"].into_iter().filter_map(|name| given(&form, told, name)));
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            self.send(&form, &fields)?;
        }
        Err(self.lost("the pages never end"))
    }

    /// Why the person says no, if they do, by what the page says.
    fn objection(&self, form: &Form) -> Option<String> {
        let page = &self.page;
        let told_to = NOT_STARTED.iter().all(|words| page.says(words));
        match &self.temper {
            Temper::Trusting => None,
            Temper::Warned => (form.offers("continue") && told_to)
                .then(|| "the warning says to answer no to what was not started".to_owned()),
            Temper::Careful => {
                told_to.then(|| "the page says to answer no to what was not started".to_owned())
            }
            Temper::Before { .. } => self.not_theirs(),
            Temper::Comparing { told } => {
                let names_it = page.fact("Who asks").is_some() && form.offers("allow");
                let about = page.words.contains("Pay ") || page.words.contains(" writes: ");
                (names_it && about && !page.says(told)).then(|| "it is about something else".to_owned())
            }
        }
    }

    /// What of the request cannot be of the device before the person.
    fn not_theirs(&self) -> Option<String> {
        let Temper::Before { device } = self.temper else { return None };
        if self.page.fact("Where").is_some_and(|place| place.starts_with("Another network")) {
            return Some("the device is on another network".to_owned());
        }
        let named = self.page.fact("Says it is")?;
        (named != device).then(|| "it is another device".to_owned())
    }

    fn sign_in_if_asked(&mut self) -> Played<()> {
        let Some(form) = self.page.form("/sign-in").cloned() else { return Ok(()) };
        let name = self.name.clone();
        self.send(&form, &[("username", &name), ("password", PASSWORD)])?;
        if self.page.form("/sign-in").is_some() { Err(self.lost("cannot sign in")) } else { Ok(()) }
    }

    fn send(&mut self, form: &Form, fields: &[(&str, &str)]) -> Played<()> {
        let hidden = form.hidden.iter().map(|(name, value)| match name.as_str() {
            // Where a page asks for it, the browser says where it is, and everybody lets it.
            "coordinates" => ("coordinates", AT_HOME),
            name => (name, value.as_str()),
        });
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        let answer = self.browser.submit(&form.action, &all)?;
        self.see(&answer);
        Ok(())
    }

    fn see(&mut self, answer: &Answer) {
        self.status = answer.status;
        self.page = Page::read(&answer.body);
    }

    fn heading(&self) -> String {
        let trouble = self.page.says("No device is waiting with this code");
        if trouble { "No device is waiting with this code".to_owned() } else { self.page.heading.clone() }
    }

    fn lost(&self, what: &str) -> Trouble {
        Trouble::new(format!("{}: {what} (status {}, “{}”)", self.name, self.status, self.page.heading))
    }
}

/// What goes into a field: what the person was told; of choices, the first, if that is none of them.
fn given(form: &Form, told: &Told, name: &'static str) -> Option<(&'static str, String)> {
    let mut choices = form.choices(name).peekable();
    if !form.asks(name) {
        return None;
    }
    let knows = if name == "number" { &told.number } else { &told.binding };
    let value = match choices.peek().copied() {
        None => knows.clone(),
        Some(first) => {
            Some(choices.find(|choice| knows.as_deref() == Some(choice)).unwrap_or(first).to_owned())
        }
    };
    value.map(|value| (name, value))
}

/// Whether the person has anything to give that the page wants: who was told nothing gives up.
fn can_do_better(form: &Form, told: &Told) -> bool {
    let fits = |name| !form.asks(name) || given(form, told, name).is_some();
    fits("number") && fits("binding") && (form.asks("number") || form.asks("binding"))
}
