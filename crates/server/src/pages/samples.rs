//! What do the pages look like with something on them? One sample of each state of each page.
//!
//! Start-up draws them with an operator's templates to refuse broken ones, and the tests draw them to look at.

mod account;
mod demo;
mod devices;
mod incidents;
mod requests;
mod steps;
mod whereabouts;

use super::views::{
    Abilities, Asker, CodeTrouble, Decide, Decided, Device, EnterCode, Failure, FailureKind, Help, Home,
    Lasts, NetworkKind, No, Outcome, SignIn, SignInTrouble, Warning, Whereabouts, Why,
};
use super::{Frame, Page, Pages, PagesError, Rendered};
use tandem_core::oauth::device_description::DeviceKind;

/// A page of any sort.
pub trait Sample {
    /// Draws it.
    fn render(&self, pages: &Pages, frame: &Frame<'_>) -> Rendered;
}

impl<P: Page> Sample for P {
    fn render(&self, pages: &Pages, frame: &Frame<'_>) -> Rendered {
        pages.render(self, frame)
    }
}

type Visit<'a> = &'a mut dyn FnMut(&str, &dyn Sample) -> Result<(), PagesError>;

/// Shows every sample with its name to `visit`, until one is refused.
pub fn each(visit: Visit<'_>) -> Result<(), PagesError> {
    visit("home", &Home { demo: false })?;
    visit("home-demo", &Home { demo: true })?;
    visit("help", &Help {})?;
    sign_in(visit)?;
    enter_code(visit)?;
    decide(visit)?;
    decided(visit)?;
    account::account(visit)?;
    requests::inbox(visit)?;
    requests::request(visit)?;
    devices::devices(visit)?;
    incidents::incidents(visit)?;
    for kind in FailureKind::ALL {
        let name = format!("failure-{}", kind.status());
        visit(&name, &Failure { kind, retry_after: None, next: None })?;
    }
    visit(
        "failure-busy",
        &Failure {
            kind: FailureKind::TooManyRequests,
            retry_after: Some(90),
            next: Some("/device".to_owned()),
        },
    )?;
    demo::demo(visit)
}

fn sign_in(visit: Visit<'_>) -> Result<(), PagesError> {
    let page = SignIn { next: "/account".to_owned(), username: String::new(), asked_by: None, trouble: None };
    visit("sign-in", &page)?;
    visit("sign-in-asked", &SignIn { asked_by: Some("Cellar".to_owned()), ..page.clone() })?;
    for (name, trouble) in [
        ("sign-in-wrong", SignInTrouble::Wrong),
        ("sign-in-throttled", SignInTrouble::Throttled { retry_after: 40 }),
        ("sign-in-session", SignInTrouble::SessionExpired),
        ("sign-in-again", SignInTrouble::Again),
        ("sign-in-again-to-act", SignInTrouble::AgainToAct),
        ("sign-in-form", SignInTrouble::FormExpired),
    ] {
        visit(name, &SignIn { username: "alice".to_owned(), trouble: Some(trouble), ..page.clone() })?;
    }
    Ok(())
}

fn enter_code(visit: Visit<'_>) -> Result<(), PagesError> {
    visit("enter-code", &EnterCode { user_code: String::new(), trouble: None })?;
    let wrong_shape = CodeTrouble::WrongShape { letters: "BCDFGHJKLMNPQRSTVWXZ".to_owned(), length: 8 };
    for (name, trouble) in [
        ("enter-code-not-found", CodeTrouble::NotFound),
        ("enter-code-too-many", CodeTrouble::TooManyTries { retry_after: 300 }),
        ("enter-code-shape", wrong_shape),
        ("enter-code-session", CodeTrouble::SessionExpired),
        ("enter-code-form", CodeTrouble::FormExpired),
    ] {
        visit(name, &EnterCode { user_code: "WDJB-MJH0".to_owned(), trouble: Some(trouble) })?;
    }
    Ok(())
}

fn decide(visit: Visit<'_>) -> Result<(), PagesError> {
    let scopes = ["openid", "profile", "email", "offline_access"];
    let page = Decide {
        asker: Asker { name: "Cellar".to_owned(), verified: true },
        device: Device { kind: DeviceKind::Tv, name: Some("Living-room TV".to_owned()) },
        whereabouts: Whereabouts::of_network(NetworkKind::Same, "192.0.2.7"),
        began_seconds_ago: 40,
        abilities: Abilities::of(scopes.map(|scope| (scope, None))),
        less: false,
        lasts: Lasts::UntilTakenBack,
        user_code: "WDJB-MJHT".to_owned(),
        seconds_left: 560,
        warnings: Vec::new(),
        number: None,
        binding: None,
        confirm: None,
        trouble: None,
        crossing: "sample".to_owned(),
    };
    visit("decide-tv", &page)?;
    let many = ["openid", "profile", "email", "phone", "address", "offline_access", "cellar.read"];
    let odd = Decide {
        asker: Asker { name: "Cellar Deluxe Premium Streaming".to_owned(), verified: false },
        whereabouts: Whereabouts::of_network(NetworkKind::Other, "2001:db8:85a3:8d3:1319:8a2e:370:7348"),
        lasts: Lasts::For { seconds: 3600 },
        seconds_left: 45,
        abilities: Abilities::of(
            many.map(|scope| (scope, (scope == "phone").then_some("Ring your phone at any hour"))),
        ),
        warnings: vec![Warning::FirstUse, Warning::OtherNetwork, Warning::Repeated { count: 4 }],
        ..page.clone()
    };
    visit("decide-odd", &odd)?;
    for kind in ["kiosk", "console", "terminal", "computer", "other"] {
        let device = Device { kind: DeviceKind::parse(kind), name: None };
        visit(
            &format!("decide-{kind}"),
            &Decide {
                device,
                whereabouts: Whereabouts::of_network(NetworkKind::Unknown, "192.0.2.7"),
                ..page.clone()
            },
        )?;
    }
    whereabouts::decide(visit, &page)?;
    steps::decide(visit, &page)
}

fn decided(visit: Visit<'_>) -> Result<(), PagesError> {
    let asker = || "Cellar".to_owned();
    for device in ["tv", "kiosk", "console", "terminal", "computer", "other"] {
        let outcome = Outcome::Allowed { asker: asker(), device: DeviceKind::parse(device) };
        visit(&format!("decided-allowed-{device}"), &Decided { outcome })?;
    }
    for (name, outcome) in [
        ("decided-denied", Outcome::Denied { asker: asker() }),
        ("decided-reported", Outcome::Reported { asker: asker() }),
        ("decided-expired", Outcome::Expired),
        ("decided-answered", Outcome::AlreadyAnswered),
        ("decided-request-allowed", Outcome::RequestAllowed { asker: asker() }),
        ("decided-request-denied", Outcome::RequestDenied { asker: asker() }),
        ("decided-request-reported", Outcome::RequestReported { asker: asker() }),
        ("decided-access-reported", Outcome::AccessReported { asker: asker() }),
        ("decided-request-number-wrong", Outcome::RequestNumberWrong { asker: asker() }),
        ("decided-request-binding-wrong", Outcome::RequestBindingWrong { asker: asker() }),
        ("decided-number-wrong", Outcome::NumberWrong { asker: asker() }),
        ("decided-binding-wrong", Outcome::BindingWrong { asker: asker() }),
        ("decided-request-expired", Outcome::RequestExpired),
        ("decided-request-answered", Outcome::RequestAlreadyAnswered),
    ] {
        visit(name, &Decided { outcome })?;
    }
    for why in Why::ALL {
        visit(&format!("refused-{why:?}").to_lowercase(), &Decided { outcome: Outcome::Refused { why } })?;
        let no = No { action: "/inbox/r1".to_owned(), crossing: "sample".to_owned() };
        let no = (why == Why::Apart).then_some(no);
        let sent = Decided { outcome: Outcome::RequestRefused { why, no } };
        visit(&format!("refused-request-{why:?}").to_lowercase(), &sent)?;
    }
    Ok(())
}
