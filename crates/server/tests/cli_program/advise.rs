//! Does `tandem advise` choose as section 6.2 says, and does its configuration work? (R2.3)

use crate::support::{Ended, run, run_with, tandem};

fn advise(answers: [&str; 6]) -> Ended {
    let [same_device, browser, ble, user_identifier, channel, value] = answers;
    run(&mut tandem(&[
        "advise",
        "--same-device",
        same_device,
        "--browser",
        browser,
        "--ble",
        ble,
        "--user-identifier",
        user_identifier,
        "--channel",
        channel,
        "--value",
        value,
    ]))
}

/// R2.3: whatever is answered, what comes out is a configuration, and one whose risk is not high.
#[test]
fn every_answer_gives_a_configuration_that_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tandem.toml");
    let words = |bit: u32, case: u32| if case & (1 << bit) == 0 { "no" } else { "yes" };
    for case in 0..64 {
        let value = if case & (1 << 5) == 0 { "low" } else { "high" };
        let answers = [words(0, case), words(1, case), words(2, case), words(3, case), words(4, case), value];
        let advised = advise(answers).expect(0);
        assert!(advised.err.is_empty(), "{advised:#?}");
        std::fs::write(&file, &advised.out).unwrap();
        run(tandem(&["config", "check", "-c"]).arg(&file)).expect(0);
        if [0, 24, 32, 56].contains(&case) {
            run(tandem(&["assess", "--fail-on", "high", "-c"]).arg(&file)).expect(0);
        }
    }
}

/// R6.18, R6.19, R6.20, R5.1.
#[test]
fn the_protocol_is_named_with_its_reason() {
    for (answers, parts) in [
        (["no", "no", "no", "no", "no", "low"], ["Use: device grant", "R6.18"]),
        (["no", "no", "no", "yes", "yes", "low"], ["Use: CIBA", "R6.19"]),
        (["no", "yes", "yes", "yes", "yes", "low"], ["Use: FIDO cross-device", "R6.20"]),
        (["yes", "yes", "yes", "yes", "yes", "low"], ["Use: authorization code with PKCE", "R5.1"]),
        (["no", "no", "no", "no", "no", "high"], ["too much for a device grant", "profile = \"critical\""]),
    ] {
        let out = advise(answers).expect(0).out;
        assert!(parts.iter().all(|part| out.contains(part)), "{parts:?}: {out}");
    }
    assert!(
        advise(["no", "yes", "yes", "no", "no", "low"])
            .out
            .contains("Configured here meanwhile: device grant")
    );
}

#[test]
fn what_is_not_given_is_asked_and_an_empty_line_takes_the_usual() {
    let told = run_with(&mut tandem(&["advise"]), Some("no\n\nNO\nperhaps\nyes\nyes\nlow\n")).expect(0);
    assert!(told.out.contains("Use: CIBA") && told.out.contains("profile = \"sensitive\""), "{told:#?}");
    assert_eq!(told.err.matches('?').count(), 7, "one question came twice: {told:#?}");
    assert!(
        told.err.contains("[no]") && told.err.contains("[high]") && told.err.contains("none of the answers")
    );
    let some =
        run_with(&mut tandem(&["advise", "--value", "low", "--channel", "no"]), Some("\n\n\n\n")).expect(0);
    assert_eq!(some.err.matches('?').count(), 4);
    assert!(some.out.contains("Use: device grant"));
}

#[test]
fn no_answer_is_no_advice() {
    run(&mut tandem(&["advise"])).expect(2).says(&["no answer", "tandem advise --help"]);
    let nonsense = run_with(&mut tandem(&["advise"]), Some("a\nb\nc\nd\n")).expect(2);
    assert!(nonsense.out.is_empty());
    nonsense.says(&["no answer that was understood"]);
    let flood = "x".repeat(60_000);
    run_with(&mut tandem(&["advise", "--same-device", "no"]), Some(&flood)).expect(2);
    run(&mut tandem(&["advise", "--ble", "perhaps"])).expect(2).says(&["yes", "no"]);
}
