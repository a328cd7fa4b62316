//! B9: does somebody give in who is asked all night? (consent request overload)

use super::Scene;
use super::aftermath::{kept_alive, on_the_account_page};
use super::b4_1::{asker, collected};
use crate::actors::device::Collected;
use crate::actors::victim::{Reaction, Temper, Told};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;

/// B9.
pub const SCRIPT: &str = "From 23:00 on a client sends 60 requests, one every ten seconds. The victim declines every \
    fifth that they see, leaves the others alone, and presses Allow by mistake on the 40th. One yes is enough.";

const REQUESTS: usize = 60;
const MISTAKE: usize = 40;
const APART: u64 = 10;
/// Whoever wakes up finds what they did.
const UNTIL_MORNING: u64 = 8 * 60 * 60;

/// B9.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let today = scene.lab.now()? % 86_400;
    scene.lab.advance((86_400 + 23 * 3600 - today) % 86_400)?;
    let mut victim = scene.victim(0, Temper::Trusting);
    victim.sign_in()?;
    let asker = asker(scene);
    let (mut seen, mut refusals) = (0, Vec::new());
    for _ in 0..REQUESTS {
        scene.lab.advance(APART)?;
        let asked = match asker.ask(&victim.name)? {
            Ok(asked) => asked,
            Err(why) => {
                refusals.push(why);
                continue;
            }
        };
        seen += 1;
        if seen != MISTAKE && seen % 5 != 0 {
            continue;
        }
        let newest = victim.inbox()?.into_iter().next().unwrap_or_default();
        victim.open(&newest)?;
        if seen != MISTAKE {
            victim.decline()?;
            continue;
        }
        let reaction = victim.answer(&Told::default())?;
        if let Collected::Tokens(mut tokens) = asker.collect(&asked, None)? {
            if scene.defence == Defence::Incidents {
                scene.lab.advance(UNTIL_MORNING)?;
                tokens = kept_alive(&tokens, |token| asker.refresh(token))?;
            }
            let ending = collected(scene, &asker, &tokens, &mut victim, on_the_account_page)?;
            let success = || Ending::Succeeded("one mistake was enough".to_owned());
            return Ok(ending.unwrap_or_else(success));
        }
        return Ok(match reaction {
            Reaction::Allowed { .. } => {
                Ending::Ended(Checkpoint::Redeem, "nothing can be collected".to_owned())
            }
            other => super::furthest(&[other]),
        });
    }
    let why = refusals.into_iter().next().unwrap_or_else(|| "nothing was refused".to_owned());
    Ok(Ending::Ended(Checkpoint::Initiate, format!("{why}; {seen} of {REQUESTS} reached the victim")))
}
