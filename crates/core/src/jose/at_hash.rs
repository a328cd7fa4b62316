//! How does an ID token name the access token issued beside it? By the left half of its hash.

use super::Algorithm;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The `at_hash` of an access token (OpenID Connect Core 3.1.3.6); `algorithm` is the ID token's. The same
/// rule makes `c_hash` and `urn:openid:params:jwt:claim:rt_hash`. Ed25519 hashes with SHA-512, as it does
/// inside.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 => &digest::SHA256,
        Algorithm::EdDSA => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_left_half_of_the_hash() {
        // FIPS 180-2 test message "abc", first 16 and 32 bytes of its digests.
        assert_eq!(at_hash(Algorithm::ES256, "abc"), "ungWv48Bz-pBQUDeXa4iIw");
        assert_eq!(at_hash(Algorithm::PS256, "abc"), at_hash(Algorithm::RS256, "abc"));
        assert_eq!(at_hash(Algorithm::EdDSA, "abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    }
}
