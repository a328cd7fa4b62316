//! OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, with the FAPI-CIBA profile.
//! Pattern: Backchannel-Transferred Session (BCP 3.1.2).
//!
//! 1. The client asks at the backchannel authentication endpoint, in a form or in a signed JWT (section 7.1):
//!    [`parameters`], [`signed_request`], [`request`], [`binding_message`].
//! 2. The person is found by exactly one hint: a name, a token of an issuer whom the operator trusts
//!    ([`login_hint_token`]), or an ID token of ours ([`id_token_hint`]).
//! 3. The client gets an `auth_req_id` (section 7.3), [`response`], or learns why not (section 13), [`refusal`].
//! 4. The person is notified, [`notice`], signs in, compares and answers: the server's `ciba/` and `notifications/`.
//! 5. The client collects: it polls (sections 10.1 and 11), [`poll`]; or it is told, or given the tokens, at its
//!    notification endpoint (sections 10.2, 10.3 and 12), [`callback`].

pub mod binding_message;
pub mod callback;
pub mod id_token_hint;
pub mod login_hint_token;
pub mod notice;
pub mod parameters;
pub mod poll;
pub mod refusal;
pub mod request;
pub mod response;
pub mod signed_request;
