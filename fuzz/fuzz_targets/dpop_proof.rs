//! Can any bytes crash the DPoP proof check, or pass for a proof?
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use tandem_core::digest::MacKey;
use tandem_core::dpop::nonce::{Audience, check};
use tandem_core::dpop::{Expected, Htu, NonceRule, Window, verify};
use tandem_core::jose::Algorithm;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_562_262_616);

fn read(htu: &Htu, proof: &str) -> bool {
    let expected = Expected {
        method: "POST",
        htu,
        access_token: None,
        algorithms: &Algorithm::ALL,
        window: Window::default(),
        nonce: NonceRule::NotAsked,
        now: NOW,
    };
    verify(proof, &expected).is_ok()
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let htu = Htu::parse("https://server.example.com/token").expect("an address");
    // The seed is a true proof (RFC 9449 section 4.1); nothing but itself may pass.
    assert!(!read(&htu, text) || text == include_str!("../seeds/dpop_proof/rfc9449"));
    let parts: Vec<String> = text.splitn(3, '\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    assert!(!read(&htu, &parts.join(".")));
    if let Ok(htu) = Htu::parse(text)
        && text.len() < 2000
    {
        // Normalising is done once: only the default port is ever added, so a short address stays readable.
        assert_eq!(Htu::parse(&htu.to_string()), Ok(htu));
    }
    let _ = check(&MacKey::new(&[1; 32]), Audience::AuthorizationServer, NOW, text);
});
