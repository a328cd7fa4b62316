//! How fast must Tandem be, and how fast would we like it to be? As ratios to the peer in memory.

/// What was set for a workload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Below it something is wrong.
    pub must: f64,
    /// What we aim at.
    pub goal: f64,
}

/// The share of its ceiling that a workload without a peer must reach.
pub const SHARE_OF_CEILING: f64 = 0.7;
/// What the server may take with all inboxes open, in MiB.
pub const INBOX_STREAMS_MIB: f64 = 200.0;

impl Target {
    /// Of this workload, by ratio of operations a second.
    pub fn of(workload: &str) -> Option<Self> {
        let (must, goal) = match workload {
            "device_authorization" => (6.5, 10.0),
            "pending_poll" => (7.0, 10.0),
            "device_flow" => (4.0, 5.5),
            // To Tandem itself under `baseline`.
            "device_flow_sensitive" => (0.8, 0.9),
            // To Tandem itself without revoked families.
            "introspection_revoked" => (0.9, 0.95),
            "ciba_flow" => (3.5, 5.0),
            "introspection" => (6.5, 9.0),
            "refresh" => (4.0, 5.0),
            "refresh_dpop" => (3.0, 4.0),
            _ => return None,
        };
        Some(Self { must, goal })
    }

    /// What a ratio means.
    pub fn verdict(self, ratio: f64) -> &'static str {
        if ratio >= self.goal {
            "goal reached"
        } else if ratio >= self.must {
            "must reached"
        } else {
            "MISSED"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_reached_or_missed() {
        let target = Target::of("ciba_flow").unwrap();
        assert_eq!((target.must, target.goal), (3.5, 5.0));
        for (ratio, verdict) in [(3.49, "MISSED"), (3.5, "must reached"), (5.0, "goal reached")] {
            assert_eq!(target.verdict(ratio), verdict);
        }
        assert_eq!(Target::of("discovery"), None);
    }
}
