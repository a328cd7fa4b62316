//! What does the BCP say of choosing a protocol, and of proving one? (sections 6.2 and 6.3)

use super::super::level::{Level, Who};
use super::statement::{Statement, of};

/// In the order of the BCP.
pub(super) const STATEMENTS: [Statement; 5] = [
    of(
        "R6.18",
        "6.2.1.5",
        Level::None,
        "The device grant is used only where nothing better is viable, not for sensitive resources, and always with proximity or registered devices.",
        &[Who::Operator],
    ),
    of(
        "R6.19",
        "6.2.2.5",
        Level::None,
        "CIBA takes the place of the device grant where the person can be named and reached.",
        &[Who::Operator],
    ),
    of(
        "R6.20",
        "6.2.3.5",
        Level::Should,
        "FIDO cross-device authentication is used wherever the devices can, with the authorization code and PKCE for authorization.",
        &[Who::Server, Who::Operator],
    ),
    of(
        "R6.21",
        "6.2.4",
        Level::Should,
        "With CIBA, proximity and trusted devices or networks are considered.",
        &[Who::Operator],
    ),
    of("R6.22", "6.3", Level::None, "Formal analysis is used to find and exclude attacks.", &[Who::Model]),
];
