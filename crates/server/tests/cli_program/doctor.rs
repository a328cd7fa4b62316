//! Does `tandem doctor` see what is wrong, and change nothing?

use crate::support::{Home, run};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_home_in_order_gets_no_cross() {
    let home = Home::new();
    let before = home.run(&["doctor"]).expect(0).out;
    assert!(
        before.contains("✓ configuration") && before.contains("! database") && !before.contains('✗'),
        "{before}"
    );
    assert!(!home.path("data").exists());
    assert_eq!(home.serve().end(), Some(0));
    let after = home.run(&["doctor"]).expect(0).out;
    assert!(after.contains("✓ database") && after.contains("✓ keys"), "{after}");
    let json = home.run(&["doctor", "--json"]).expect(0).json();
    assert!(
        json.as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["about"] == "keys" && finding["verdict"] == "right")
    );
}

#[test]
fn an_open_key_file_a_wrong_key_and_a_broken_template_are_seen() {
    let home = Home::with("[pages]\ntemplate_dir = \"templates\"\n");
    std::fs::create_dir(home.path("templates")).unwrap();
    assert_eq!(home.serve().end(), Some(0));
    std::fs::write(home.path("templates/home.html"), "{% broken").unwrap();
    home.write_key("encryption.key", "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    std::fs::set_permissions(home.path("encryption.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let out = home.run(&["doctor"]).expect(1).out;
    let crosses: Vec<_> = out.lines().filter(|line| line.starts_with('✗')).collect();
    for part in ["chmod", "home.html", "cannot be opened with this encryption key"] {
        assert!(crosses.iter().any(|line| line.contains(part)), "{part}: {out}");
    }
}

#[test]
fn a_broken_configuration_is_a_finding() {
    let home = Home::with("[tokens]\nacces_token_lifetime = 60\n");
    let out = home.run(&["doctor"]).expect(1).out;
    assert!(out.starts_with('✗') && out.contains("access_token_lifetime"), "{out}");
}

#[test]
fn live_asks_the_admin_listener() {
    let home = Home::new();
    let server = home.serve();
    let live =
        |address: &str| run(home.command(&["doctor", "--live"]).env("TANDEM_LISTENERS__ADMIN", address));
    let address = server.admin.to_string();
    assert_eq!(live(&address).expect(0).out, "live\n");
    live(&server.public.to_string()).expect(1).says(&["404"]);
    live("").expect(2).says(&["listeners.admin"]);
    assert_eq!(server.end(), Some(0));
    live(&address).expect(1).says(&["does not answer"]);
}
