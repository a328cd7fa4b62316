//! A named test for each requirement.

mod rfc8628;
