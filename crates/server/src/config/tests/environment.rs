//! Do variables set keys, and are mistaken ones refused?

use super::*;
use crate::config::schema::{paths, schema};
use crate::config::{AdminListener, Provenance, RateLimit};

#[test]
fn variables_go_over_files() {
    let loaded = loaded(
        "[tokens]\naccess_token_lifetime = 100",
        &[
            ("TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME", "200"),
            ("TANDEM_ISSUER", "https://env.example"),
            ("HOME", "/"),
        ],
    )
    .unwrap();
    assert_eq!(loaded.config.tokens.access_token_lifetime, 200);
    assert_eq!(loaded.config.issuer.as_str(), "https://env.example");
    let place = &loaded.provenance["tokens.access_token_lifetime"];
    assert_eq!(*place, Provenance::Variable("TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME".to_owned()));
}

#[test]
fn a_text_stays_a_text_whatever_it_looks_like() {
    for (text, expected) in [("123", "123"), ("true", "true"), ("\"quoted\"", "quoted"), ("a = b", "a = b")] {
        let loaded = loaded("", &[("TANDEM_PAGES__OPERATOR_NAME", text)]).unwrap();
        assert_eq!(loaded.config.pages.operator_name.as_deref(), Some(expected));
    }
}

#[test]
fn lists_are_toml_or_separated_by_commas() {
    for text in ["[\"10.0.0.1\", \"fd00::/8\"]", "10.0.0.1, fd00::/8", "10.0.0.1,fd00::/8,"] {
        let loaded = loaded("", &[("TANDEM_PROXY__TRUSTED_PROXIES", text)]).unwrap();
        let networks: Vec<String> =
            loaded.config.proxy.trusted_proxies.into_iter().map(String::from).collect();
        assert_eq!(networks, ["10.0.0.1/32", "fd00::/8"]);
    }
    let loaded =
        loaded("[proxy]\ntrusted_proxies = [\"10.0.0.1\"]", &[("TANDEM_PROXY__TRUSTED_PROXIES", "")])
            .unwrap();
    assert!(loaded.config.proxy.trusted_proxies.is_empty());
}

#[test]
fn one_number_of_a_limit_or_the_whole_limit_can_be_set() {
    let limits = |variables: &[(&str, &str)]| loaded("", variables).unwrap().config.rate_limits;
    let limit = limits(&[("TANDEM_RATE_LIMITS__INITIATE_ADDRESS__BURST", "7")]).initiate_address;
    assert_eq!(limit, RateLimit::of(7, 30));
    let limit = limits(&[("TANDEM_RATE_LIMITS__INITIATE_ADDRESS", "{ burst = 1, per_minute = 2 }")]);
    assert_eq!(limit.initiate_address, RateLimit::of(1, 2));
    assert_eq!(limits(&[("TANDEM_RATE_LIMITS__INITIATE_ADDRESS", "off")]).initiate_address, RateLimit::OFF);
}

#[test]
fn scopes_can_be_set() {
    let config = loaded("", &[("TANDEM_SCOPES__PHOTOS__EN", "See your photos")]).unwrap().config;
    assert_eq!(config.scopes["photos"]["en"], "See your photos");
}

#[test]
fn an_empty_variable_turns_the_admin_listener_off() {
    let config = loaded("", &[("TANDEM_LISTENERS__ADMIN", "")]).unwrap().config;
    assert_eq!(config.listeners.admin, AdminListener::Off);
}

#[test]
fn every_key_has_a_variable() {
    let schema = schema();
    let every = paths(&schema);
    assert!(every.len() > 50, "{every:?}");
    for path in every {
        let variable = crate::config::environment::variable(&path);
        let (_, refused) = crate::config::environment::read(pairs(&[(&variable, "x")]), &schema);
        assert!(refused.is_empty(), "{refused:?}");
    }
}

#[track_caller]
fn refusal(name: &str) -> String {
    let found = problems("", &[(name, "1")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, ProblemKind::UnknownVariable);
    found[0].to_string()
}

#[test]
fn unknown_variables_name_the_nearest() {
    assert_eq!(refusal("TANDEM_ISUER"), "unknown variable `TANDEM_ISUER`: did you mean `TANDEM_ISSUER`?");
    assert!(
        refusal("TANDEM_TOKENS__ID_TOKEN_LIFETIM")
            .ends_with("did you mean `TANDEM_TOKENS__ID_TOKEN_LIFETIME`?")
    );
    assert!(
        refusal("TANDEM_TOKENS_ID_TOKEN_LIFETIME")
            .ends_with("did you mean `TANDEM_TOKENS__ID_TOKEN_LIFETIME`?")
    );
    assert!(
        refusal("TANDEM_tokens__id_token_lifetime")
            .ends_with("did you mean `TANDEM_TOKENS__ID_TOKEN_LIFETIME`?")
    );
    assert!(refusal("TANDEM_").contains("TANDEM_SECTION__KEY"));
    assert!(refusal("TANDEM_TOKENS__").contains("TANDEM_SECTION__KEY"));
    assert!(refusal("TANDEM_ISSUER__X").ends_with("did you mean `TANDEM_ISSUER`?"));
}

#[test]
fn entries_of_a_list_cannot_be_set_but_the_list_can() {
    assert!(refusal("TANDEM_CLIENTS__0__CLIENT_ID").contains("entries of a list cannot be set one by one"));
    let whole = "[{ client_id = \"tv\", token_endpoint_auth_method = \"none\" }]";
    let config = loaded("", &[("TANDEM_CLIENTS", whole)]).unwrap().config;
    assert_eq!(config.clients[0].client_id, "tv");
}

#[test]
fn wrong_types_and_ranges_name_the_variable() {
    let found =
        problems("", &[("TANDEM_TOKENS__ID_TOKEN_LIFETIME", "soon"), ("TANDEM_DPOP__WINDOW", "1000")]);
    let mut shown: Vec<String> = found.iter().map(Problem::to_string).collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "`dpop.window` is out of range in variable TANDEM_DPOP__WINDOW: 5 to 300 is accepted, not 1000",
            "wrong type for `tokens.id_token_lifetime` in variable TANDEM_TOKENS__ID_TOKEN_LIFETIME: a whole number is accepted, not a text",
        ]
    );
}

#[test]
fn a_section_cannot_be_set_to_a_text() {
    let found = problems("", &[("TANDEM_TOKENS", "short")]);
    assert_eq!((found[0].kind, found[0].key.as_str()), (ProblemKind::WrongType, "tokens"));
}

#[test]
fn variables_for_others_are_left_alone() {
    let others = [
        ("TANDEM_CONFIG", "tandem.toml"),
        ("TANDEM_LOG", "debug"),
        ("TANDEM_BIN", "x"),
        ("TANDEM_DEVICE_BIN", "x"),
        ("TANDEM_OUTPUT", "x"),
        ("TANDEM_PREVIEW_DIR", "x"),
        ("TANDEM_SERVICE_HOST", "10.1.2.3"),
        ("TANDEM_SERVICE_PORT_HTTP", "80"),
        ("TANDEM_PORT", "tcp://10.1.2.3:80"),
        ("TANDEM_PORT_80_TCP_ADDR", "10.1.2.3"),
        ("TANDEM_ADMIN_SERVICE_HOST", "10.1.2.3"),
    ];
    assert!(loaded("", &others).is_ok());
    assert!(refusal("TANDEM_PORT").contains("unknown variable"), "a port that no service announced");
    assert!(refusal("TANDEM_LISTENERS__PORT_1").contains("unknown variable"));
}
