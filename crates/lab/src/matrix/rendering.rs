//! How is the matrix shown? Markdown, for `docs/attacks.md`.

use super::expected::{Expected, HONEST_UNPLAYED};
use super::{Cell, Matrix, told};
use crate::outcome::{Ending, Played};
use crate::plays::{Play, g1};
use crate::policies::Defence;
use tandem_core::mitigations::Mitigation;

const INTRODUCTION: &str = "\
# Attacks

<!-- Written by `UPDATE_ATTACKS=1 cargo test -p tandem-lab`. Do not edit. -->

The exploits of section 4.3 of the IETF’s *Cross-Device Flows: Security Best Current Practice*, played against a real
server by separate attackers and victims. Each succeeds with everything off, and was then played with one mitigation
on, alone. What stands here was measured by the test run that wrote this page; the test fails if it changes.

- **P** prevent: the flow never starts. **D** disrupt: it starts, and ends before anything is collected; or some of many
  start, too few for the attacker. **R** recover: something is collected, and is worth less than was wanted.
- **through**: the attack succeeds all the same, and must: the mitigation is not made against it. These cells are
  asserted like the others.
- **–** is not played: what the mitigation looks at does not occur in the exploit, as is said below. An empty cell is a
  mitigation that is not named against it.

Victims press every Allow and type what they are told, unless the mitigation is what a page says to people (6.1.13,
6.1.14): then the victim reads it and does what it says, and a mark means that the page says enough for that. A mark
says that *this* attacker is stopped. An attacker who talks to the victim (“coached”, B8) gets past whatever a person can
pass on, which is why no mitigation that asks something of people should stand alone. Numbers are typed here: three to
pick from are guessed once in three times. Two cells depend on the moment: a second person ends a request only if they
open it before the first has answered, and late ones do only before the attacker’s next poll.

Where mail is looked at (6.1.5), each mail goes through a gateway that asks `POST /content-filter/scan`. The first two
people get theirs; the third mail ends the request before anybody reads, and the attacker’s next poll says `access_denied`. It
does not stop who sends each victim a code of their own, nor who asks for the code when the victim bites.

An **R** of incidents (6.1.6) means: the attacker holds tokens that work, and then somebody notices. As soon as they are answered,
and before the clock moves, introspection says that access and refresh token are inactive, userinfo answers 401, a refresh fails
with `invalid_grant`, and a receiver of shared signals can fetch the event that says so. What was done with the tokens before
remains done, and resource servers that check tokens by themselves are not played.

B5, B6, B7 and C1 are exploits of flows that this server does not have. What is off, and what each mitigation is when it is
on alone, stands in `crates/lab/src/policies.rs`.
";

const DEVICE_PLAYS: [Play; 11] = [
    Play::B1,
    Play::B1Coached,
    Play::B1Sold,
    Play::B1Flood,
    Play::B1JustInTime,
    Play::B2Scope,
    Play::B2Refresh,
    Play::B3,
    Play::B3Copied,
    Play::B8,
    Play::B8Inside,
];

impl Matrix {
    /// The page.
    pub fn rendered(&self) -> String {
        let others: Vec<_> = Play::ALL.into_iter().filter(|play| !DEVICE_PLAYS.contains(play)).collect();
        let heading = |text: &str| [String::new(), text.to_owned(), String::new()];
        let mut lines = vec![INTRODUCTION.trim_end().to_owned()];
        lines.extend(heading("## The device grant"));
        lines.extend(self.table(&DEVICE_PLAYS));
        lines.extend(heading("## The backchannel, and guessing"));
        lines.extend(self.table(&others));
        lines.extend([String::new(), "## Play by play".to_owned()]);
        for (play, off) in &self.off {
            lines.extend(heading(&format!("### {}", play.as_str())));
            lines.extend(self.told(*play, off));
        }
        lines.extend(heading("## And people who did start it"));
        lines.extend(self.honest_told());
        lines.push(String::new());
        lines.join("\n")
    }

    fn table(&self, plays: &[Play]) -> Vec<String> {
        let cell = |play: &Play, defence: Defence| {
            self.cells.iter().find(|cell| cell.play == *play && cell.defence == defence)
        };
        let names: Vec<_> = plays.iter().map(|play| play.as_str()).collect();
        let head = [
            format!("| | on alone | {} |", names.join(" | ")),
            format!("|---|---|{}", "---|".repeat(plays.len())),
        ];
        let named = |defence: &Defence| plays.iter().any(|play| cell(play, *defence).is_some());
        let rows = Defence::ALL.into_iter().filter(named).map(|defence| {
            let marks: Vec<_> = plays.iter().map(|play| cell(play, defence).map_or("", mark)).collect();
            let section = defence.mitigation().map_or_else(|| "CIBA".to_owned(), Mitigation::section);
            format!("| {section} | {} | {} |", words(defence), marks.join(" | "))
        });
        head.into_iter().chain(rows).collect()
    }

