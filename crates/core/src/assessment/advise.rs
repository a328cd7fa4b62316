//! Which protocol fits, and with what? (BCP section 6.2; R2.3, R5.1, R6.18 to R6.21)

use crate::mitigations::Mitigation;
use std::fmt::Write as _;

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// What the flow gives access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Ordinary things.
    Low,
    /// Sensitive, of high value, or critical for a business.
    High,
}

/// What must be known to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether one device does it all.
    pub same_device: Answer,
    /// Whether the consumption device has a browser or the platform's API for WebAuthn.
    pub browser: Answer,
    /// Whether both devices have Bluetooth Low Energy and the Internet.
    pub ble: Answer,
    /// Whether the consumption device can learn who the person is (typed, picked, a card).
    pub user_identifier: Answer,
    /// Whether the server can reach that person on a device of theirs.
    pub channel: Answer,
    /// What is at stake.
    pub value: Value,
}

/// A protocol of section 6.2, or what section 5 wants instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The authorization code grant with PKCE on the one device.
    SameDevice,
    /// FIDO cross-device authentication, with the authorization code grant and PKCE.
    FidoCrossDevice,
    /// OpenID Connect CIBA.
    Ciba,
    /// The device grant.
    DeviceGrant,
}

impl Protocol {
    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SameDevice => "authorization code with PKCE, on the one device",
            Self::FidoCrossDevice => "FIDO cross-device authentication, with authorization code and PKCE",
            Self::Ciba => "CIBA",
            Self::DeviceGrant => "device grant (RFC 8628)",
        }
    }

    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameDevice => "same_device",
            Self::FidoCrossDevice => "fido_cross_device",
            Self::Ciba => "ciba",
            Self::DeviceGrant => "device_authorization",
        }
    }
}

