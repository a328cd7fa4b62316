//! What came of the measurements: of a workload, and of a server beside its work?

use super::ceiling::Ceiling;
use super::driver::{InboxStreams, PendingCodes, Run};
use super::statistics::{Quartiles, median};
use super::targets::INBOX_STREAMS_MIB;

/// A workload's rounds.
pub struct Row {
    /// Its name.
    pub workload: String,
    /// How many rounds other programs disturbed.
    pub disturbed: usize,
    /// The peer's runs, a place a round.
    pub peer: Vec<Option<Run>>,
    /// Tandem's runs, a place a round.
    pub tandem: Vec<Option<Run>>,
    /// Whether the peer alone was measured.
    pub only_peer: bool,
}

/// What a server takes before and beside its work.
pub struct Footprint {
    /// Whose.
    pub name: &'static str,
    /// From start to first good answer, each start.
    pub ready_ms: Vec<f64>,
    /// Memory idle and with codes pending.
    pub codes: PendingCodes,
}

impl Row {
    /// The median of a value.
    pub fn of<'a>(runs: &'a [Option<Run>], value: impl Fn(&Run) -> f64 + 'a) -> f64 {
        median(runs.iter().flatten().map(value))
    }

    /// Tandem to the peer, round by round.
    pub fn ratio(&self, value: impl Fn(&Run) -> f64) -> Quartiles {
        let rounds = self.tandem.iter().zip(&self.peer).filter_map(|(tandem, peer)| {
            let (tandem, peer) = (value(tandem.as_ref()?), value(peer.as_ref()?));
            (peer > 0.0).then(|| tandem / peer)
        });
        Quartiles::of(rounds)
    }

    /// Tandem's share of what one core could do at best, at this speed and by that ceiling; nothing where there is none.
    pub fn share(&self, speed: impl Fn(&Run) -> f64, ceiling: impl Fn(&Ceiling) -> f64) -> Option<Quartiles> {
        self.shares(|run| Some(speed(run) / ceiling(run.ceiling.as_ref()?)))
    }

    /// Tandem's share of what a server does that does nothing else, run by run; nothing where there is none.
    pub fn share_of_floor(&self, value: impl Fn(&Run) -> f64) -> Option<Quartiles> {
        self.shares(|run| Some(value(run) / value(run.floor.as_ref()?)))
    }

    /// The share of the ceiling that this server reaches itself.
    pub fn floors_share(&self, speed: impl Fn(&Run) -> f64) -> Option<Quartiles> {
        self.shares(|run| Some(speed(run.floor.as_ref()?) / run.ceiling.as_ref()?.listed.appended))
    }

    fn shares(&self, share: impl Fn(&Run) -> Option<f64>) -> Option<Quartiles> {
        let mut shares = self.tandem.iter().flatten().filter_map(share).peekable();
        shares.peek().is_some().then(|| Quartiles::of(shares))
    }

    /// Whether both were measured.
    pub fn compared(&self) -> bool {
        self.peer.iter().zip(&self.tandem).any(|(peer, tandem)| peer.is_some() && tandem.is_some())
    }
}

impl Footprint {
    /// Memory of a pending code.
    pub fn bytes_per_code(&self) -> f64 {
        (self.codes.after_mib - self.codes.before_mib) * 1024.0 * 1024.0 / self.codes.codes
    }
}

impl InboxStreams {
    /// Whether the server took no more memory than it may.
    pub fn fits(&self) -> bool {
        self.after_mib <= INBOX_STREAMS_MIB
    }
}
