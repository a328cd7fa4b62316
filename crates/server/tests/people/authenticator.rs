//! An authenticator in software: what a phone or a security key would answer (WebAuthn level 2 sections 6 and 7).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tandem_core::digest::Digest;
use tandem_server::clock::Random;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;

/// An authenticator with one discoverable credential, and the browser before it.
#[derive(Clone)]
pub struct Authenticator {
    pkcs8: Vec<u8>,
    id: [u8; 16],
    user_handle: String,
    /// The signature counter of its next answer.
    pub counter: u32,
    /// The origin that the browser reports.
    pub origin: String,
    /// The relying party it believes to talk to.
    pub rp_id: String,
    /// The flags of its answers.
    pub flags: u8,
}

impl Authenticator {
    /// A fresh one, which verifies its user.
    pub fn new(origin: &str) -> Self {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        Self {
            pkcs8: pkcs8.as_ref().to_vec(),
            id: Random.bytes(),
            user_handle: String::new(),
            counter: 1,
            origin: origin.to_owned(),
            rp_id: origin.split("://").nth(1).unwrap().to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
        }
    }

    /// Does not verify who uses it.
    pub fn without_verification(mut self) -> Self {
        self.flags = USER_PRESENT;
        self
    }

    /// Answers another person's handle.
    pub fn with_user_handle(mut self, sub: &str) -> Self {
        self.user_handle = URL_SAFE_NO_PAD.encode(sub);
        self
    }

    /// The credential's identifier.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.id)
    }

    /// `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user_handle);
        let mut data = self.authenticator_data(ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&self.cose_key());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend_from_slice(&data);
        let client_data = self.client_data("webauthn.create", options);
        self.credential(&json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        assert_eq!(options["allowCredentials"], json!([]), "the person chooses the passkey");
        assert_eq!(options["userVerification"], "required");
        let data = self.authenticator_data(0);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), Digest::of(client_data.as_bytes()).as_bytes()].concat();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        let signature = key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(&json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": self.user_handle,
        }))
    }

    fn credential(&self, response: &Value) -> Value {
        json!({
            "id": self.id(), "rawId": self.id(), "type": "public-key", "authenticatorAttachment": "platform",
            "extensions": {}, "response": response,
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false }).to_string()
    }

    fn authenticator_data(&mut self, flags: u8) -> Vec<u8> {
        let mut data = Digest::of(self.rp_id.as_bytes()).as_bytes().to_vec();
        data.push(self.flags | flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        self.counter += 1;
        data
    }

    /// `{1: 2, 3: -7, -1: 1, -2: x, -3: y}` (RFC 9052 section 7): ES256 on P-256.
    fn cose_key(&self) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        let point = key.public_key().as_ref();
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", &point[1..33], b"\x22\x58\x20", &point[33..65]].concat()
    }
}