/// A recommendation.
#[derive(Debug, Clone)]
pub struct Advice {
    /// What to use.
    pub protocol: Protocol,
    /// What to configure here meanwhile, if this server does not have that protocol.
    pub configured: Protocol,
    /// Why, each with the statement of the BCP that it follows.
    pub because: Vec<(&'static str, &'static str)>,
    /// The mitigations to add to the profile, and why.
    pub mitigations: Vec<(Mitigation, &'static str)>,
    /// A configuration for it, in TOML.
    pub configuration: String,
}

/// What section 6.2 says of these circumstances.
pub fn advise(of: Circumstances) -> Advice {
    let reachable = of.user_identifier == Answer::Yes && of.channel == Answer::Yes;
    let fallback = if reachable { Protocol::Ciba } else { Protocol::DeviceGrant };
    let protocol = match (of.same_device, of.browser, of.ble) {
        (Answer::Yes, ..) => Protocol::SameDevice,
        (_, Answer::Yes, Answer::Yes) => Protocol::FidoCrossDevice,
        _ => fallback,
    };
    let mut because = vec![match protocol {
        Protocol::SameDevice => ("R5.1", "cross-device flows are not for one device"),
        Protocol::FidoCrossDevice => {
            ("R6.20", "both devices can, and Bluetooth shows that they are near each other")
        }
        Protocol::Ciba => ("R6.19", "the person can be named and reached, so no code has to travel"),
        Protocol::DeviceGrant => {
            ("R6.18", "nothing better is viable: the person cannot be named, or not be reached")
        }
    }];
    because.push(("R2.3", "the order of section 6.2: FIDO cross-device, then CIBA, then the device grant"));
    if protocol != fallback {
        because.push((
            if protocol == Protocol::SameDevice { "R5.3" } else { "R6.20" },
            "this server has no authorization endpoint yet: what follows is the best flow that it has, with the \
             mitigations that it needs",
        ));
    }
    if fallback == Protocol::DeviceGrant && of.value == Value::High {
        because.push((
            "R6.18",
            "what is at stake is too much for a device grant: look for a way to name and reach people",
        ));
    }
    let mitigations = mitigations(fallback, of.value);
    let configuration = configuration(fallback, of.value, &mitigations);
    Advice { protocol, configured: fallback, because, mitigations, configuration }
}

fn mitigations(protocol: Protocol, value: Value) -> Vec<(Mitigation, &'static str)> {
    let number =
        (Mitigation::RequestInitiationVerification, "R6.16a: who is not before the device cannot say yes");
    let devices = (Mitigation::TrustedDevices, "R6.7a: only devices that were registered in advance ask");
    let mut list = match protocol {
        Protocol::Ciba => {
            vec![(Mitigation::TrustedNetworks, "R6.21: requests come from your own networks"), number]
        }
        _ => vec![
            (Mitigation::EstablishProximity, "R6.18: living QR codes, and distance has consequences"),
            (Mitigation::ShortLivedCodes, "R6.2: a code that is mailed is dead on arrival"),
            number,
        ],
    };
    if value == Value::High {
        list.push(devices);
        list.push((Mitigation::SenderConstrainedTokens, "R6.12: a stolen token is worth nothing"));
        list.push((Mitigation::ShortLivedTokens, "R6.10: what was granted by mistake ends soon"));
    }
    list
}

/// A file that `tandem config check` accepts. Names, addresses and networks are examples.
fn configuration(protocol: Protocol, value: Value, mitigations: &[(Mitigation, &'static str)]) -> String {
    let flow = if protocol == Protocol::Ciba { "ciba" } else { "device_authorization" };
    let profile = if value == Value::High { "critical" } else { "sensitive" };
    let mut text = format!(
        "issuer = \"https://login.example.com\"  # yours\n\n\
         [policy]\nprofile = \"{profile}\"\n\n\
         [{flow}.policy]\n"
    );
    for (mitigation, why) in mitigations {
        for line in lines(*mitigation, protocol, value) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}  # {why}");
        }
    }
    let (grant, more) = match protocol {
        Protocol::Ciba => (
            crate::oauth::client::CIBA,
            "token_endpoint_auth_method = \"client_secret_basic\"\n\
             client_secret = \"replace-this-by-openssl-rand-hex-32\"\n\
             backchannel_token_delivery_mode = \"poll\"\n\
             tandem_user_hints = \"conceal\"  # nobody learns who exists\n",
        ),
        _ => (crate::oauth::client::DEVICE_CODE, "token_endpoint_auth_method = \"none\"\n"),
    };
    let _ = write!(
        text,
        "\n[[clients]]\nclient_id = \"example\"\nclient_name = \"Example\"\nscope = \"openid profile\"\n\
         grant_types = [\"{grant}\"]\n{more}"
    );
    text
}

fn lines(mitigation: Mitigation, protocol: Protocol, value: Value) -> Vec<&'static str> {
    match mitigation {
        Mitigation::EstablishProximity => vec![
            "establish_proximity.living_qr = \"require\"",
            "establish_proximity.network = \"show\"",
            match value {
                Value::High => "establish_proximity.geolocation = \"refuse\"",
                Value::Low => "establish_proximity.geolocation = \"step_up\"",
            },
        ],
        Mitigation::ShortLivedCodes if value == Value::Low => vec!["short_lived_codes.longest = 120"],
        Mitigation::TrustedNetworks => vec!["trusted_networks.initiate = [\"192.0.2.0/24\"]"],
        Mitigation::RequestInitiationVerification => vec![match (protocol, value) {
            (Protocol::Ciba, Value::Low) => "request_initiation_verification.number = \"pick\"",
            _ => "request_initiation_verification.number = \"type\"",
        }],
        Mitigation::TrustedDevices => vec!["trusted_devices.demand = \"known\""],
        Mitigation::SenderConstrainedTokens => vec!["sender_constrained_tokens.demand = \"always\""],
        Mitigation::ShortLivedTokens => vec!["short_lived_tokens.access_token = 300"],
        _ => Vec::new(),
    }
}
