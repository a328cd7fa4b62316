//! OpenID Connect Client-Initiated Backchannel Authentication Flow - Core 1.0, requirement by requirement.

mod section_11;
mod section_7_1;
mod section_7_3_and_10_1;
