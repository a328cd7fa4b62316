//! How fast could one core do it at best? The sum of what an operation cannot do without, each part measured on this core.
//!
//! Machines differ in more than speed, and one that is shared changes from minute to minute: what a request or a row costs
//! cannot be told from what a signature takes. So all of it is measured right before each run.

/// What this core needs for each part, in microseconds of its time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Primitives {
    /// An HTTP POST and its answer, by a server that reads a form and writes JSON, and does nothing else.
    pub post_us: f64,
    /// To make a token and its digest.
    pub token_us: f64,
    /// SHA-256 of something short.
    pub hash_us: f64,
    /// A durable row in a commit of 32, at the end of a table.
    pub appended_row_us: f64,
    /// The same with a random key.
    pub keyed_row_us: f64,
    /// An ES256 signature.
    pub sign_us: f64,
    /// Its verification.
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
        let fixed = 3.0 * self.post_us
            + 5.0 * self.token_us
            + 2.0 * self.hash_us
            + self.sign_us
            + 2.0 * self.verify_us;
        let with = |row: f64| 1e6 / 3.0_f64.mul_add(row, fixed);
        Ceiling { primitives: self, appended: with(self.appended_row_us), keyed: with(self.keyed_row_us) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_is_what_the_parts_leave() {
        let primitives = Primitives {
            post_us: 7.7,
            token_us: 0.6,
            hash_us: 0.08,
            appended_row_us: 1.3,
            keyed_row_us: 7.5,
            sign_us: 20.0,
            verify_us: 66.0,
        };
        let ceiling = primitives.ciba_flow_private_key_jwt();
        assert!((ceiling.keyed - 4_989.0).abs() < 30.0, "{ceiling:?}");
        assert!((ceiling.appended - 5_500.0).abs() < 30.0, "{ceiling:?}");
    }
}
