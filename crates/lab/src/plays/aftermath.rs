//! What is left to the attacker once somebody has noticed? (BCP 6.1.6)

use super::Scene;
use crate::actors::device::{Device, Key, Tokens};
use crate::actors::operator::Operator;
use crate::actors::receiver::Receiver;
use crate::actors::victim::Victim;
use crate::http::Machine;
use crate::outcome::{Checkpoint, Ending, Played, Trouble};

/// What the attacker holds, and how it is used.
pub struct Loot<'a> {
    /// The machine that uses it.
    pub machine: Machine,
    /// The tokens.
    pub tokens: &'a Tokens,
    /// The key that they are bound to, if they are.
    pub key: Option<&'a Key>,
    /// How they are refreshed.
    pub refresh: &'a dyn Fn(&str) -> Played<Result<Tokens, String>>,
    /// Whose they are.
    pub sub: &'a str,
}

impl<'a> Loot<'a> {
    /// What a device collected.
    pub fn of(
        device: &'a Device<'_>,
        tokens: &'a Tokens,
        sub: &'a str,
        refresh: &'a dyn Fn(&str) -> Played<Result<Tokens, String>>,
    ) -> Self {
        Self { machine: device.machine, tokens, key: device.key.as_deref(), refresh, sub }
    }
}

/// That somebody noticed.
pub struct Notice {
    /// Who, and what they did about it.
    pub words: &'static str,
    /// What the incident touches that came of it.
    pub touched: String,
}

/// Somebody notices. Once they have their answer, and before the clock moves, nothing of it may work, and the receiver has
/// heard. Whatever still works is the attacker's success.
pub fn noticed(
    scene: &Scene<'_>,
    loot: &Loot<'_>,
    notice: impl FnOnce(&Operator<'_>) -> Played<Notice>,
) -> Played<Ending> {
    let lab = scene.lab;
    let receiver = Receiver::of(lab)?;
    let refresh = loot.tokens.refresh.as_deref().ok_or_else(|| Trouble::new("there is no refresh token"))?;
    for token in [&loot.tokens.access, refresh] {
        if !lab.is_active(token)? {
            return Err(Trouble::new("a token was dead before anybody noticed"));
        }
    }
    if lab.whose(loot.machine, &loot.tokens.access, loot.key)?.as_deref() != Some(loot.sub) {
        return Err(Trouble::new("the token was worth nothing before anybody noticed"));
    }
    if receiver.has_heard_of(loot.sub)? {
        return Err(Trouble::new("the receiver heard of it before anybody noticed"));
    }
    let then = lab.now()?;
    let operator = Operator::of(lab);
    let Notice { words, touched } = notice(&operator)?;
    let still = |what: &str| Ok(Ending::Succeeded(format!("{words}, and {what} still works")));
    for (name, token) in [("the access token", loot.tokens.access.as_str()), ("the refresh token", refresh)] {
        if lab.is_active(token)? {
            return still(name);
        }
    }
    if lab.whose(loot.machine, &loot.tokens.access, loot.key)?.is_some() {
        return still("userinfo");
    }
    match (loot.refresh)(refresh)? {
        Err(error) if error == "invalid_grant" => {}
        Err(error) => return Err(Trouble::new(format!("a refresh is answered {error}"))),
        Ok(_) => return still("the refresh"),
    }
    if !receiver.has_heard_of(loot.sub)? {
        return Err(Trouble::new("nobody told the receiver"));
    }
    operator.incident("contained", &touched)?;
    if lab.now()? != then {
        return Err(Trouble::new("whoever noticed moved the clock"));
    }
    Ok(Ending::Undone(
        Checkpoint::Afterwards,
        format!("{words}; all tokens are dead, and the receiver was told"),
    ))
}

/// What the attacker has after a while, in which the first token may have ended by itself.
pub fn kept_alive(
    tokens: &Tokens,
    refresh: impl FnOnce(&str) -> Played<Result<Tokens, String>>,
) -> Played<Tokens> {
    let token = tokens.refresh.as_deref().ok_or_else(|| Trouble::new("there is no refresh token"))?;
    refresh(token)?.map_err(|why| Trouble::new(format!("no refresh before anybody noticed: {why}")))
}

/// The victim finds it on the page of their account, and says that they did not allow it. That is an incident, too.
pub fn on_the_account_page(victim: &mut Victim, _: &Operator<'_>) -> Played<Notice> {
    victim.report_access()?;
    Ok(Notice { words: "the victim reports it on their account page", touched: victim.name.clone() })
}

/// An operator ends everything that was granted to the client.
pub fn end_client(scene: &Scene<'_>, operator: &Operator<'_>, words: &'static str) -> Played<Notice> {
    let client_id = scene.defence.backchannel_client();
    operator.end_client(&client_id)?;
    Ok(Notice { words, touched: client_id })
}
