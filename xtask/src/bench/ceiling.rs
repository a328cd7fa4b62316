//! How fast could one core do it at best? The sum of what an operation cannot do without.
//!
//! There are two sums. The one that counts takes what a request, a token and a row cost on one machine once, scaled by how
//! long a signature takes here. Beside it stands one of parts that are all measured on this core right before each run, since
//! machines differ in more than speed, and one that is shared changes from minute to minute.

/// The parts where they were measured once, in microseconds. Signature and verification are always measured here.
const LISTED: Primitives = Primitives {
    post_us: 7.7,
    token_us: 0.6,
    hash_us: 0.08,
    appended_row_us: 1.3,
    keyed_row_us: 7.5,
    sign_us: 20.0,
    verify_us: 66.0,
};

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Best {
    /// If each durable row is appended: what a journal can reach.
    pub appended: f64,
    /// If each has a key of its own.
    pub keyed: f64,
}

/// What one core could do at best.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ceiling {
    /// What it was computed from.
    pub primitives: Primitives,
    /// By the listed parts, scaled: what Tandem is held against.
    pub listed: Best,
    /// By the parts as they are here.
    pub measured: Best,
}

impl Primitives {
    /// A backchannel flow whose client signs an assertion for each of its two requests: 3 requests, 1 signature, 5
    /// tokens, 3 rows, 2 digests, 2 verifications.
    pub fn ciba_flow_private_key_jwt(self) -> Ceiling {
        Ceiling { primitives: self, listed: self.scaled().best(), measured: self.best() }
    }

    /// The listed parts at this core's speed, as far as a signature tells it.
    fn scaled(self) -> Self {
        let scale = self.sign_us / LISTED.sign_us;
        Self {
            post_us: LISTED.post_us * scale,
            token_us: LISTED.token_us * scale,
            hash_us: LISTED.hash_us * scale,
            appended_row_us: LISTED.appended_row_us * scale,
            keyed_row_us: LISTED.keyed_row_us * scale,
            ..self
        }
    }

    fn best(self) -> Best {
        let fixed = 3.0 * self.post_us
            + 5.0 * self.token_us
            + 2.0 * self.hash_us
            + self.sign_us
            + 2.0 * self.verify_us;
        let with = |row: f64| 1e6 / 3.0_f64.mul_add(row, fixed);
        Best { appended: with(self.appended_row_us), keyed: with(self.keyed_row_us) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_of_the_machine_where_the_unit_costs_come_from() {
        let ceiling = LISTED.ciba_flow_private_key_jwt();
        assert_eq!(ceiling.listed, ceiling.measured);
        assert!((ceiling.listed.keyed - 4_989.0).abs() < 30.0, "{ceiling:?}");
        assert!((ceiling.listed.appended - 5_500.0).abs() < 30.0, "{ceiling:?}");
        let twice = Primitives { sign_us: 40.0, verify_us: 132.0, ..LISTED }.ciba_flow_private_key_jwt();
        assert!(
            (twice.listed.appended * 2.0 - ceiling.listed.appended).abs() < 0.1,
            "half as fast a core, half the ceiling"
        );
    }

    #[test]
    fn what_is_measured_here_is_a_sum_of_its_own() {
        let here = Primitives { post_us: 17.7, keyed_row_us: 17.5, ..LISTED };
        let (there, here) = (LISTED.ciba_flow_private_key_jwt(), here.ciba_flow_private_key_jwt());
        assert_eq!(here.listed, there.listed, "a signature takes as long");
        let longer = 1e6 / here.measured.keyed - 1e6 / there.measured.keyed;
        assert!((longer - 60.0).abs() < 0.001, "three requests and three rows: {longer}");
    }
}
