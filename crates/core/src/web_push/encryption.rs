//! How is a message sealed for one browser? RFC 8291 on the `aes128gcm` coding of RFC 8188, in one record.

use super::Subscription;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use std::fmt;
use zeroize::Zeroizing;

/// The longest payload, in octets: with header, delimiter and tag that makes the 4096 which every push service
/// takes (RFC 8291 section 4).
pub const MAX_PAYLOAD: usize = 3993;

/// The record size in the header. One record of ours never fills it.
const RECORD_SIZE: u32 = 4096;
/// What stands after the last octet of the last record's text (RFC 8188 section 2); padding follows as zeros.
const LAST_RECORD: u8 = 2;
const TAG: usize = 16;

/// The sender's key pair for one message (RFC 8291 section 3.1). It must never be used for another.
pub struct SenderKey {
    private: PrivateKey,
    public: [u8; 65],
}

/// Why a message was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The bytes are no private key of P-256: zero, or not below the order. One draw in four billion is so.
    #[error("the random bytes are no private key")]
    SenderKey,
    /// The payload is longer than what it shall be padded to, or that is longer than [`MAX_PAYLOAD`].
    #[error("the payload is too long")]
    TooLong,
    /// The library refused.
    #[error("the message could not be sealed")]
    Failed,
}

impl From<Unspecified> for EncryptionError {
    fn from(_: Unspecified) -> Self {
        Self::Failed
    }
}

impl SenderKey {
    /// The key pair with this private key, which must be fresh random bytes.
    pub fn from_private_key(bytes: &[u8; 32]) -> Result<Self, EncryptionError> {
        let private =
            PrivateKey::from_private_key(&ECDH_P256, bytes).map_err(|_| EncryptionError::SenderKey)?;
        let public = private.compute_public_key()?;
        let public = public.as_ref().try_into().map_err(|_| EncryptionError::Failed)?;
        Ok(Self { private, public })
    }
}

impl fmt::Debug for SenderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SenderKey(..)")
    }
}

