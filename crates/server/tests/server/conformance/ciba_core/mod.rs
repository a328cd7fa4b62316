//! OpenID Connect Client-Initiated Backchannel Authentication Flow - Core 1.0, requirement by requirement.

mod login_hint_token;
mod section_10_2;
mod section_10_2_retries;
mod section_10_3_and_12;
mod section_11;
mod section_12;
mod section_4;
mod section_7_1;
mod section_7_1_1;
mod section_7_3_and_10_1;
