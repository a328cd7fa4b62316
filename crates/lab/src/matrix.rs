//! Which mitigation stops which exploit, and where? The marks as data, the measurement, and the page that shows both.

mod expected;
mod rendering;

pub use expected::{CELLS, Expected, HONEST_UNPLAYED, Mark};

use crate::outcome::{Ending, Played, Trouble};
use crate::plays::{Play, Scene, honest};
use crate::policies::Defence;
use crate::server::{Lab, Setup};
use std::path::Path;

/// Longer than any code or request lives: one play leaves nothing open for the next.
const BETWEEN: u64 = 3600;

/// Defences whose victims are not simply trusting, and behave so where there is nothing for them to notice. The question
/// itself (6.1.14) cannot be switched off.
const OWN_VICTIMS: [Defence; 2] = [Defence::UserEducation, Defence::BindingMessage];

/// One play against one defence.
#[derive(Debug)]
pub struct Cell {
    /// The play.
    pub play: Play,
    /// What was on.
    pub defence: Defence,
    /// What must become of it.
    pub expected: Expected,
    /// What did; nothing where it is not played.
    pub measured: Option<Played<Ending>>,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub struct Matrix {
    /// Each play with everything off.
    pub off: Vec<(Play, Played<Ending>)>,
    /// The same with the victims of a defence: it is the defence that makes the difference, and not who they are.
    pub off_with: Vec<(Play, Defence, Played<Ending>)>,
    /// Each play against each defence that matters.
    pub cells: Vec<Cell>,
    /// An honest sign-in under each defence.
    pub honest: Vec<(Defence, Played<Ending>)>,
}

impl Matrix {
    /// Plays everything, or one play, against servers of this program.
    pub fn measure(program: &Path, only: Option<Play>) -> Played<Self> {
        let mut labs = Vec::new();
        for setup in Setup::ALL {
            labs.push((setup, Lab::start(program, setup)?));
        }
        let scene = |defence: Defence, people: Defence| {
            let lab = labs.iter().find(|(setup, _)| *setup == defence.setup()).map(|(_, lab)| lab);
            let lab = lab.ok_or_else(|| Trouble::new("no server for this"))?;
            lab.advance(BETWEEN)?;
            Ok::<_, Trouble>(Scene { lab, defence, people })
        };
        let mut matrix = Self::default();
        for play in Play::ALL.into_iter().filter(|play| only.is_none_or(|only| only == *play)) {
            let off = scene(Defence::Off, Defence::Off).and_then(|scene| play.run(&scene));
            matrix.off.push((play, off));
            for (_, defence, expected) in CELLS.iter().filter(|(named, ..)| *named == play) {
                let played = !matches!(expected, Expected::NotApplicable(_));
                if played && OWN_VICTIMS.contains(defence) {
                    let off = scene(Defence::Off, *defence).and_then(|scene| play.run(&scene));
                    matrix.off_with.push((play, *defence, off));
                }
                let measured = played.then(|| scene(*defence, *defence).and_then(|scene| play.run(&scene)));
                matrix.cells.push(Cell { play, defence: *defence, expected: *expected, measured });
            }
        }
        if only.is_none() {
            let unplayed = |defence: &Defence| HONEST_UNPLAYED.iter().any(|(other, _)| other == defence);
            for defence in Defence::ALL.into_iter().filter(|defence| !unplayed(defence)) {
                matrix.honest.push((defence, scene(defence, defence).and_then(|scene| honest::play(&scene))));
            }
        }
        Ok(matrix)
    }

    /// What did not end as it must, in words.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for (play, measured) in &self.off {
            if !matches!(measured, Ok(Ending::Succeeded(_))) {
                failures.push(format!(
                    "{} with everything off: must succeed, {}",
                    play.as_str(),
                    told(measured)
                ));
            }
        }
        for (play, defence, measured) in &self.off_with {
            if !matches!(measured, Ok(Ending::Succeeded(_))) {
                let (play, defence) = (play.as_str(), defence.as_str());
                failures.push(format!(
                    "{play} with everything off and the victims of {defence}: must succeed, {}",
                    told(measured)
                ));
            }
        }
        for cell in &self.cells {
            if let Some(measured) = &cell.measured
                && !cell.expected.fits(measured)
            {
                let (play, defence) = (cell.play.as_str(), cell.defence.as_str());
                failures.push(format!(
                    "{play} against {defence}: {}, {}",
                    cell.expected.words(),
                    told(measured)
                ));
            }
        }
        for (defence, measured) in &self.honest {
            if !matches!(measured, Ok(Ending::Succeeded(_))) {
                failures.push(format!("an honest sign-in with {}: {}", defence.as_str(), told(measured)));
            }
        }
        failures
    }
}

fn told(measured: &Played<Ending>) -> String {
    match measured {
        Ok(ending) => ending.to_string(),
        Err(trouble) => format!("could not be played: {trouble}"),
    }
}

impl Expected {
    /// Whether a play ended so.
    pub fn fits(&self, measured: &Played<Ending>) -> bool {
        match (self, measured) {
            (Self::Stopped(Mark::Prevent | Mark::Disrupt, at), Ok(Ending::Ended(ended, _)))
            | (Self::Stopped(Mark::Recover, at), Ok(Ending::Undone(ended, _))) => at == ended,
            (Self::GetsThrough(_), Ok(Ending::Succeeded(_))) => true,
            _ => false,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Stopped(Mark::Recover, at) => format!("must be undone at {at}"),
            Self::Stopped(_, at) => format!("must end at {at}"),
            Self::GetsThrough(_) => "must get through".to_owned(),
            Self::NotApplicable(why) => (*why).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Checkpoint;
    use std::collections::BTreeSet;

    #[test]
    fn no_cell_is_said_twice_and_each_play_has_one_that_stops_it() {
        let cells: BTreeSet<_> = CELLS.iter().map(|(play, defence, _)| (*play, *defence)).collect();
        assert_eq!(cells.len(), CELLS.len());
        for play in Play::ALL {
            let own = || CELLS.iter().filter(|(other, ..)| *other == play);
            let stopped = own().any(|(.., expected)| matches!(expected, Expected::Stopped(..)));
            // This one is there to show what does not help.
            assert!(stopped || play == Play::B3Copied, "{play:?}");
        }
    }

    #[test]
    fn marks_mean_what_the_stages_say() {
        for (play, defence, expected) in CELLS {
            let Expected::Stopped(mark, at) = expected else { continue };
            let fits = match mark {
                Mark::Prevent => *at == Checkpoint::Initiate,
                Mark::Disrupt => *at < Checkpoint::Afterwards,
                Mark::Recover => *at >= Checkpoint::Redeem,
            };
            assert!(fits, "{play:?} {defence:?}");
        }
    }

    #[test]
    fn an_end_elsewhere_or_of_another_kind_does_not_fit() {
        let ended = |at| Ok(Ending::Ended(at, String::new()));
        let expected = Expected::Stopped(Mark::Disrupt, Checkpoint::Approve);
        assert!(expected.fits(&ended(Checkpoint::Approve)));
        assert!(!expected.fits(&ended(Checkpoint::Redeem)));
        assert!(!expected.fits(&Ok(Ending::Undone(Checkpoint::Approve, String::new()))));
        assert!(!expected.fits(&Ok(Ending::Succeeded(String::new()))));
        assert!(!expected.fits(&Err(Trouble::new("x"))));
        assert!(!Expected::GetsThrough("").fits(&ended(Checkpoint::Initiate)));
    }
}
