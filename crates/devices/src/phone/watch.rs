//! How does a device learn of requests? A stream tells it that something changed; it then looks, shows and asks.

use super::Phone;
use super::api::refusal;
use super::decision::{Decision, Given};
use super::request::Request;
use crate::console;
use crate::conversation::wants_nonce;
use crate::event_stream::News;
use crate::failure::Failure;
use crate::http::Response;
use crate::keeper::{print, print_json};
use crate::surroundings::{CallFailure, Surroundings};
use crate::world::Heard;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// The first pause before connecting again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A person who can answer.
    Person,
    /// A person who cannot: text only.
    Log,
    /// A script.
    Script,
}

struct Watch {
    /// Who is told.
    audience: Audience,
    /// The requests that have been told of and are still open.
    seen: BTreeSet<String>,
    /// Those that the person has yet to look at, oldest first.
    waiting: Vec<Request>,
    /// The one that the person looks at.
    asking: Option<Request>,
    /// Failed connections in a row.
    failures: u32,
    /// Whether the server has asked for a nonce just now.
    nonce_wanted: bool,
    /// When to connect again.
    connect_at: Option<Duration>,
    /// When to look at the list again, which could not be read.
    look_at: Option<Duration>,
}

/// A request, told to a script.
#[derive(Serialize)]
struct Told<'a> {
    event: &'static str,
    request: &'a Request,
}

impl Watch {
    /// Counts a failure, tells of it, and says how long to wait.
    fn failed(&mut self, asked: Option<Duration>, why: &str) -> Result<Duration, Failure> {
        self.failures = self.failures.saturating_add(1);
        let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures - 1));
        let pause = doubled.min(LONGEST_PAUSE).max(asked.unwrap_or_default());
        let seconds = pause.as_secs();
        if self.audience == Audience::Script {
            print_json(&json!({"event": "unreachable", "retry_after": seconds}))?;
        } else {
            console::show(&format!("No connection ({why}); trying again in {seconds} s.\n"));
        }
        Ok(pause)
    }
}

