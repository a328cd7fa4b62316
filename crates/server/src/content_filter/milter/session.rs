//! In which order do the commands of a mail server come, and what does each call for?
//!
//! One connection carries many mails. What comes out of order, or is no command, ends the connection: whoever speaks so is no
//! mail server, or one that nobody can follow.

use super::message::{Budget, Mail};
use super::negotiation::{Agreed, COMMAND as OFFER, Unanswered};
use super::packet::{Packet, texts};

/// A conversation with one mail server.
#[derive(Debug)]
pub struct Session {
    agreed: Option<Agreed>,
    mail: Option<Mail>,
    most: usize,
    budget: Budget,
}

/// What follows from a command.
#[derive(Debug)]
pub enum Step {
    /// Nothing is answered.
    Silence,
    /// This was agreed on.
    Agreed(Agreed),
    /// Go on.
    Continue,
    /// Go on, and leave out the rest of the body.
    Skip,
    /// The mail is here whole.
    Look(Mail),
    /// The mail server says good-bye.
    Close,
}

/// A command that cannot come now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disorder {
    /// There is no such command.
    #[error("an unknown command")]
    Unknown,
    /// It has another place.
    #[error("a command out of order")]
    OutOfOrder,
    /// Its data is not what belongs to it.
    #[error("a malformed command")]
    Malformed,
    /// Nothing can be agreed on.
    #[error("no agreement on a version")]
    NoAgreement,
}

impl Session {
    /// A conversation that has not begun. Of each mail at most so many bytes are kept.
    pub const fn new(most: usize, budget: Budget) -> Self {
        Self { agreed: None, mail: None, most, budget }
    }

    /// Whether a mail is under way.
    pub const fn is_busy(&self) -> bool {
        self.mail.is_some()
    }

    /// What was agreed on.
    pub const fn agreed(&self) -> Option<Agreed> {
        self.agreed
    }

    /// Takes a command.
    pub fn take(&mut self, packet: &Packet) -> Result<Step, Disorder> {
        let Some(agreed) = self.agreed else { return self.begin(packet) };
        match packet.command {
            // Connection, HELO, DATA and commands unknown to the mail server itself: nothing of them matters, but some
            // mail servers send them all the same.
            b'C' | b'H' | b'T' | b'U' => Ok(Step::Continue),
            b'D' => Ok(Step::Silence),
            b'M' => {
                // A mail that was begun and never ended counts as given up.
                self.mail = Some(Mail::new(self.most, self.budget.clone()));
                Ok(answered(agreed, Unanswered::Sender))
            }
            b'A' | b'K' => {
                self.mail = None;
                Ok(Step::Silence)
            }
            b'Q' => Ok(Step::Close),
            b'R' | b'L' | b'N' | b'B' | b'E' => self.of_a_mail(agreed, packet),
            OFFER => Err(Disorder::OutOfOrder),
            _ => Err(Disorder::Unknown),
        }
    }

    fn begin(&mut self, packet: &Packet) -> Result<Step, Disorder> {
        match packet.command {
            OFFER => {
                let agreed = Agreed::on(packet).ok_or(Disorder::NoAgreement)?;
                self.agreed = Some(agreed);
                Ok(Step::Agreed(agreed))
            }
            b'Q' => Ok(Step::Close),
            _ => Err(Disorder::OutOfOrder),
        }
    }

    fn of_a_mail(&mut self, agreed: Agreed, packet: &Packet) -> Result<Step, Disorder> {
        let mail = self.mail.as_mut().ok_or(Disorder::OutOfOrder)?;
        match packet.command {
            b'R' => {
                let texts = texts(&packet.data).ok_or(Disorder::Malformed)?;
                mail.recipient(texts.first().copied().unwrap_or_default());
                Ok(answered(agreed, Unanswered::Recipient))
            }
            b'L' => {
                // Both texts end in NUL; a value may hold anything but that.
                let texts = texts(&packet.data).ok_or(Disorder::Malformed)?;
                let [name, value] = texts[..] else { return Err(Disorder::Malformed) };
                let space: &[u8] = if agreed.has_leading_space() { b"" } else { b" " };
                mail.header(name, value, space);
                Ok(answered(agreed, Unanswered::Header))
            }
            b'N' => {
                mail.end_of_headers();
                Ok(answered(agreed, Unanswered::EndOfHeaders))
            }
            b'B' => {
                mail.body(&packet.data);
                Ok(if mail.is_full() && agreed.may_skip() { Step::Skip } else { Step::Continue })
            }
            _ => {
                mail.body(&packet.data);
                self.mail.take().map(Step::Look).ok_or(Disorder::OutOfOrder)
            }
        }
    }
}

