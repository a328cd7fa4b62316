//! How fast does this core sign and verify ES256? What a ceiling is computed from, measured close in time to the run.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Operations that are timed together.
const BATCH: u32 = 50;
/// As long as the signed part of a small JWT.
const MESSAGE: [u8; 256] = [b'a'; 256];

/// The median time of each, in microseconds, after half of `seconds` for each.
pub fn run(seconds: Duration) -> Result<Value, String> {
    let failed = |error: aws_lc_rs::error::Unspecified| error.to_string();
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
    let signature = pair.sign(&random, &MESSAGE).map_err(failed)?;
    // With the key's parsing, as when a client's key is read from its registration.
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    let sign = micros(seconds / 2, || pair.sign(&random, &MESSAGE).map(drop))?;
    let verify = micros(seconds / 2, || key.verify(&MESSAGE, signature.as_ref()))?;
    Ok(json!({ "sign_us": sign, "verify_us": verify }))
}

fn micros<E: ToString>(
    window: Duration,
    mut operation: impl FnMut() -> Result<(), E>,
) -> Result<f64, String> {
    let begun = Instant::now();
    let mut batches = Vec::new();
    // The first one also fetches code and tables.
    while batches.len() < 3 || begun.elapsed() < window {
        let start = Instant::now();
        for _ in 0..BATCH {
            operation().map_err(|error| error.to_string())?;
        }
        batches.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH));
    }
    batches.sort_by(f64::total_cmp);
    batches.get(batches.len() / 2).copied().ok_or_else(|| "nothing was timed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifying_takes_longer_than_signing() {
        let found = run(Duration::from_millis(40)).unwrap();
        let (sign, verify) = (found["sign_us"].as_f64().unwrap(), found["verify_us"].as_f64().unwrap());
        assert!(sign > 1.0 && verify > sign, "{sign} {verify}");
    }

    #[test]
    fn a_failing_operation_is_told() {
        assert!(micros(Duration::ZERO, || Err("no")).is_err());
    }
}
