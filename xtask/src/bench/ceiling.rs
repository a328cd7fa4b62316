//! How fast could one core do it at best? The sum of what an operation cannot do without, at this core's own speed.
//!
//! The unit costs were measured once on one machine, where an ES256 signature took 20 µs. Signature and verification
//! are measured anew before each run, and the rest is scaled by how long a signature takes here.

/// What a signature took where the other unit costs were measured, in microseconds.
const SIGN_THERE: f64 = 20.0;
/// An HTTP POST and its answer.
const POST: f64 = 7.7;
/// To make a token and its digest.
const TOKEN: f64 = 0.6;
/// SHA-256 of something short.
const HASH: f64 = 0.08;
/// A durable row in a commit of 32, at the end of a table.
const APPENDED_ROW: f64 = 1.3;
/// The same with a random key.
const KEYED_ROW: f64 = 7.5;

/// What this core needs, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Primitives {
    /// An ES256 signature.
    pub sign_us: f64,
    /// Its verification, with the parsing of the key.
    pub verify_us: f64,
}

/// Operations a second that one core could do at best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceiling {
    /// What it was computed from.
    pub primitives: Primitives,
    /// If each durable row is appended: what a journal can reach.
    pub appended: f64,
    /// If each has a key of its own.
    pub keyed: f64,
}

impl Primitives {
    /// A backchannel flow whose client signs an assertion for each of its two requests: 3 requests, 1 signature, 5
    /// tokens, 3 rows, 2 digests, 2 verifications.
    pub fn ciba_flow_private_key_jwt(self) -> Ceiling {
        let scale = self.sign_us / SIGN_THERE;
        let fixed = (3.0 * POST + 5.0 * TOKEN + 2.0 * HASH) * scale + self.sign_us + 2.0 * self.verify_us;
        let with = |row: f64| 1e6 / (3.0 * row).mul_add(scale, fixed);
        Ceiling { primitives: self, appended: with(APPENDED_ROW), keyed: with(KEYED_ROW) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_of_the_machine_where_the_unit_costs_come_from() {
        let ceiling = Primitives { sign_us: 20.0, verify_us: 66.0 }.ciba_flow_private_key_jwt();
        assert!((ceiling.keyed - 4_989.0).abs() < 30.0, "{ceiling:?}");
        assert!((ceiling.appended - 5_500.0).abs() < 30.0, "{ceiling:?}");
        let twice = Primitives { sign_us: 40.0, verify_us: 132.0 }.ciba_flow_private_key_jwt();
        assert!(
            (twice.appended * 2.0 - ceiling.appended).abs() < 0.1,
            "half as fast a core, half the ceiling"
        );
    }
}
