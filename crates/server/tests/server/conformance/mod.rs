//! A named test for each requirement.

mod ciba_core;
mod rfc8628;