impl Phone<'_> {
    /// Tells of requests until it is stopped.
    pub fn watch(&mut self, audience: Audience) -> Result<(), Failure> {
        let mut watch = Watch {
            audience,
            seen: BTreeSet::new(),
            waiting: Vec::new(),
            asking: None,
            failures: 0,
            nonce_wanted: false,
            connect_at: None,
            look_at: None,
        };
        self.connect()?;
        loop {
            if watch.asking.is_none() {
                self.ask_next(&mut watch)?;
            }
            match self.world.listen(self.next_moment(&watch))? {
                Heard::Stream(news) => self.hear(news, &mut watch)?,
                Heard::Line(line) => self.answer(&line, &mut watch)?,
                // Nobody is there to answer: from now on it only tells.
                Heard::EndOfInput => (watch.audience, watch.asking) = (Audience::Log, None),
                Heard::Nothing => self.time_passed(&mut watch)?,
            }
        }
    }

    /// When something must be done even if nothing is heard.
    fn next_moment(&self, watch: &Watch) -> Duration {
        let expiry = watch
            .asking
            .as_ref()
            .map(|request| self.world.elapsed().saturating_add(request.left(self.world.now())));
        [expiry, watch.connect_at, watch.look_at].into_iter().flatten().min().unwrap_or(Duration::MAX)
    }

    fn time_passed(&mut self, watch: &mut Watch) -> Result<(), Failure> {
        let now = self.world.now();
        if watch.asking.take_if(|request| request.left(now).is_zero()).is_some() {
            console::show("\nThat request has expired.\n");
        }
        let now = self.world.elapsed();
        let due = |moment: &mut Option<Duration>| moment.take_if(|moment| *moment <= now).is_some();
        if due(&mut watch.connect_at) {
            self.connect()?;
        }
        if due(&mut watch.look_at) {
            self.look(watch)?;
        }
        Ok(())
    }

    fn connect(&mut self) -> Result<(), Failure> {
        let request = self.api.events(self.world)?;
        self.world.subscribe(request)
    }

    fn hear(&mut self, news: News, watch: &mut Watch) -> Result<(), Failure> {
        match news {
            News::Opened(head) => {
                self.api.remember(&head);
                (watch.failures, watch.nonce_wanted) = (0, false);
                if watch.audience == Audience::Script {
                    return print_json(&json!({"event": "connected"}));
                }
                console::show("Waiting for requests (Ctrl-C to stop).\n");
                Ok(())
            }
            News::Changed(unseen) => {
                // What changes from here on must be told again.
                drop(unseen);
                self.look(watch)
            }
            News::Refused(response) => self.refused(&response, watch),
            News::Ended(CallFailure::Connection(why)) => self.connect_later(None, &why, watch),
            News::Ended(failure) => Err(failure.into()),
        }
    }

    fn refused(&mut self, response: &Response, watch: &mut Watch) -> Result<(), Failure> {
        self.api.remember(response);
        if wants_nonce(response) && !watch.nonce_wanted {
            watch.nonce_wanted = true;
            return self.connect();
        }
        match refusal(response) {
            Failure::Network(why) => self.connect_later(response.retry_after, &why, watch),
            failure => Err(failure),
        }
    }

    fn connect_later(
        &mut self,
        asked: Option<Duration>,
        why: &str,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let pause = watch.failed(asked, why)?;
        watch.connect_at = Some(self.world.elapsed().saturating_add(pause));
        Ok(())
    }

    /// Looks at the list, later if it cannot be read now.
    fn look(&mut self, watch: &mut Watch) -> Result<(), Failure> {
        watch.look_at = None;
        match self.refresh(watch) {
            Err(Failure::Network(why)) => {
                let pause = watch.failed(None, &why)?;
                watch.look_at = Some(self.world.elapsed().saturating_add(pause));
                Ok(())
            }
            other => other,
        }
    }

    /// Looks at the list and tells what is new and what is gone.
    fn refresh(&mut self, watch: &mut Watch) -> Result<(), Failure> {
        let open = self.api.requests(self.world)?;
        let ids: BTreeSet<_> = open.iter().map(|request| request.id.clone()).collect();
        for id in watch.seen.difference(&ids) {
            if watch.audience == Audience::Script {
                print_json(&json!({"event": "gone", "id": id}))?;
            }
        }
        watch.waiting.retain(|request| ids.contains(&request.id));
        if watch.asking.take_if(|request| !ids.contains(&request.id)).is_some() {
            console::show("\nThat request is not open any more.\n");
        }
        for request in open.into_iter().filter(|request| !watch.seen.contains(&request.id)) {
            match watch.audience {
                Audience::Person => watch.waiting.push(request),
                Audience::Log => print(&format!("{}\n", request.describe(self.world.now())))?,
                Audience::Script => print_json(&Told { event: "request", request: &request })?,
            }
        }
        watch.seen = ids;
        Ok(())
    }

    fn ask_next(&mut self, watch: &mut Watch) -> Result<(), Failure> {
        let now = self.world.now();
        watch.waiting.retain(|request| !request.left(now).is_zero());
        watch.waiting.sort_by_key(|request| std::cmp::Reverse(request.initiated_at));
        let Some(request) = watch.waiting.pop() else { return Ok(()) };
        console::show(&format!("\u{7}\n{}\n", request.describe(now)));
        watch.asking = Some(request);
        self.world.question(CHOICES)
    }

    fn answer(&mut self, line: &str, watch: &mut Watch) -> Result<(), Failure> {
        // A line that nothing was asked for: the request it was meant for is gone.
        let Some(request) = watch.asking.take() else { return Ok(()) };
        let outcome = match line.trim() {
            "a" => self.approve_shown(&request, &Given::default()),
            "d" => self.send(Decision::Deny, &request, &Given::default()),
            "r" => self.send(Decision::Report, &request, &Given::default()),
            "" => {
                console::show("Left open.\n");
                Ok(())
            }
            _ => {
                watch.asking = Some(request);
                return self.world.question(CHOICES);
            }
        };
        match outcome {
            Err(
                failure @ (Failure::NotConfirmed(_)
                | Failure::TooLate(_)
                | Failure::Network(_)
                | Failure::Server(_)),
            ) => {
                console::show(&format!("{failure}\n"));
                Ok(())
            }
            other => other,
        }
    }
}

const CHOICES: &str = "a = allow, d = deny, r = I did not start this, Enter = later: ";
