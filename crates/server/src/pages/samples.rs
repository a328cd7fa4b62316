//! What do the pages look like with something on them? One sample of each state of each page.
//!
//! Start-up draws them with an operator's templates to refuse broken ones, and the tests draw them to look at.

use super::views::{
    Abilities, Access, Account, Asker, CodeTrouble, Decide, Decided, DemoHome, DemoPerson, DemoTv, Device,
    EnterCode, Failure, FailureKind, Flash, Home, Lasts, Network, NetworkKind, Outcome, Passkey, SignIn,
    SignInTrouble, Warning,
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
    sign_in(visit)?;
    enter_code(visit)?;
    decide(visit)?;
    decided(visit)?;
    account(visit)?;
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
    let person =
        |name: &str| DemoPerson { username: name.to_owned(), password: format!("{name}-demo-password") };
    visit("demo", &DemoHome { people: vec![person("alice"), person("bob")] })?;
    visit(
        "demo-tv",
        &DemoTv { client_id: "tv".to_owned(), scope: "openid profile email offline_access".to_owned() },
    )
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
        network: Network { kind: NetworkKind::Same, address: "192.0.2.7".to_owned() },
        began_seconds_ago: 40,
        abilities: Abilities::of(scopes.map(|scope| (scope, None))),
        lasts: Lasts::UntilTakenBack,
        user_code: "WDJB-MJHT".to_owned(),
        seconds_left: 560,
        warnings: Vec::new(),
        crossing: "sample".to_owned(),
    };
    visit("decide-tv", &page)?;
    let many = ["openid", "profile", "email", "phone", "address", "offline_access", "cellar.read"];
    let odd = Decide {
        asker: Asker { name: "Cellar Deluxe Premium Streaming".to_owned(), verified: false },
        network: Network {
            kind: NetworkKind::Other,
            address: "2001:db8:85a3:8d3:1319:8a2e:370:7348".to_owned(),
        },
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
                network: Network { kind: NetworkKind::Unknown, address: "192.0.2.7".to_owned() },
                ..page.clone()
            },
        )?;
    }
    Ok(())
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
    ] {
        visit(name, &Decided { outcome })?;
    }
    Ok(())
}

fn account(visit: Visit<'_>) -> Result<(), PagesError> {
    let access =
        |family: &str, name: &str, verified, kind, device: Option<&str>, used, address: Option<&str>| {
            Access {
                family: family.to_owned(),
                asker: Asker { name: name.to_owned(), verified },
                device: Device { kind, name: device.map(str::to_owned) },
                since_seconds_ago: 3 * 86_400,
                used_seconds_ago: used,
                address: address.map(str::to_owned),
                abilities: Abilities::of(["openid", "profile", "offline_access"].map(|scope| (scope, None))),
            }
        };
    let passkey = |id: &str, name: &str, used_seconds_ago| Passkey {
        id: id.to_owned(),
        name: name.to_owned(),
        added_seconds_ago: 40 * 86_400,
        used_seconds_ago,
    };
    let page = Account {
        access: vec![
            access(
                "f1",
                "Cellar",
                true,
                DeviceKind::Tv,
                Some("Living-room TV"),
                Some(120),
                Some("192.0.2.7"),
            ),
            access("f2", "backup-tool", false, DeviceKind::Terminal, None, None, None),
        ],
        passkeys: vec![passkey("p1", "Phone", Some(7200)), passkey("p2", "Blue key", None)],
        flash: None,
    };
    visit("account", &page)?;
    visit("account-empty", &Account { access: Vec::new(), passkeys: Vec::new(), flash: None })?;
    for (name, flash) in [
        ("account-revoked", Flash::Revoked { asker: "Cellar".to_owned() }),
        ("account-added", Flash::PasskeyAdded),
        ("account-removed", Flash::PasskeyRemoved),
    ] {
        visit(name, &Account { flash: Some(flash), ..page.clone() })?;
    }
    Ok(())
}
