//! What happens when somebody attacks? The exploits of BCP section 4.3 as plays, against a real server.
//!
//! An attacker, victims and bystanders are separate actors: each machine has its own loopback address, which the server
//! sees as its peer and compares like any other address; each browser has its own cookies, each device its own keys. The
//! server is a process of its own, the same as `tandem serve` but for its clock, which the plays move: nobody sleeps.
//!
//! Mail goes through a gateway that has it looked at, where that is the defence; an operator and a receiver of shared signals
//! are there for what comes after a success ([`plays`], `aftermath.rs`).
//!
//! Every play is run with all mitigations off, where it must succeed, and with each that matters switched on alone, where
//! it must end at the stage that [`matrix`] says. What must *not* stop it is asserted too: a mitigation that seems to help
//! against everything is one whose test is wrong. Last, the same person signs in on their own device under the same
//! policy ([`plays::honest`]): a server that refuses everybody stops every attack.
//!
//! ```text
//! cargo test -p tandem-lab                       run all plays, compare with docs/attacks.md
//! UPDATE_ATTACKS=1 cargo test -p tandem-lab      write docs/attacks.md anew
//! cargo run -p tandem-lab -- --play B1           one play, with its matrix on standard output
//! ```
//!
//! # How to add a play
//!
//! 1. Write `plays/<name>.rs`: a function of [`plays::Scene`] that returns an [`outcome::Ending`]. It asks the actors to do
//!    things; it never looks into the server. Where a demand of the policy can be met by an attacker, the attacker meets
//!    it: a play that gives up too soon proves nothing.
//! 2. Name it in [`plays::Play`], and call it in `plays::Play::run`.
//! 3. Say in [`matrix`] how it must end under which [`policies::Defence`], or why that is not looked at.
//! 4. Run the tests with `UPDATE_ATTACKS=1` and read what changed in `docs/attacks.md`.
//!
//! Other addresses than 127.0.0.1 are there by themselves on Linux only.

pub mod actors;
pub mod http;
pub mod matrix;
pub mod outcome;
pub mod page;
pub mod places;
pub mod plays;
pub mod policies;
pub mod server;
pub mod toml;
