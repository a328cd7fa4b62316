//! What do a mail server and the milter agree on before the first mail?

use super::packet::{Packet, write};

/// The newest version of the protocol that is spoken, and the oldest that can do what is needed.
const NEWEST: u32 = 6;
const OLDEST: u32 = 2;
/// The command and the answer that bear the agreement.
pub const COMMAND: u8 = b'O';

/// Actions that a milter may want to take.
const ADD_HEADERS: u32 = 0x01;
const CHANGE_HEADERS: u32 = 0x10;
const QUARANTINE: u32 = 0x20;
const ACTIONS: u32 = ADD_HEADERS | CHANGE_HEADERS | QUARANTINE;

/// Commands that need not be sent: the connection, HELO, DATA, and unknown ones.
const NOT_NEEDED: u32 = 0x01 | 0x02 | 0x200 | 0x100;
/// Commands that need no answer: the sender, recipients, headers and their end. Pieces of the body get one, so that the mail
/// server can be told to skip the rest.
const NO_ANSWER_TO_SENDER: u32 = 0x4000;
const NO_ANSWER_TO_RECIPIENTS: u32 = 0x8000;
const NO_ANSWER_TO_HEADERS: u32 = 0x80;
const NO_ANSWER_TO_END_OF_HEADERS: u32 = 0x4_0000;
/// The rest of a body may be skipped.
const SKIP: u32 = 0x400;
/// The space after the colon of a header is part of its value.
const LEADING_SPACE: u32 = 0x10_0000;
const PROTOCOL: u32 = NOT_NEEDED
    | NO_ANSWER_TO_SENDER
    | NO_ANSWER_TO_RECIPIENTS
    | NO_ANSWER_TO_HEADERS
    | NO_ANSWER_TO_END_OF_HEADERS
    | SKIP
    | LEADING_SPACE;

/// What was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    version: u32,
    actions: u32,
    protocol: u32,
}

/// Something that a mail server need not be answered, if that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The sender.
    Sender,
    /// A recipient.
    Recipient,
    /// A header.
    Header,
    /// The end of the headers.
    EndOfHeaders,
}

impl Agreed {
    /// Takes of an offer what is needed; nothing if it is no offer, or one of a version that is too old.
    pub fn on(offer: &Packet) -> Option<Self> {
        let (words, _) = offer.data.as_chunks::<4>();
        let [version, actions, protocol, ..] = words else { return None };
        let [version, actions, protocol] = [version, actions, protocol].map(|word| u32::from_be_bytes(*word));
        if offer.command != COMMAND || version < OLDEST {
            return None;
        }
        Some(Self { version: version.min(NEWEST), actions: actions & ACTIONS, protocol: protocol & PROTOCOL })
    }

    /// Appends the answer to the offer.
    pub fn write(self, out: &mut Vec<u8>) {
        let words = [self.version, self.actions, self.protocol].map(u32::to_be_bytes);
        write(out, COMMAND, &[words.as_flattened()]);
    }

    /// Whether headers can be added.
    pub const fn may_add_headers(self) -> bool {
        self.actions & ADD_HEADERS != 0
    }

    /// Whether headers can be removed.
    pub const fn may_remove_headers(self) -> bool {
        self.actions & CHANGE_HEADERS != 0
    }

    /// Whether mail can be held back.
    pub const fn may_quarantine(self) -> bool {
        self.actions & QUARANTINE != 0
    }

    /// Whether the rest of a body can be skipped.
    pub const fn may_skip(self) -> bool {
        self.protocol & SKIP != 0
    }

    /// Whether values of headers begin with what stands after the colon.
    pub const fn has_leading_space(self) -> bool {
        self.protocol & LEADING_SPACE != 0
    }

    /// Whether the mail server waits for an answer to this.
    pub const fn wants_answer(self, command: Unanswered) -> bool {
        let flag = match command {
            Unanswered::Sender => NO_ANSWER_TO_SENDER,
            Unanswered::Recipient => NO_ANSWER_TO_RECIPIENTS,
            Unanswered::Header => NO_ANSWER_TO_HEADERS,
            Unanswered::EndOfHeaders => NO_ANSWER_TO_END_OF_HEADERS,
        };
        self.protocol & flag == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(words: &[u32]) -> Packet {
        Packet { command: COMMAND, data: words.iter().flat_map(|word| word.to_be_bytes()).collect() }
    }

    #[test]
    fn nothing_is_taken_that_was_not_offered() {
        let all = Agreed::on(&offer(&[6, 0x1ff, 0x1f_ffff])).unwrap();
        assert_eq!(all, Agreed { version: 6, actions: 0x31, protocol: PROTOCOL });
        assert!(all.may_add_headers() && all.may_quarantine() && all.may_remove_headers() && all.may_skip());
        let little = Agreed::on(&offer(&[2, 0x01, 0])).unwrap();
        assert_eq!(little, Agreed { version: 2, actions: 1, protocol: 0 });
        assert!(!little.may_quarantine() && !little.may_skip() && little.wants_answer(Unanswered::Header));
        assert_eq!(Agreed::on(&offer(&[99, u32::MAX, u32::MAX])).unwrap(), all, "a newer mail server");
    }

    #[test]
    fn what_is_no_offer_is_not_agreed_on() {
        for words in [&[][..], &[6], &[6, 1], &[1, 0x1f, 0x7f], &[0, 0, 0]] {
            assert_eq!(Agreed::on(&offer(words)), None, "{words:?}");
        }
        assert_eq!(Agreed::on(&Packet { command: b'C', ..offer(&[6, 0x1ff, 0]) }), None);
    }

    #[test]
    fn the_answer_has_three_words() {
        let mut out = Vec::new();
        Agreed::on(&offer(&[6, 0x1ff, 0x1f_ffff])).unwrap().write(&mut out);
        assert_eq!(out[..9], [0, 0, 0, 13, b'O', 0, 0, 0, 6]);
        assert_eq!(out.len(), 17);
    }
}
