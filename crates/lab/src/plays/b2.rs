//! B2: what else can be had with an account that was lent to a whiteboard? (productivity, lateral use)

use super::aftermath::{Loot, kept_alive, noticed, on_the_account_page};
use super::{LASTING, PinLeak, Scene, begun, harvest};
use crate::actors::device::{Device, Tokens};
use crate::actors::victim::{Told, Victim};
use crate::outcome::{Checkpoint, Ending, Played};
use crate::policies::Defence;

/// The variant with scopes.
pub const SCRIPT_SCOPE: &str = "The attacker imitates a whiteboard and asks for all documents too. A victim types the \
    code. The attacker wants a token for the documents.";
/// The variant with a refresh.
pub const SCRIPT_REFRESH: &str = "The same for little, with a refresh token. The attacker wants a working token a day \
    later.";

const WIDE: &str = "openid profile documents";
const WIDE_AND_LASTING: &str = "openid profile offline_access documents";
const AN_HOUR: u64 = 60 * 60;
const A_DAY: u64 = 24 * 60 * 60;

/// The variant with scopes.
pub fn scope(scene: &Scene<'_>) -> Played<Ending> {
    let wanted = if scene.defence == Defence::Incidents { WIDE_AND_LASTING } else { WIDE };
    let (device, victim, tokens) = match lent(scene, wanted)? {
        Ok(lent) => lent,
        Err(ending) => return Ok(ending),
    };
    if tokens.scope.split(' ').any(|scope| scope == "documents") {
        if scene.defence == Defence::Incidents {
            return undone(scene, &device, victim, &tokens);
        }
        return scene.held(&device, &tokens, &[&victim]);
    }
    Ok(Ending::Undone(Checkpoint::Redeem, format!("the token is for “{}” only", tokens.scope)))
}

/// The variant with a refresh.
pub fn refresh(scene: &Scene<'_>) -> Played<Ending> {
    let (device, victim, tokens) = match lent(scene, LASTING)? {
        Ok(lent) => lent,
        Err(ending) => return Ok(ending),
    };
    if scene.defence == Defence::Incidents {
        scene.lab.advance(AN_HOUR)?;
        let tokens = kept_alive(&tokens, |token| device.refresh(token))?;
        return undone(scene, &device, victim, &tokens);
    }
    let Some(refresh) = tokens.refresh else {
        return Ok(Ending::Undone(Checkpoint::Redeem, "there is no refresh token".to_owned()));
    };
    scene.lab.advance(A_DAY)?;
    match device.refresh(&refresh)? {
        Ok(fresh) => scene.held(&device, &fresh, &[&victim]),
        Err(why) => {
            let dead = scene.lab.whose(device.machine, &tokens.access, device.key.as_deref())?.is_none();
            let old = if dead { "and the first token is dead" } else { "but the first token works" };
            Ok(Ending::Undone(Checkpoint::Afterwards, format!("{why}, {old}")))
        }
    }
}

/// The victim looks at the page of their account before the attacker has used the token.
fn undone(scene: &Scene<'_>, device: &Device<'_>, mut victim: Victim, tokens: &Tokens) -> Played<Ending> {
    let (sub, refresh) = (victim.name.clone(), |token: &str| device.refresh(token));
    let loot = Loot::of(device, tokens, &sub, &refresh);
    noticed(scene, &loot, |operator| on_the_account_page(&mut victim, operator))
}

/// A victim types the code of the attacker's whiteboard within a minute, and says yes.
fn lent<'l>(scene: &Scene<'l>, scope: &str) -> Played<Result<(Device<'l>, Victim, Tokens), Ending>> {
    let device = scene.attackers_device()?;
    let begun = match begun(device.begin(scope)?) {
        Ok(begun) => begun,
        Err(ending) => return Ok(Err(ending)),
    };
    scene.lab.advance(60)?;
    let mut victim = scene.victim(0, scene.temper());
    victim.type_code(&begun.user_code)?;
    let reaction = victim.answer(&Told::default())?;
    let tokens = harvest(&device, &begun, &[reaction], PinLeak::None)?;
    Ok(tokens.map(|tokens| (device, victim, tokens)))
}