const fn answered(agreed: Agreed, command: Unanswered) -> Step {
    if agreed.wants_answer(command) { Step::Continue } else { Step::Silence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(command: u8, data: &[u8]) -> Packet {
        Packet { command, data: data.to_vec() }
    }

    fn offer(protocol: u32) -> Packet {
        packet(OFFER, [6, 0x1ff, protocol].map(u32::to_be_bytes).as_flattened())
    }

    fn begun(protocol: u32) -> Session {
        let mut session = Session::new(1000, Budget::new(10_000));
        assert!(matches!(session.take(&offer(protocol)), Ok(Step::Agreed(_))));
        session
    }

    fn all(session: &mut Session, packets: &[(u8, &[u8])]) -> Vec<Step> {
        packets.iter().map(|(command, data)| session.take(&packet(*command, data)).unwrap()).collect()
    }

    const MAIL: [(u8, &[u8]); 6] = [
        (b'M', b"<eve@example.net>\0SIZE=1\0"),
        (b'R', b"<ada@example.com>\0ORCPT=x\0"),
        (b'L', b"Subject\0 Hi\0"),
        (b'N', b""),
        (b'B', b"one "),
        (b'E', b"two"),
    ];

    #[test]
    fn a_mail_is_collected_with_macros_in_between() {
        let mut session = begun(0x1f_ffff);
        for (command, data) in &MAIL[..5] {
            assert!(matches!(session.take(&packet(b'D', b"Mx\0y\0")), Ok(Step::Silence)));
            session.take(&packet(*command, data)).unwrap();
            assert!(session.is_busy());
        }
        let Ok(Step::Look(mut mail)) = session.take(&packet(b'E', b"two")) else { panic!() };
        let message = mail.collected().unwrap();
        assert_eq!(message.bytes, &b"Subject: Hi\r\n\r\none two"[..]);
        assert_eq!(message.recipients, ["<ada@example.com>"]);
        assert!(!session.is_busy());
    }

    #[test]
    fn what_was_agreed_on_decides_what_is_answered() {
        let answers = |protocol| {
            let steps = all(&mut begun(protocol), &MAIL);
            steps.iter().filter(|step| matches!(step, Step::Continue)).count()
        };
        assert_eq!(answers(0x1f_ffff), 1, "the piece of the body");
        assert_eq!(answers(0), 5, "an old mail server waits for each answer");
    }

    #[test]
    fn many_mails_come_on_one_connection_and_one_given_up_leaves_nothing() {
        let mut session = begun(0x1f_ffff);
        all(&mut session, &MAIL);
        all(&mut session, &MAIL[..4]);
        all(&mut session, &[(b'A', b"")]);
        assert!(!session.is_busy());
        all(&mut session, &MAIL[..2]);
        all(&mut session, &[(b'K', b""), (b'C', b"host\0U"), (b'H', b"host\0")]);
        let steps = all(&mut session, &MAIL);
        let Some(Step::Look(mut mail)) = steps.into_iter().last() else { panic!() };
        assert_eq!(mail.collected().unwrap().recipients.len(), 1);
    }

    #[test]
    fn nothing_is_taken_before_an_agreement_and_no_second_one_after_it() {
        for command in *b"CHMRLNBEDATUK" {
            let mut session = Session::new(1000, Budget::new(1000));
            assert_eq!(session.take(&packet(command, b"x\0")).unwrap_err(), Disorder::OutOfOrder);
        }
        assert_eq!(begun(0).take(&offer(0)).unwrap_err(), Disorder::OutOfOrder);
        let mut old = Session::new(1000, Budget::new(1000));
        let offer = packet(OFFER, [1, 0, 0].map(u32::to_be_bytes).as_flattened());
        assert_eq!(old.take(&offer).unwrap_err(), Disorder::NoAgreement);
    }

    #[test]
    fn parts_of_a_mail_without_its_beginning_are_refused() {
        for (command, data) in &MAIL[1..] {
            assert_eq!(begun(0).take(&packet(*command, data)).unwrap_err(), Disorder::OutOfOrder);
            let mut ended = begun(0);
            all(&mut ended, &MAIL);
            assert_eq!(ended.take(&packet(*command, data)).unwrap_err(), Disorder::OutOfOrder);
        }
    }

    #[test]
    fn unknown_letters_and_malformed_data_are_refused() {
        for command in (0..=u8::MAX).filter(|command| !b"CHMRLNBEDATUKQO".contains(command)) {
            assert_eq!(begun(0).take(&packet(command, b"")).unwrap_err(), Disorder::Unknown);
        }
        for (command, data) in [
            (b'R', &b""[..]),
            (b'R', b"<ada>"),
            (b'L', b""),
            (b'L', b"Subject\0"),
            (b'L', b"a\0b"),
            (b'L', b"a\0b\0c\0"),
        ] {
            let mut session = begun(0);
            all(&mut session, &MAIL[..1]);
            assert_eq!(session.take(&packet(command, data)).unwrap_err(), Disorder::Malformed);
        }
    }

    #[test]
    fn the_rest_of_a_long_body_is_skipped_where_that_was_agreed_on() {
        for (protocol, skips) in [(0x1f_ffff, true), (0, false)] {
            let mut session = begun(protocol);
            all(&mut session, &MAIL[..4]);
            let step = session.take(&packet(b'B', &[b'x'; 2000])).unwrap();
            assert_eq!(matches!(step, Step::Skip), skips);
        }
    }

    /// Whatever comes, in whatever order: it is followed or refused, and what is kept stays within its bounds.
    #[test]
    fn nothing_that_can_be_said_is_too_much() {
        const LETTERS: &[u8] = b"OMRLNBEADQKCHTU?";
        for seed in 0..3000u32 {
            let mut session = begun(if seed % 2 == 0 { 0x1f_ffff } else { 0 });
            for step in 0..40u32 {
                let bytes =
                    tandem_core::digest::Digest::of(&[seed.to_be_bytes(), step.to_be_bytes()].concat());
                let [letter, length, repeat, data @ ..] = bytes.as_bytes();
                // Sense is more likely than nonsense, or nothing would come of it.
                let letter = LETTERS[usize::from(*letter) % LETTERS.len()];
                let mut data = data[..usize::from(*length) % data.len()].repeat(usize::from(*repeat) % 9);
                if *repeat > 100 {
                    data =
                        [&b"a\0"[..], &data.iter().map(|byte| byte | 1).collect::<Vec<_>>(), b"\0"].concat();
                }
                match session.take(&packet(letter, &data)) {
                    Ok(Step::Look(mut mail)) => assert!(mail.collected().unwrap().bytes.len() <= 1000),
                    Ok(Step::Close) | Err(_) => break,
                    Ok(_) => {}
                }
            }
        }
    }
}
