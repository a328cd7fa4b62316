//! What is a mail server told about a mail?

use super::super::judge::Judgement;
use super::message::MARK;
use super::negotiation::Agreed;
use super::packet::write;
use crate::config::OnFailure;
use tandem_core::mitigations::content_filtering::handling::Handling;

/// More marks from outside than this are removed by refusing the mail.
const MOST_FORGED: u32 = 1000;
const REFUSED: &str = "550 5.7.1 This message carries a sign-in code that was sent to many people. It is refused, and the code is \
                       of no more use.";
const FORGED: &str = "550 5.7.1 This message carries too many marks of a filter that did not see it.";
const NOT_LOOKED_AT: &str = "550 5.7.1 The content filter cannot look at messages now.";
const TRY_AGAIN: &str = "451 4.7.1 The content filter cannot look at messages now. Please try again later.";
const HELD: &str = "It carries a live sign-in code that was sent to several people";
const HELD_UNSEEN: &str = "The content filter could not look at all of it";

/// Go on.
pub fn proceed(out: &mut Vec<u8>) {
    write(out, b'c', &[]);
}

/// Go on, and leave out the rest of the body.
pub fn skip(out: &mut Vec<u8>) {
    write(out, b's', &[]);
}

/// What becomes of a mail that was looked at.
pub fn judged(out: &mut Vec<u8>, agreed: Agreed, judgement: &Judgement, forged: u32) {
    if judgement.handling == Handling::Reject {
        return coded(out, REFUSED);
    }
    if !clean(out, agreed, forged) {
        return coded(out, FORGED);
    }
    if judgement.handling == Handling::Quarantine && agreed.may_quarantine() {
        let why = if judgement.live() { HELD } else { HELD_UNSEEN };
        write(out, b'q', &[why.as_bytes(), &[0]]);
    }
    if judgement.handling != Handling::Allow && agreed.may_add_headers() {
        // The first space belongs to the value where the mail server counts it.
        let space = if agreed.has_leading_space() { " " } else { "" };
        let value = format!("{space}{}", mark(judgement));
        write(out, b'h', &[MARK.as_bytes(), &[0], value.as_bytes(), &[0]]);
    }
    proceed(out);
}

/// What becomes of a mail that was not.
pub fn failed(out: &mut Vec<u8>, agreed: Agreed, on_failure: OnFailure, forged: u32) {
    match on_failure {
        OnFailure::Accept if clean(out, agreed, forged) => proceed(out),
        OnFailure::Accept => coded(out, FORGED),
        OnFailure::Tempfail => coded(out, TRY_AGAIN),
        OnFailure::Reject => coded(out, NOT_LOOKED_AT),
    }
}

/// Removes marks that we did not make; `false` if there are too many.
fn clean(out: &mut Vec<u8>, agreed: Agreed, forged: u32) -> bool {
    if forged > MOST_FORGED {
        return false;
    }
    if agreed.may_remove_headers() {
        // From the last on, so that the others keep their numbers.
        for number in (1..=forged).rev() {
            write(out, b'm', &[&number.to_be_bytes(), MARK.as_bytes(), &[0], &[0]]);
        }
    }
    true
}

fn coded(out: &mut Vec<u8>, text: &str) {
    write(out, b'y', &[text.as_bytes(), &[0]]);
}

