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
        let runs = self.tandem.iter().flatten();
        let shares = runs.filter_map(|run| Some(speed(run) / ceiling(run.ceiling.as_ref()?)));
        let mut shares = shares.peekable();
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
