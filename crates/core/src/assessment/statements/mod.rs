//! Which statements does the BCP make that a server, its pages, its clients or its operator can meet or break?
//!
//! In our words and with our numbers, which tests, pages and documents cite. `docs/bcp.md` says how each is met.

mod mitigations;
mod protocols;
mod risks;
mod statement;

pub use statement::Statement;

use super::level::Level;

/// All of them, in the order of the BCP.
pub static STATEMENTS: [Statement; 60] =
    joined(&[&risks::STATEMENTS, &mitigations::STATEMENTS, &protocols::STATEMENTS]);

/// The statement with this number.
pub fn statement(id: &str) -> Option<&'static Statement> {
    STATEMENTS.iter().find(|statement| statement.id == id)
}

/// The parts one after the other. Parts that do not fill the whole exactly do not compile.
const fn joined<const N: usize>(parts: &[&[Statement]]) -> [Statement; N] {
    const BLANK: Statement = statement::of("", "", Level::None, "", &[]);
    let mut all = [BLANK; N];
    let mut free = all.as_mut_slice();
    let mut parts = parts;
    while let [part, others @ ..] = parts {
        let (here, rest) = free.split_at_mut(part.len());
        here.copy_from_slice(part);
        (free, parts) = (rest, others);
    }
    assert!(free.is_empty());
    all
}
