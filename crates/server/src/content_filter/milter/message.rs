//! What is collected of a mail until all of it is here?

use super::super::recipients::LONGEST;
use super::super::worker::Kind;
use super::super::{Asker, Cut, Message};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The header in which mail is marked.
pub const MARK: &str = "X-Tandem-Content-Filter";
/// Recipients of one mail that are kept; beyond them every threshold is long reached.
const MOST_RECIPIENTS: usize = 2000;

/// The memory that all mails under way may take together.
#[derive(Debug, Clone)]
pub struct Budget {
    left: Arc<AtomicU64>,
}

impl Budget {
    /// So many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(bytes)) }
    }

    fn take(&self, bytes: u64) -> bool {
        self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

/// Whether a mail can still be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
    /// There was no memory for it.
    Nothing,
}

/// A mail under way.
#[derive(Debug)]
pub struct Mail {
    bytes: Vec<u8>,
    most: usize,
    taken: u64,
    budget: Budget,
    kept: Kept,
    recipients: Vec<String>,
    forged: u32,
}

/// No memory is left for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

impl Mail {
    /// A mail of which at most so many bytes are kept.
    pub const fn new(most: usize, budget: Budget) -> Self {
        Self {
            bytes: Vec::new(),
            most,
            taken: 0,
            budget,
            kept: Kept::Whole,
            recipients: Vec::new(),
            forged: 0,
        }
    }

    /// Notes a recipient, as `RCPT TO` named it.
    pub fn recipient(&mut self, address: &[u8]) {
        let address = address.get(..LONGEST).unwrap_or(address);
        if self.recipients.len() < MOST_RECIPIENTS && self.pay(address.len()) {
            self.recipients.push(String::from_utf8_lossy(address).into_owned());
        }
    }

    /// Notes a header. One that looks like our mark came from outside, and is no part of what is looked at.
    pub fn header(&mut self, name: &[u8], value: &[u8], space: &[u8]) {
        // Mail servers let blanks stand before the colon, and find such a header by its name all the same.
        if name.trim_ascii().eq_ignore_ascii_case(MARK.as_bytes()) {
            self.forged = self.forged.saturating_add(1);
            return;
        }
        for part in [name, b":", space, value, b"\r\n"] {
            self.push(part);
        }
    }

    /// Notes the end of the headers.
    pub fn end_of_headers(&mut self) {
        self.push(b"\r\n");
    }

    /// Notes a piece of the body.
    pub fn body(&mut self, piece: &[u8]) {
        self.push(piece);
    }

    /// Whether more of it would be of no use.
    pub fn is_full(&self) -> bool {
        self.kept != Kept::Whole
    }

    /// How many headers with our mark came from outside.
    pub const fn forged(&self) -> u32 {
        self.forged
    }

    /// What is to be looked at.
    pub fn collected(&mut self) -> Result<Message, NoMemory> {
        let cut = match self.kept {
            Kept::Whole => Cut::Whole,
            Kept::Beginning => Cut::AtLimit,
            Kept::Nothing => return Err(NoMemory),
        };
        let bytes = std::mem::take(&mut self.bytes).into();
        let recipients = std::mem::take(&mut self.recipients);
        Ok(Message { kind: Kind::Mail, bytes, cut, recipients, asker: Asker::MailServer })
    }

    /// Takes memory for so many bytes; without it nothing is kept of the mail.
    fn pay(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let paid = self.budget.take(bytes);
        if paid {
            self.taken += bytes;
        } else {
            self.kept = Kept::Nothing;
            self.bytes = Vec::new();
        }
        paid
    }

    fn push(&mut self, part: &[u8]) {
        if self.kept != Kept::Whole {
            return;
        }
        let room = self.most.saturating_sub(self.bytes.len());
        let fits = part.get(..room).unwrap_or(part);
        if !self.pay(fits.len()) {
            return;
        }
        self.bytes.extend_from_slice(fits);
        if fits.len() < part.len() {
            self.kept = Kept::Beginning;
        }
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.taken, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(most: usize) -> Mail {
        Mail::new(most, Budget::new(1000))
    }

    #[test]
    fn a_mail_is_put_together_as_it_was() {
        let mut mail = mail(1000);
        mail.header(b"Subject", b" Hi", b"");
        mail.header(b"To", b"ada@example.com", b" ");
        mail.end_of_headers();
        mail.body(b"Hel");
        mail.body(b"lo\r\n");
        mail.recipient(b"<ada@example.com>");
        let message = mail.collected().unwrap();
        assert_eq!(message.bytes, &b"Subject: Hi\r\nTo: ada@example.com\r\n\r\nHello\r\n"[..]);
        assert_eq!((message.cut, message.recipients), (Cut::Whole, vec!["<ada@example.com>".to_owned()]));
    }

    #[test]
    fn marks_from_outside_are_counted_and_left_out() {
        let mut mail = mail(1000);
        mail.header(b"x-tandem-content-filter", b" allow", b"");
        mail.header(b"X-Tandem-Content-Filter", b" allow", b"");
        mail.header(b"X-Tandem-Content-Filter \t", b" allow", b"");
        mail.header(b"X-Tandem-Content-Filter-2", b" x", b"");
        assert_eq!(mail.forged(), 3);
        assert_eq!(mail.collected().unwrap().bytes, &b"X-Tandem-Content-Filter-2: x\r\n"[..]);
    }

    #[test]
    fn a_long_mail_is_cut_and_says_so() {
        let mut mail = mail(10);
        mail.body(b"0123456789");
        assert!(!mail.is_full());
        mail.body(b"x");
        assert!(mail.is_full());
        mail.body(b"y");
        let message = mail.collected().unwrap();
        assert_eq!((&message.bytes[..], message.cut), (&b"0123456789"[..], Cut::AtLimit));
    }

    #[test]
    fn all_mails_together_have_an_end_and_memory_comes_back() {
        let budget = Budget::new(100);
        let mut one = Mail::new(1000, budget.clone());
        one.body(&[b'x'; 80]);
        let mut two = Mail::new(1000, budget.clone());
        two.body(&[b'x'; 20]);
        two.body(b"x");
        assert!(two.is_full());
        assert_eq!(two.collected().unwrap_err(), NoMemory);
        assert!(one.collected().is_ok());
        drop((one, two));
        assert!(budget.take(100));
        assert!(!budget.take(1));
    }

    #[test]
    fn recipients_have_an_end() {
        let mut mail = Mail::new(10, Budget::new(1_000_000));
        (0..5000).for_each(|_| mail.recipient(b"<x@example.com>"));
        assert_eq!(mail.collected().unwrap().recipients.len(), MOST_RECIPIENTS);
    }

    /// A recipient of a megabyte, two thousand times, is no way to all of the server's memory.
    #[test]
    fn recipients_take_of_the_memory_of_all_mails() {
        let budget = Budget::new(1200);
        let mut mail = Mail::new(1000, budget.clone());
        (0..2).for_each(|_| mail.recipient(&vec![b'x'; 1_000_000]));
        assert!(mail.recipients.iter().all(|recipient| recipient.len() <= LONGEST));
        (0..100).for_each(|_| mail.recipient(&vec![b'x'; 1_000_000]));
        assert_eq!(mail.recipients.len(), 2);
        assert_eq!(mail.collected().unwrap_err(), NoMemory);
        drop(mail);
        assert!(budget.take(1200), "and it comes back");
    }
}
