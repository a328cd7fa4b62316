//! Is the protocol chosen as section 6.2 says?

use tandem_core::assessment::advise::Answer::{No, Yes};
use tandem_core::assessment::advise::{Circumstances, Protocol, Value, advise};
use tandem_core::mitigations::Mitigation;

const NOTHING: Circumstances = Circumstances {
    same_device: No,
    browser: No,
    ble: No,
    user_identifier: No,
    channel: No,
    value: Value::Low,
};

/// R2.3, R5.1, R6.18, R6.19, R6.20.
#[test]
fn the_order_is_that_of_the_bcp() {
    let named = Circumstances { user_identifier: Yes, channel: Yes, ..NOTHING };
    for (circumstances, protocol, statement) in [
        (NOTHING, Protocol::DeviceGrant, "R6.18"),
        (Circumstances { user_identifier: Yes, ..NOTHING }, Protocol::DeviceGrant, "R6.18"),
        (Circumstances { channel: Yes, ..NOTHING }, Protocol::DeviceGrant, "R6.18"),
        (named, Protocol::Ciba, "R6.19"),
        (Circumstances { browser: Yes, ..named }, Protocol::Ciba, "R6.19"),
        (Circumstances { ble: Yes, ..named }, Protocol::Ciba, "R6.19"),
        (Circumstances { browser: Yes, ble: Yes, ..NOTHING }, Protocol::FidoCrossDevice, "R6.20"),
        (Circumstances { browser: Yes, ble: Yes, ..named }, Protocol::FidoCrossDevice, "R6.20"),
        (Circumstances { same_device: Yes, browser: Yes, ble: Yes, ..named }, Protocol::SameDevice, "R5.1"),
    ] {
        let advice = advise(circumstances);
        assert_eq!(advice.protocol, protocol, "{circumstances:?}");
        assert_eq!(advice.because[0].0, statement, "{circumstances:?}");
    }
}

/// R6.20, R5.3: what this server does not have is not promised.
#[test]
fn a_protocol_that_is_not_here_is_said_to_be_none() {
    let fido = advise(Circumstances { browser: Yes, ble: Yes, ..NOTHING });
    assert_eq!(fido.configured, Protocol::DeviceGrant);
    assert!(fido.because.iter().any(|(_, why)| why.contains("no authorization endpoint")));
    let reachable = Circumstances { browser: Yes, ble: Yes, user_identifier: Yes, channel: Yes, ..NOTHING };
    assert_eq!(advise(reachable).configured, Protocol::Ciba);
}

/// R6.18, R6.21.
#[test]
fn what_is_at_stake_decides_how_much_is_added() {
    let low = advise(NOTHING);
    let high = advise(Circumstances { value: Value::High, ..NOTHING });
    let names = |advice: &tandem_core::assessment::advise::Advice| {
        advice.mitigations.iter().map(|(mitigation, _)| *mitigation).collect::<Vec<_>>()
    };
    assert!(names(&low).contains(&Mitigation::EstablishProximity));
    assert!(
        names(&high).contains(&Mitigation::TrustedDevices)
            && !names(&low).contains(&Mitigation::TrustedDevices)
    );
    assert!(
        high.because.iter().any(|(id, why)| *id == "R6.18" && why.contains("too much for a device grant"))
    );
    assert!(
        high.configuration.contains("profile = \"critical\"")
            && low.configuration.contains("profile = \"sensitive\"")
    );
    let ciba = advise(Circumstances { user_identifier: Yes, channel: Yes, ..NOTHING });
    assert!(names(&ciba).contains(&Mitigation::TrustedNetworks));
    assert!(
        ciba.configuration.contains("[ciba.policy]")
            && ciba.configuration.contains("trusted_networks.initiate")
    );
}
