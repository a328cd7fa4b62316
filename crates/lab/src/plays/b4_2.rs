//! B4.2: does a person who said no three times say yes to somebody who calls? (fake helpdesk)

use super::b4_1::asker;
use super::{Scene, furthest};
use crate::actors::ATTACKER;
use crate::actors::device::Collected;
use crate::actors::victim::{Reaction, Temper, Told};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;

/// B4.2.
pub const SCRIPT: &str = "Three requests, half a minute apart, are declined. Then a “helpdesk” calls and sends a fourth, \
    to stop them, it says. The victim allows it. The fourth is to be collected.";
/// The coached variant.
pub const SCRIPT_COACHED: &str = "The same, and the caller reads out the number that their own screen shows.";

/// B4.2.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    called(scene, false)
}

/// The coached variant.
pub fn coached(scene: &Scene<'_>) -> Played<Ending> {
    called(scene, true)
}

fn called(scene: &Scene<'_>, reads_out: bool) -> Played<Ending> {
    let temper = match scene.people {
        Defence::BindingMessage => Temper::Comparing { told: "refund" },
        _ => scene.temper(),
    };
    let mut victim = scene.victim(0, temper);
    victim.sign_in()?;
    let mut asker = asker(scene);
    if scene.defence == Defence::BindingMessage {
        // Where a payment is asked for, the request has to say which: nothing else could be paid with the token.
        asker.along.push(("binding_message", "Pay 900 EUR to Mallory".to_owned()));
        let payment = r#"[{"type":"payment","amount":"900 EUR","payee":"Mallory"}]"#;
        asker.along.push(("authorization_details", payment.to_owned()));
    }
    for _ in 0..3 {
        if asker.ask(&victim.name)?.is_ok()
            && let Some(newest) = victim.inbox()?.into_iter().next()
        {
            victim.open(&newest)?;
            victim.decline()?;
        }
        scene.lab.advance(30)?;
    }
    let fourth = match asker.ask(&victim.name)? {
        Ok(fourth) => fourth,
        Err(why) => return Ok(Ending::Ended(Checkpoint::Initiate, why)),
    };
    let Some(newest) = victim.inbox()?.into_iter().next() else {
        return Ok(Ending::Ended(Checkpoint::Transfer, "the request did not reach the victim".to_owned()));
    };
    victim.open(&newest)?;
    let told = Told { number: fourth.number.clone().filter(|_| reads_out), ..Told::default() };
    let reaction = victim.answer(&told)?;
    let collected = asker.collect(&fourth)?;
    Ok(match (collected, &reaction) {
        (Collected::Tokens(tokens), _) => {
            let whose = scene.lab.whose(scene.lab.machine(ATTACKER), &tokens.access, None)?;
            if whose.as_ref() == Some(&victim.name) {
                Ending::Succeeded("the fourth request was allowed and collected".to_owned())
            } else {
                Ending::Undone(Checkpoint::Afterwards, "the token does not work".to_owned())
            }
        }
        (Collected::Refused(why), Reaction::Allowed { .. }) => Ending::Ended(Checkpoint::Redeem, why),
        _ => furthest(&[reaction]),
    })
}