/// Seals `payload` for the subscription: the body of a push request. All payloads that are padded to the same number
/// of octets give bodies of the same length.
///
/// `sender` and `salt` are fresh for each message: the same two with another payload would give both away.
pub fn encrypt(
    subscription: &Subscription,
    payload: &[u8],
    sender: SenderKey,
    salt: &[u8; 16],
    padded_to: usize,
) -> Result<Vec<u8>, EncryptionError> {
    if payload.len() > padded_to || padded_to > MAX_PAYLOAD {
        return Err(EncryptionError::TooLong);
    }
    let SenderKey { private, public } = sender;
    let (key, nonce) = content_key(subscription, &private, &public, salt)?;
    let mut record = Vec::with_capacity(padded_to + 1 + TAG);
    record.extend_from_slice(payload);
    record.push(LAST_RECORD);
    record.resize(padded_to + 1, 0);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    let mut body = Vec::with_capacity(16 + 4 + 1 + public.len() + record.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
    body.push(u8::try_from(public.len()).map_err(|_| EncryptionError::Failed)?);
    body.extend_from_slice(&public);
    body.extend_from_slice(&record);
    Ok(body)
}

/// The key and nonce of the only record (RFC 8291 section 3.4).
fn content_key(
    subscription: &Subscription,
    private: &PrivateKey,
    public: &[u8; 65],
    salt: &[u8; 16],
) -> Result<(LessSafeKey, Nonce), EncryptionError> {
    let receiver = UnparsedPublicKey::new(&ECDH_P256, subscription.p256dh());
    let input: Zeroizing<[u8; 32]> =
        agreement::agree(private, receiver, EncryptionError::Failed, |shared| {
            let extracted = Salt::new(HKDF_SHA256, subscription.auth()).extract(shared);
            expand(&extracted, &[b"WebPush: info\0", subscription.p256dh(), public])
        })?;
    let extracted = Salt::new(HKDF_SHA256, salt).extract(input.as_slice());
    let key: Zeroizing<[u8; 16]> = expand(&extracted, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: Zeroizing<[u8; 12]> = expand(&extracted, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key.as_slice())?);
    Ok((key, Nonce::assume_unique_for_key(*nonce)))
}

fn expand<const N: usize>(from: &Prk, info: &[&[u8]]) -> Result<Zeroizing<[u8; N]>, EncryptionError> {
    let mut octets = Zeroizing::new([0; N]);
    from.expand(info, Octets(N))?.fill(octets.as_mut_slice())?;
    Ok(octets)
}

/// How many octets HKDF shall give.
struct Octets(usize);

impl KeyType for Octets {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hmac;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    // RFC 8291 appendix A.
    const PLAINTEXT: &[u8] = b"When I grow up, I want to be a watermelon";
    const SENDER: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const RECEIVER: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
    const HEADER: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
    const CIPHERTEXT: &str = "8pfeW0KbunFT06SuDKoJH9Ql87S1QUrdirN6GcG7sFz1y1sqLgVi1VhjVkHsUoEsbI_0LpXMuGvnzQ";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    fn subscription() -> Subscription {
        Subscription::parse("https://push.example.net/push/JzLQ3raZ", P256DH, AUTH).unwrap()
    }

    fn sealed(payload: &[u8], padded_to: usize) -> Result<Vec<u8>, EncryptionError> {
        let sender = SenderKey::from_private_key(&bytes(SENDER))?;
        encrypt(&subscription(), payload, sender, &bytes(SALT), padded_to)
    }

    /// One block of HKDF, of HMAC alone, so that the key schedule is not checked against itself.
    fn hkdf(salt: &[u8], secret: &[u8], info: &[u8]) -> Vec<u8> {
        let mac = |key: &[u8], text: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
        };
        mac(&mac(salt, secret), &[info, &[1]].concat())
    }

    /// What the browser does: the text with its delimiter and padding.
    fn opened(body: &[u8], auth: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!((size, rest[0]), (&[0, 0, 16, 0][..], 65));
        let (sender, record) = rest[1..].split_at(65);
        let private = PrivateKey::from_private_key(&ECDH_P256, &bytes::<32>(RECEIVER)).unwrap();
        let sender_key = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared = agreement::agree(&private, sender_key, (), |shared| Ok(shared.to_vec())).unwrap();
        let info = [b"WebPush: info\0", &bytes::<65>(P256DH)[..], sender].concat();
        let input = hkdf(auth, &shared, &info);
        let key = hkdf(salt, &input, b"Content-Encoding: aes128gcm\0");
        let nonce = hkdf(salt, &input, b"Content-Encoding: nonce\0");
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
        let mut record = record.to_vec();
        Some(key.open_in_place(nonce, Aad::empty(), &mut record).ok()?.to_vec())
    }

    #[test]
    fn appendix_a_comes_out_exactly() {
        let body = sealed(PLAINTEXT, PLAINTEXT.len()).unwrap();
        let expected = [bytes::<86>(HEADER).to_vec(), bytes::<58>(CIPHERTEXT).to_vec()].concat();
        assert_eq!(body, expected);
    }

    #[test]
    fn every_length_opens_again_and_looks_the_same() {
        for length in [0, 1, 41, 2_047, 2_048] {
            let payload = vec![b'x'; length];
            let body = sealed(&payload, 2_048).unwrap();
            assert_eq!(body.len(), 86 + 2_048 + 1 + 16);
            let text = opened(&body, &bytes::<16>(AUTH)).unwrap();
            let (before, after) = text.split_at(length);
            assert_eq!(before, payload);
            assert_eq!(after[0], 2);
            assert!(after[1..].iter().all(|octet| *octet == 0));
        }
        assert_eq!(sealed(&[b'x'; MAX_PAYLOAD], MAX_PAYLOAD).unwrap().len(), 4_096);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(sealed(&[0; MAX_PAYLOAD + 1], MAX_PAYLOAD + 1), Err(EncryptionError::TooLong));
        assert_eq!(sealed(&[], MAX_PAYLOAD + 1), Err(EncryptionError::TooLong));
        assert_eq!(sealed(&[0; 11], 10), Err(EncryptionError::TooLong));
    }

    #[test]
    fn any_changed_octet_and_another_secret_break_it() {
        let body = sealed(PLAINTEXT, 64).unwrap();
        for at in (0..16).chain(86..body.len()) {
            let mut changed = body.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&changed, &bytes::<16>(AUTH)), None, "octet {at}");
        }
        assert_eq!(opened(&body, &[7; 16]), None);
    }

    #[test]
    fn private_keys_lie_between_zero_and_the_order() {
        for no_key in [[0; 32], [0xff; 32]] {
            assert_eq!(SenderKey::from_private_key(&no_key).unwrap_err(), EncryptionError::SenderKey);
        }
        let printed = format!("{:?}", SenderKey::from_private_key(&bytes(SENDER)).unwrap());
        assert_eq!(printed, "SenderKey(..)");
    }
}
