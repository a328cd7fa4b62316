//! Does `tandem keys` let another key take over without breaking what is out there?

use crate::support::{Answer, Home, eventually, get, run, tandem};
use std::collections::BTreeSet;

fn kids(jwks: &Answer) -> BTreeSet<String> {
    let json = jwks.json();
    json["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn after_a_rotation_the_old_key_is_still_published_and_the_new_one_signs() {
    let home = Home::new();
    let server = home.serve();
    let before = kids(&get(server.public, "/jwks"));
    assert_eq!(before.len(), 1);
    let made = home.run(&["keys", "rotate"]).expect(0).says(&["stay published until"]).out;
    let new_kid = made.split_whitespace().next().unwrap().to_owned();
    // The running server notices.
    let after = eventually(|| kids(&get(server.public, "/jwks")), |kids| kids.contains(&new_kid));
    assert_eq!(after.len(), 2);
    assert!(after.is_superset(&before));
    // And so does the next one.
    assert_eq!(server.end(), Some(0));
    assert_eq!(kids(&get(home.serve().public, "/jwks")), after);

    let listed = home.run(&["keys", "list", "--json"]).expect(0).json();
    let state = |kid: &str| {
        let keys = listed.as_array().unwrap().iter();
        keys.clone().find(|key| key["kid"] == kid).unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&new_kid), "signs");
    assert_eq!(state(before.first().unwrap()), "published");
}

#[test]
fn an_old_key_stays_for_the_longest_token_of_any_client() {
    let home = Home::new();
    home.run(&["client", "add", "tv", "--public", "--access-token-lifetime", "86400"]).expect(0);
    home.run(&["keys", "rotate"]).expect(0);
    home.run(&["keys", "rotate"]).expect(0);
    let listed = home.run(&["keys", "list", "--json"]).expect(0).json();
    let old = listed.as_array().unwrap().iter().find(|key| key["state"] == "published").unwrap().clone();
    let day = |member: &str| old[member].as_str().unwrap()[..10].to_owned();
    assert_ne!(day("retired_at"), day("published_until"));
}

#[test]
fn a_rotation_needs_the_right_encryption_key() {
    let home = Home::new();
    home.run(&["keys", "rotate"]).expect(0);
    let before = home.run(&["keys", "list", "--json"]).expect(0).json();
    let other = "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100";
    home.write_key("encryption.key", other);
    home.run(&["keys", "rotate"]).expect(1).says(&["cannot be opened", "keys.encryption_key_file"]);
    assert_eq!(home.run(&["keys", "list", "--json"]).expect(0).json(), before);
}

#[test]
fn generated_encryption_keys_differ_and_are_accepted() {
    let home = Home::new();
    let generate = || run(&mut tandem(&["keys", "generate-encryption-key"])).expect(0).out;
    let key = generate();
    assert_ne!(key, generate());
    home.write_key("encryption.key", &key);
    home.run(&["config", "check", "--serve"]).expect(0);
}
