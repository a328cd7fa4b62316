//! Which commands show the same from a terminal? They can be pasted as they are.

use super::seed;

/// What makes a terminal the phone: the link of the first is on a person's devices page.
pub fn phone(issuer: &str) -> [String; 2] {
    let insecure = insecure(issuer);
    [
        format!(
            "tandem-device phone register \"{issuer}/authorization-device/register?code=…\" --name \"My terminal\"{insecure}"
        ),
        format!("tandem-device phone watch{insecure}"),
    ]
}

/// What asks a person.
pub fn ciba(issuer: &str) -> String {
    format!(
        "TANDEM_DEVICE_CLIENT_SECRET={} tandem-device ciba --issuer {issuer} --client {} --login-hint {} \
         --binding-message \"Call 4711\"{}",
        seed::CALL_CENTER_SECRET,
        seed::CALL_CENTER,
        seed::PEOPLE.first().map_or("alice", |person| person.username),
        insecure(issuer),
    )
}

/// Without TLS, only this machine is called without a word.
fn insecure(issuer: &str) -> &'static str {
    let local = ["http://localhost:", "http://127.", "http://[::1]"];
    if local.iter().any(|start| issuer.starts_with(start)) { "" } else { " --insecure" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demo_on_the_network_needs_to_be_trusted_without_tls() {
        let (here, there) = ("http://localhost:8080", "http://192.168.1.20:8080");
        assert!(!ciba(here).contains("--insecure") && ciba(there).ends_with(" --insecure"));
        assert!(phone(there).iter().all(|line| line.ends_with(" --insecure")));
        assert!(
            ciba(here).contains("--login-hint alice")
                && ciba(here).contains("--issuer http://localhost:8080 ")
        );
    }
}
