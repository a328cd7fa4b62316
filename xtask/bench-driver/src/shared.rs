//! What do the connections to one server share? The server itself, and codes, tokens and people to take in turn.

use crate::assertion::Assertions;
use crate::target::Target;

/// What the connections share.
#[derive(Debug)]
pub struct Shared {
    /// The server.
    pub target: Target,
    /// Whether codes and tokens are put into the pools below.
    pub collecting: bool,
    /// Codes that nobody has decided.
    pub device_codes: Pool,
    /// Access tokens.
    pub access_tokens: Pool,
    /// How often the server asked for a nonce and the request was sent again.
    pub repeated: u64,
    /// The interval the server named, if it named one.
    pub interval: Option<u64>,
    /// Who may be asked.
    pub people: People,
    /// Assertions of the client that signs them.
    pub assertions: Assertions,
}

impl Shared {
    /// With empty pools.
    pub fn new(target: Target) -> Self {
        let (device_codes, access_tokens) = (Pool::default(), Pool::default());
        Self {
            target,
            collecting: false,
            device_codes,
            access_tokens,
            repeated: 0,
            interval: None,
            people: People::default(),
            assertions: Assertions::default(),
        }
    }
}

/// People with numbers for names, who are asked in turn: nobody twice before everybody once.
#[derive(Debug, Default)]
pub struct People {
    count: usize,
    next: usize,
}

impl People {
    /// So many.
    pub const fn of(count: usize) -> Self {
        Self { count, next: 0 }
    }

    /// Whose turn it is.
    pub fn next(&mut self) -> String {
        let number = self.next;
        self.next = if number + 1 < self.count { number + 1 } else { 0 };
        Self::name(number)
    }

    /// What the person with this number is called.
    pub fn name(number: usize) -> String {
        format!("user{number:05}")
    }
}

/// Values that are handed out in turn.
#[derive(Debug, Default)]
pub struct Pool {
    values: Vec<String>,
    cursor: usize,
}

impl Pool {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds one.
    pub fn push(&mut self, value: &str) {
        self.values.push(value.to_owned());
    }

    /// The next in turn; empty if there are none.
    pub fn next(&mut self) -> &str {
        self.cursor = if self.cursor + 1 < self.values.len() { self.cursor + 1 } else { 0 };
        self.values.get(self.cursor).map_or("", String::as_str)
    }
}
