//! What may a program ask for on its own account? (RFC 6749 section 4.4)
//!
//! These names are the server's own. A person is never asked for them, and no token that a person granted has one.

use super::scope::Scope;

/// Reading the streams and events of shared signals.
pub const SSF_READ: &str = "ssf.read";
/// Making, changing and ending streams of shared signals.
pub const SSF_MANAGE: &str = "ssf.manage";
/// Having messages looked at by the content filter.
pub const CONTENT_FILTER_SCAN: &str = "content_filter.scan";
/// Reading the patterns that other filters may use.
pub const CONTENT_FILTER_PATTERNS: &str = "content_filter.patterns";
/// Reading incidents.
pub const INCIDENTS_READ: &str = "incidents.read";
/// Opening, containing and closing incidents.
pub const INCIDENTS_MANAGE: &str = "incidents.manage";

/// All of them. Their order is that of the bits in a sealed service token: add new ones at the end.
pub const ALL: [&str; 6] =
    [SSF_READ, SSF_MANAGE, CONTENT_FILTER_SCAN, CONTENT_FILTER_PATTERNS, INCIDENTS_READ, INCIDENTS_MANAGE];

/// Whether this name is one of them.
pub fn is_service_scope(name: &str) -> bool {
    ALL.contains(&name)
}

/// The bits of the service scopes in `scope`.
pub(super) fn mask_of(scope: &Scope) -> u16 {
    ALL.iter().zip(0..).filter(|(name, _)| scope.contains(name)).fold(0, |mask, (_, bit)| mask | 1 << bit)
}

/// The service scopes whose bit is set; bits without a name say nothing.
pub(super) fn masked(mask: u16) -> Scope {
    let names: Vec<&str> =
        ALL.into_iter().zip(0..).filter(|(_, bit)| mask & (1u16 << bit) != 0).map(|(name, _)| name).collect();
    Scope::parse(&names.join(" ")).unwrap_or_else(|_| Scope::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_name_service_scopes_only() {
        let scope = Scope::parse("incidents.read openid ssf.read").unwrap();
        assert_eq!(mask_of(&scope), 0b1_0001);
        assert_eq!(masked(0b1_0001).as_str(), "ssf.read incidents.read");
        assert_eq!(masked(0b1100_0000), Scope::empty());
        for (bit, name) in ALL.into_iter().enumerate() {
            assert_eq!(masked(1 << bit).as_str(), name);
        }
    }
}