/// The value of the mark: the verdict, the reason, and how many people.
fn mark(judgement: &Judgement) -> String {
    let verdict = judgement.handling.as_str();
    if let Some(recipients) = judgement.recipients {
        format!("{verdict}; live-code; recipients={recipients}")
    } else if judgement.is_unscanned() {
        format!("{verdict}; not-looked-at")
    } else {
        format!("{verdict}; link")
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::Packet;
    use super::*;
    use crate::content_filter::look_up::Codes;

    fn agreed(actions: u32) -> Agreed {
        let data = [6, actions, 0x10_0000].map(u32::to_be_bytes).as_flattened().to_vec();
        Agreed::on(&Packet { command: b'O', data }).unwrap()
    }

    fn judgement(handling: Handling) -> Judgement {
        Judgement {
            handling,
            findings: Vec::new(),
            skipped: Vec::new(),
            codes: Codes::All,
            recipients: Some(3),
        }
    }

    fn commands(mut bytes: &[u8]) -> Vec<(char, String)> {
        let mut all = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
            let (packet, rest) = rest.split_at(u32::from_be_bytes(*length).try_into().unwrap());
            all.push((char::from(packet[0]), String::from_utf8_lossy(&packet[1..]).into_owned()));
            bytes = rest;
        }
        all
    }

    fn answers(handling: Handling, actions: u32, forged: u32) -> Vec<(char, String)> {
        let mut out = Vec::new();
        judged(&mut out, agreed(actions), &judgement(handling), forged);
        commands(&out)
    }

    fn letters(handling: Handling, actions: u32, forged: u32) -> String {
        answers(handling, actions, forged).into_iter().map(|(letter, _)| letter).collect()
    }

    #[test]
    fn each_verdict_has_its_answer() {
        assert_eq!(letters(Handling::Allow, 0x1ff, 0), "c");
        assert_eq!(letters(Handling::Tag, 0x1ff, 0), "hc");
        assert_eq!(letters(Handling::Quarantine, 0x1ff, 0), "qhc");
        assert_eq!(letters(Handling::Reject, 0x1ff, 0), "y");
        let mark = &answers(Handling::Tag, 0x1ff, 0)[0].1;
        assert_eq!(mark, "X-Tandem-Content-Filter\0 tag; live-code; recipients=3\0");
    }

    /// Nobody who releases held mail is told of a code where there is none.
    #[test]
    fn the_reason_is_the_true_one() {
        let skipped = vec![tandem_content_filter::Skipped::TooManyParts];
        let unseen = Judgement { recipients: None, skipped, ..judgement(Handling::Quarantine) };
        let link = Judgement { recipients: None, ..judgement(Handling::Tag) };
        for (judgement, held, mark) in [
            (judgement(Handling::Quarantine), Some(HELD), "quarantine; live-code; recipients=3"),
            (unseen, Some(HELD_UNSEEN), "quarantine; not-looked-at"),
            (link, None, "tag; link"),
        ] {
            let mut out = Vec::new();
            judged(&mut out, agreed(0x1ff), &judgement, 0);
            let commands = commands(&out);
            let of =
                |wanted| commands.iter().find(|(letter, _)| *letter == wanted).map(|(_, text)| text.as_str());
            assert_eq!(of('q').map(|text| text.trim_end_matches('\0')), held);
            assert_eq!(of('h').unwrap(), format!("X-Tandem-Content-Filter\0 {mark}\0"));
        }
    }

    #[test]
    fn what_the_mail_server_cannot_do_is_not_asked_of_it() {
        assert_eq!(letters(Handling::Quarantine, 0x01, 2), "hc");
        assert_eq!(letters(Handling::Quarantine, 0, 2), "c");
        assert_eq!(letters(Handling::Reject, 0, 2), "y");
    }

    #[test]
    fn forged_marks_go_from_the_last_to_the_first() {
        let answers = answers(Handling::Allow, 0x1ff, 2);
        let name = "X-Tandem-Content-Filter\0\0";
        let expected =
            [('m', format!("\0\0\0\u{2}{name}")), ('m', format!("\0\0\0\u{1}{name}")), ('c', String::new())];
        assert_eq!(answers, expected);
        assert_eq!(letters(Handling::Allow, 0x1ff, 1001), "y", "no mark survives");
    }

    #[test]
    fn a_failure_is_answered_as_configured() {
        for (on_failure, expected) in
            [(OnFailure::Accept, "c"), (OnFailure::Tempfail, "y451 4"), (OnFailure::Reject, "y550 5")]
        {
            let mut out = Vec::new();
            failed(&mut out, agreed(0x1ff), on_failure, 0);
            let [(letter, text)] = &commands(&out)[..] else { panic!() };
            assert!(format!("{letter}{text}").starts_with(expected), "{on_failure:?} {text}");
        }
    }

    #[test]
    fn answers_are_short_plain_and_without_percent_signs() {
        for text in [REFUSED, FORGED, NOT_LOOKED_AT, TRY_AGAIN] {
            assert!(text.len() < 400 && text.is_ascii() && !text.contains(['%', '\n']), "{text}");
        }
    }
}
