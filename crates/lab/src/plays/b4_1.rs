//! B4.1: can a client ask so many people that one says yes?

use super::Scene;
use super::aftermath::{Loot, Notice, end_client, noticed};
use crate::actors::asker::Asker;
use crate::actors::device::{Collected, Tokens};
use crate::actors::operator::Operator;
use crate::actors::victim::{Reaction, Temper, Told, Victim};
use crate::actors::{ATTACKER, home};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;
use crate::server::{CROWD, person};

/// B4.1.
pub const SCRIPT: &str = "A client in the wrong hands asks 500 people at once. Four of them, spread among the 500, allow \
    what they are shown. One yes is enough.";
/// The variant that looks for names.
pub const SCRIPT_NAMES: &str = "The client tries made-up names among real ones. The attacker wants to know which are \
    real.";

/// Who allows everything: these, of all.
const TRUSTING: [usize; 4] = [137, 251, 388, 464];
/// Names that are tried.
const NAMES: usize = 12;

/// B4.1.
pub fn play(scene: &Scene<'_>) -> Played<Ending> {
    let mut victims = Vec::new();
    for (number, index) in (0_u8..).zip(TRUSTING) {
        let mut victim = Victim::new(&person(index), scene.lab.machine(home(number)), Temper::Trusting);
        victim.sign_in()?;
        if scene.defence == Defence::UserCode {
            victim.set_user_code(&format!("kettle {index}"))?;
        }
        victims.push(victim);
    }
    let asker = asker(scene);
    let (mut asked, mut refusals) = (Vec::new(), Vec::new());
    for index in 0..CROWD {
        // Secrets are not known to whoever does not know the people.
        match asker.ask(&person(index))? {
            Ok(request) => asked.push(request),
            Err(why) => refusals.push((index, why)),
        }
    }
    let refused = refusals.iter().find(|(index, _)| TRUSTING.contains(index)).map(|(_, why)| why.clone());
    let mut reactions = Vec::new();
    for victim in &mut victims {
        let Some(newest) = victim.inbox()?.into_iter().next() else { continue };
        victim.open(&newest)?;
        reactions.push(victim.answer(&Told::default())?);
    }
    let allowed = reactions.iter().any(|reaction| matches!(reaction, Reaction::Allowed { .. }));
    // The client polls for all of them at the same time.
    scene.lab.advance(6)?;
    for request in asked.iter().filter(|_| allowed) {
        if let Collected::Tokens(tokens) = asker.poll(request, None)? {
            let whose = scene.lab.whose(scene.lab.machine(ATTACKER), &tokens.access, None)?;
            if let Some(victim) = victims.iter_mut().find(|victim| Some(&victim.name) == whose.as_ref()) {
                let ending = collected(scene, &asker, &tokens, victim, |_, operator| {
                    end_client(scene, operator, "an operator ends everything of the client")
                })?;
                let success = || Ending::Succeeded("the client holds a token of one of 500".to_owned());
                return Ok(ending.unwrap_or_else(success));
            }
        }
    }
    if allowed {
        return Ok(Ending::Ended(Checkpoint::Redeem, "nothing can be collected".to_owned()));
    }
    if reactions.is_empty() {
        let why = refused.unwrap_or_else(|| "nobody was asked".to_owned());
        let words = format!("{why}; {} of {CROWD} were asked", asked.len());
        return Ok(Ending::Ended(Checkpoint::Initiate, words));
    }
    Ok(super::furthest(&reactions))
}

/// The variant that looks for names.
pub fn names(scene: &Scene<'_>) -> Played<Ending> {
    let asker = asker(scene);
    let mut answers = [Vec::new(), Vec::new()];
    for number in 0..NAMES {
        let real = asker.ask(&person(number))?;
        let made_up = asker.ask(&format!("nobody{number:03}"))?;
        for (answers, answer) in answers.iter_mut().zip([real, made_up]) {
            answers.push(answer.map_or_else(|why| why, |_| "accepted".to_owned()));
        }
    }
    let [real, made_up] = &answers;
    Ok(if real == made_up {
        Ending::Ended(Checkpoint::Initiate, "all names get the same answer".to_owned())
    } else {
        Ending::Succeeded("real names get another answer".to_owned())
    })
}

/// How it ended, if what was collected is worth nothing: by itself, or once somebody has noticed, where that is played.
pub fn collected(
    scene: &Scene<'_>,
    asker: &Asker<'_>,
    tokens: &Tokens,
    victim: &mut Victim,
    notice: impl FnOnce(&mut Victim, &Operator<'_>) -> Played<Notice>,
) -> Played<Option<Ending>> {
    let machine = scene.lab.machine(ATTACKER);
    if scene.defence != Defence::Incidents {
        let works = scene.lab.whose(machine, &tokens.access, None)?.as_ref() == Some(&victim.name);
        let useless = || Ending::Undone(Checkpoint::Afterwards, "the token does not work".to_owned());
        return Ok((!works).then(useless));
    }
    let (sub, refresh) = (victim.name.clone(), |token: &str| asker.refresh(token));
    let loot = Loot { machine, tokens, key: None, refresh: &refresh, sub: &sub };
    noticed(scene, &loot, |operator| notice(victim, operator)).map(Some)
}

/// The client, at the attacker's.
pub fn asker<'l>(scene: &Scene<'l>) -> Asker<'l> {
    let mut asker = Asker::new(scene.lab, scene.lab.machine(ATTACKER), scene.defence.backchannel_client());
    asker.scope = scene.scope();
    if scene.defence == Defence::Binding {
        asker.along.push(("tandem_binding_data", "CASE-7".to_owned()));
    }
    asker
}
