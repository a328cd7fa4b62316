//! Which statements does the BCP make that a server, its pages, its clients or its operator can meet or break?
//!
//! In our words and with our numbers, which tests, pages and documents cite. `docs/bcp.md` says how each is met.

use super::level::{Level, Text, Who};

/// A statement of the BCP.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Its number here; never used for another.
    pub id: &'static str,
    /// Its section in the BCP.
    pub section: &'static str,
    /// How strongly it is meant.
    pub level: Level,
    /// What it says, in our words.
    pub says: &'static str,
    /// Who meets it.
    pub who: &'static [Who],
    /// Where it stands.
    pub text: Text,
}

impl Statement {
    /// Whether only the later text has it.
    pub fn is_later(&self) -> bool {
        self.text == Text::Later
    }
}

/// The statement with this number.
pub fn statement(id: &str) -> Option<&'static Statement> {
    STATEMENTS.iter().find(|statement| statement.id == id)
}

const fn of(
    id: &'static str,
    section: &'static str,
    level: Level,
    says: &'static str,
    who: &'static [Who],
) -> Statement {
    Statement { id, section, level, says, who, text: Text::Draft }
}

const fn later(statement: Statement) -> Statement {
    Statement { text: Text::Later, ..statement }
}

/// All of them, in the order of the BCP.
pub static STATEMENTS: [Statement; 60] = [
    of(
        "R2.1",
        "2",
        Level::Must,
        "A risk assessment is made before a cross-device flow is used: consent phishing and session phishing against the benefit.",
        &[Who::Operator],
    ),
    of(
        "R2.2",
        "2",
        Level::Should,
        "No cross-device flow is used where its risk cannot be mitigated enough.",
        &[Who::Operator],
    ),
    of("R2.3", "2", Level::Should, "The protocol is chosen as section 6.2 says.", &[Who::Operator]),
    of(
        "R2.4",
        "2",
        Level::Must,
        "The mitigations of 6.1 that fit the use, the architecture and the protocol are applied.",
        &[Who::Server, Who::Operator],
    ),
    of("R2.5", "2", Level::Should, "Proximity is among them where possible.", &[Who::Server, Who::Operator]),
    of(
        "R3.1",
        "3.1.1",
        Level::None,
        "A person who is not signed in authenticates before granting.",
        &[Who::Server, Who::Pages],
    ),
    of(
        "R3.2",
        "3.1.3",
        Level::None,
        "The server may authenticate the person before it sends authorization data.",
        &[Who::Server],
    ),
    of(
        "R3.3",
        "3.2.1",
        Level::None,
        "A session transfer carries the state of authentication truthfully.",
        &[Who::Server],
    ),
    of(
        "R4.1",
        "4.3.1",
        Level::None,
        "Exploit B1, a code sent to many people, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.2",
        "4.3.2",
        Level::None,
        "Exploit B2, an imitated office device, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.3",
        "4.3.3",
        Level::None,
        "Exploit B3, a swapped label, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.4",
        "4.3.4, 4.3.5",
        Level::None,
        "Exploits B4.1 and B4.2, requests to a list of people and a false helpdesk, are stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.5",
        "4.3.6",
        Level::None,
        "Exploit B5, joining a network, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.6",
        "4.3.7",
        Level::None,
        "Exploit B6, onboarding, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.7",
        "4.3.8",
        Level::None,
        "Exploit B7, starting an app, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.8",
        "4.3.9",
        Level::None,
        "Exploit B8, a live relay, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R4.9",
        "4.3.10",
        Level::None,
        "Exploit B9, requests until somebody gives in, is stopped, disrupted or recovered from.",
        &[Who::Server],
    ),
    of(
        "R5.1",
        "5",
        Level::ShouldNot,
        "Cross-device protocols are used on a single device; what has both modes uses the same-device mode there.",
        &[Who::Server, Who::Pages],
    ),
    of(
        "R5.2",
        "5",
        Level::May,
        "Use on one device is detected and blocked; because of NAT an address alone proves nothing.",
        &[Who::Server],
    ),
    of(
        "R5.3",
        "5",
        Level::Should,
        "If such a flow is used on one device all the same, the mitigations apply.",
        &[Who::Server],
    ),
    later(of(
        "R5.4",
        "5",
        Level::None,
        "Presentations are offered through the browser's credentials API, which brings proximity.",
        &[Who::Server, Who::Pages],
    )),
    of(
        "R6.0",
        "6.1",
        Level::Recommended,
        "One or more mitigations act on every flow, in depth.",
        &[Who::Server],
    ),
    of(
        "R6.1a",
        "6.1.1",
        Level::None,
        "Proximity by a physical or wireless link: such evidence is accepted and verified.",
        &[Who::Server, Who::Devices],
    ),
    of(
        "R6.1b",
        "6.1.1",
        Level::None,
        "Shared network: the server compares the addresses of both devices.",
        &[Who::Server],
    ),
    of(
        "R6.1c",
        "6.1.1",
        Level::None,
        "Or a device checks it: the address is in the QR code, signed, and the wallet enforces it.",
        &[Who::Server, Who::Devices],
    ),
    of(
        "R6.1d",
        "6.1.1",
        Level::None,
        "Phones are often on mobile networks: no shared network is not distance.",
        &[Who::Server],
    ),
    of(
        "R6.1e",
        "6.1.1",
        Level::Should,
        "Positions are compared with each other, not with regions; how finely is a setting.",
        &[Who::Server],
    ),
    of("R6.1f", "6.1.1", Level::May, "More than one proximity mechanism is used.", &[Who::Server]),
    of(
        "R6.1g",
        "6.1.1",
        Level::None,
        "Where distance is legitimate it is an input to risk: more controls, limits of value or speed.",
        &[Who::Server],
    ),
    later(of(
        "R6.1h",
        "6.1.1",
        Level::Should,
        "The privacy of location and of device identity is weighed; the effect of a VPN is explained.",
        &[Who::Server, Who::Pages],
    )),
    of(
        "R6.2",
        "6.1.2",
        Level::None,
        "Codes and QR codes live briefly, yet long enough to sign in.",
        &[Who::Server],
    ),
    of(
        "R6.3a",
        "6.1.3",
        Level::None,
        "A code works once or a few times; what is in it is checked when it is scanned.",
        &[Who::Server],
    ),
    of(
        "R6.3b",
        "6.1.3",
        Level::May,
        "A code may be presented a small number of times, for people who are interrupted.",
        &[Who::Server],
    ),
    of(
        "R6.4a",
        "6.1.4",
        Level::May,
        "Repeated codes are seen, by a deny list, and nothing is issued for them.",
        &[Who::Server],
    ),
    of("R6.4b", "6.1.4", Level::May, "The window of that list equals the life of a code.", &[Who::Server]),
    of(
        "R6.5",
        "6.1.5",
        Level::None,
        "Messages that carry live codes or QR codes are found, with a threshold for honest repetition.",
        &[Who::Server, Who::Operator],
    ),
    of(
        "R6.6a",
        "6.1.6",
        Level::None,
        "On misuse every token issued from a code is void, and introspection says so.",
        &[Who::Server],
    ),
    of("R6.6b", "6.1.6", Level::May, "Resource servers are told by CAEP over SSF.", &[Who::Server]),
    of(
        "R6.7a",
        "6.1.7",
        Level::May,
        "Only trusted devices start a flow: by type, registration, management or hardware identity.",
        &[Who::Server],
    ),
    of(
        "R6.7b",
        "6.1.7",
        Level::None,
        "Repeated or fast starts from a trusted device are noticed, and its trust can be withdrawn.",
        &[Who::Server],
    ),
    of(
        "R6.8",
        "6.1.8",
        Level::Should,
        "Where trusted networks are demanded, other controls act beside them.",
        &[Who::Server],
    ),
    of(
        "R6.9",
        "6.1.9",
        Level::May,
        "Less is granted across devices, by trust of the device and place; together with others.",
        &[Who::Server],
    ),
    of(
        "R6.10",
        "6.1.10",
        Level::None,
        "Tokens live shorter, by place, resource and trust of the device; refresh tokens too.",
        &[Who::Server],
    ),
    of(
        "R6.11",
        "6.1.11",
        Level::May,
        "Codes and authorization requests are limited per client.",
        &[Who::Server],
    ),
    of(
        "R6.12",
        "6.1.12",
        Level::None,
        "Tokens are sender-constrained, with hardware keys where they exist.",
        &[Who::Server, Who::Devices],
    ),
    of(
        "R6.13a",
        "6.1.13",
        Level::May,
        "People are taught when a request can be genuine, in the flow and outside it.",
        &[Who::Pages, Who::Operator],
    ),
    of(
        "R6.13b",
        "6.1.13",
        Level::None,
        "People are advised to check the origin and TLS of what a QR code opens.",
        &[Who::Pages],
    ),
    of(
        "R6.14a",
        "6.1.14",
        Level::Should,
        "The context of the start is kept and shown: who, why, and what follows from agreeing.",
        &[Who::Pages],
    ),
    of(
        "R6.14b",
        "6.1.14",
        Level::Should,
        "The page says: if you did not start or expect this, decline.",
        &[Who::Pages],
    ),
    of(
        "R6.14c",
        "6.1.14",
        Level::Should,
        "How to decline is plain: the default, or as prominent as granting.",
        &[Who::Pages],
    ),
    of(
        "R6.14d",
        "6.1.14",
        Level::May,
        "Scanning apps say when a scan is to be expected and when never.",
        &[Who::Devices, Who::Pages],
    ),
    of(
        "R6.15",
        "6.1.15",
        Level::Recommended,
        "A phishing-resistant sign-in on the consumption device comes first; against B5 and B7 others are added.",
        &[Who::Server, Who::Devices],
    ),
    of(
        "R6.16a",
        "6.1.16",
        Level::May,
        "A one-time password or PIN goes to the authorization device and is entered on the consumption device.",
        &[Who::Server, Who::Pages, Who::Devices],
    ),
    of(
        "R6.16b",
        "6.1.16",
        Level::May,
        "The phone warns of codes out of context and offers to report them.",
        &[Who::Pages],
    ),
    of(
        "R6.17",
        "6.1.17",
        Level::May,
        "Data entered on the consumption device travels in the QR code and is verified on the authorization device.",
        &[Who::Server, Who::Pages, Who::Devices],
    ),
    of(
        "R6.18",
        "6.2.1.5",
        Level::None,
        "The device grant is used only where nothing better is viable, not for sensitive resources, and always with proximity or registered devices.",
        &[Who::Operator],
    ),
    of(
        "R6.19",
        "6.2.2.5",
        Level::None,
        "CIBA takes the place of the device grant where the person can be named and reached.",
        &[Who::Operator],
    ),
    of(
        "R6.20",
        "6.2.3.5",
        Level::Should,
        "FIDO cross-device authentication is used wherever the devices can, with the authorization code and PKCE for authorization.",
        &[Who::Server, Who::Operator],
    ),
    of(
        "R6.21",
        "6.2.4",
        Level::Should,
        "With CIBA, proximity and trusted devices or networks are considered.",
        &[Who::Operator],
    ),
    of("R6.22", "6.3", Level::None, "Formal analysis is used to find and exclude attacks.", &[Who::Model]),
];
