//! B4.2: does a person who said no three times say yes to somebody who calls? (fake helpdesk)

use super::aftermath::{Notice, end_client, on_the_account_page};
use super::b4_1::{asker, collected};
use super::{Scene, furthest};
use crate::actors::asker::Asker;
use crate::actors::device::Collected;
use crate::actors::operator::Operator;
use crate::actors::victim::{Reaction, Temper, Told, Victim};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;

/// B4.2.
pub const SCRIPT: &str = "Three requests, half a minute apart, are declined. Then a “helpdesk” calls and sends a fourth, \
    to stop them, it says. The victim allows it. The fourth is to be collected.";
/// The coached variant.
pub const SCRIPT_COACHED: &str = "The same, and the caller reads out what their own screen shows, and has the PIN read \
    out to them.";
/// The reported variant.
pub const SCRIPT_REPORTED: &str = "The first request is reported. The “helpdesk” lets 25 minutes pass before it calls and \
    sends another.";

/// What the caller says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// That everything will be well.
    Soothes,
    /// What is on their own screen; and they ask for what is on the victim's.
    ReadsOut,
}

/// B4.2.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    declined(scene, Caller::Soothes)
}

/// The coached variant.
pub fn coached(scene: &Scene<'_>) -> Played<Ending> {
    declined(scene, Caller::ReadsOut)
}

fn declined(scene: &Scene<'_>, caller: Caller) -> Played<Ending> {
    let (mut victim, asker) = (victim(scene)?, client(scene));
    for _ in 0..3 {
        if asker.ask(&victim.name)?.is_ok() && open_newest(&mut victim)? {
            victim.decline()?;
        }
        scene.lab.advance(30)?;
    }
    called(scene, &mut victim, &asker, caller, on_the_account_page)
}

/// The reported variant.
pub fn reported(scene: &Scene<'_>) -> Played<Ending> {
    let (mut victim, asker) = (victim(scene)?, client(scene));
    if asker.ask(&victim.name)?.is_ok() && open_newest(&mut victim)? {
        victim.report()?;
    }
    scene.lab.advance(25 * 60)?;
    called(scene, &mut victim, &asker, Caller::Soothes, |victim, operator| {
        // The first report is an incident by itself; who looks at it sees which client it was.
        operator.incident("contained", &victim.name)?;
        end_client(scene, operator, "an operator who looks at the first report ends everything of the client")
    })
}

fn victim(scene: &Scene<'_>) -> Played<Victim> {
    let temper = match scene.people {
        Defence::BindingMessage => Temper::Comparing { told: "refund" },
        _ => scene.temper(),
    };
    let mut victim = scene.victim(0, temper);
    victim.sign_in()?;
    Ok(victim)
}

fn client<'l>(scene: &Scene<'l>) -> Asker<'l> {
    let mut asker = asker(scene);
    if scene.defence == Defence::BindingMessage {
        // Where a payment is asked for, the request has to say which: nothing else could be paid with the token.
        asker.along.push(("binding_message", "Pay 900 EUR to Mallory".to_owned()));
        let payment = r#"[{"type":"payment","amount":"900 EUR","payee":"Mallory"}]"#;
        asker.along.push(("authorization_details", payment.to_owned()));
    }
    asker
}

fn open_newest(victim: &mut Victim) -> Played<bool> {
    let Some(newest) = victim.inbox()?.into_iter().next() else { return Ok(false) };
    victim.open(&newest)?;
    Ok(true)
}

fn called(
    scene: &Scene<'_>,
    victim: &mut Victim,
    asker: &Asker<'_>,
    caller: Caller,
    notice: impl FnOnce(&mut Victim, &Operator<'_>) -> Played<Notice>,
) -> Played<Ending> {
    let asked = match asker.ask(&victim.name)? {
        Ok(asked) => asked,
        Err(why) => return Ok(Ending::Ended(Checkpoint::Initiate, why)),
    };
    if !open_newest(victim)? {
        return Ok(Ending::Ended(Checkpoint::Transfer, "the request did not reach the victim".to_owned()));
    }
    let told = match caller {
        Caller::Soothes => Told::default(),
        Caller::ReadsOut => Told { number: asked.number.clone(), ..Told::default() },
    };
    let reaction = victim.answer(&told)?;
    let pin = match (&reaction, caller) {
        (Reaction::Allowed { pin }, Caller::ReadsOut) => pin.as_deref(),
        _ => None,
    };
    Ok(match (asker.collect(&asked, pin)?, &reaction) {
        (Collected::Tokens(tokens), _) => {
            let success = || Ending::Succeeded("the last request was allowed and collected".to_owned());
            collected(scene, asker, &tokens, victim, notice)?.unwrap_or_else(success)
        }
        (_, Reaction::Allowed { .. }) => {
            Ending::Ended(Checkpoint::Redeem, "nothing can be collected".to_owned())
        }
        _ => furthest(&[reaction]),
    })
}