    fn told(&self, play: Play, off: &Played<Ending>) -> Vec<String> {
        let mut lines = vec![play.script().split_whitespace().collect::<Vec<_>>().join(" "), String::new()];
        if play == Play::G1 {
            lines.extend([bound(), String::new()]);
        }
        lines.push(format!("- everything off: {}", told(off)));
        for (_, defence, off) in self.off_with.iter().filter(|(other, ..)| *other == play) {
            let who = words(*defence).rsplit("; ").next().unwrap_or_default();
            lines.push(format!("- everything off, {who}: {}", told(off)));
        }
        for cell in self.cells.iter().filter(|cell| cell.play == play) {
            let name = words(cell.defence);
            let ending = cell.measured.as_ref().map(told).unwrap_or_default();
            lines.push(match (&cell.expected, &cell.measured) {
                (Expected::NotApplicable(why), _) => format!("- {name}: not played, since {why}"),
                (Expected::GetsThrough(why), Some(measured)) if cell.expected.fits(measured) => {
                    format!("- {name}: {ending}; {why}")
                }
                _ => format!("- {name}: {ending}"),
            });
        }
        lines
    }

    fn honest_told(&self) -> Vec<String> {
        let lead = "With each mitigation on alone, a careful person signs in on the TV before them, or pays in a shop \
                    where the mitigation is for the backchannel:";
        let mut lines = vec![lead.to_owned(), String::new()];
        for (defence, measured) in &self.honest {
            let how = match measured {
                Ok(Ending::Succeeded(_)) => "it works".to_owned(),
                other => told(other),
            };
            lines.push(format!("- {}: {how}", words(*defence)));
        }
        for (defence, why) in HONEST_UNPLAYED {
            lines.push(format!("- {}: not played, since {why}", words(*defence)));
        }
        lines
    }
}

/// How likely a hit is.
fn bound() -> String {
    format!(
        "There are 20⁸ codes. If a million tries against {} live codes were all looked at, one would hit with a chance of \
         {:.0} %; of the tries that the budget lets through within the life of a code, with {:.4} %. While the budget is \
         used up, nobody’s typed code is taken: that is its price.",
        g1::LIVE,
        g1::chance(1_000_000, g1::LIVE) * 100.0,
        g1::chance(1000, g1::LIVE) * 100.0,
    )
}

fn mark(cell: &Cell) -> &'static str {
    match (&cell.expected, &cell.measured) {
        (Expected::NotApplicable(_), _) => "–",
        (expected, Some(measured)) if !expected.fits(measured) => "**FAILS**",
        (Expected::GetsThrough(_), _) => "through",
        (Expected::Stopped(mark, _), _) => mark.letter(),
    }
}

/// What is on, for people.
const fn words(defence: Defence) -> &'static str {
    match defence {
        Defence::Off => "everything off",
        Defence::Proximity => "networks of both devices compared",
        Defence::Geolocation => "countries of both devices compared",
        Defence::Coordinates => "coordinates of both devices compared",
        Defence::SignedQr => "signed QR required",
        Defence::LivingQr => "living QR required",
        Defence::ShortLivedCodes => "codes live three minutes",
        Defence::OneTimeCodes => "a second person ends it",
        Defence::UniqueCodes => "codes remembered for an hour",
        Defence::ContentFiltering => "mail is looked at",
        Defence::DetectAndRemediate => "any sign of misuse ends it",
        Defence::Incidents => "somebody notices later, and all that came of it ends",
        Defence::TrustedDevices => "known devices only",
        Defence::TrustedNetworks => "known networks only",
        Defence::LimitedScopes => "no documents across devices",
        Defence::ShortLivedTokens => "ten minutes, an hour to refresh",
        Defence::RateLimits => "rate limits",
        Defence::OpenRequests => "three open requests a person",
        Defence::CoolDown => "quiet for two minutes after a no",
        Defence::QuietHours => "the client’s quiet hours",
        Defence::SenderConstrainedTokens => "a key, always",
        Defence::UserEducation => "a warning first; a victim who reads it",
        Defence::UserExperience => "the question; a careful victim",
        Defence::AuthenticateThenInitiate => "sign-in before asking",
        Defence::Number => "the device’s number typed on the phone",
        Defence::Pin => "the phone’s PIN typed on the device",
        Defence::Binding => "typed on both devices",
        Defence::UserCode => "user code",
        Defence::Conceal => "who exists is concealed",
        Defence::BindingMessage => "the message says what is paid; a victim who compares",
    }
}
