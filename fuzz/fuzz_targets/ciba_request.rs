//! Can any bytes crash the reading of backchannel requests and hints, or pass for something that was signed?
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use std::time::Duration;
use tandem_core::ciba::login_hint_token::{HintIssuer, LoginHintToken, SubjectMeaning};
use tandem_core::ciba::parameters::Parameters;
use tandem_core::ciba::request::{BackchannelRequest, Rules};
use tandem_core::ciba::{binding_message, id_token_hint};
use tandem_core::jose::Algorithm;
use tandem_core::oauth::authorization_details::DetailsType;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ISSUER: &str = "https://as.example";
const CLIENT: &str = r#"{
  "client_id": "till", "client_name": "Till", "token_endpoint_auth_method": "private_key_jwt",
  "grant_types": ["urn:openid:params:grant-type:ciba"], "scope": "openid profile",
  "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": "https://till.example/cb",
  "backchannel_user_code_parameter": true, "authorization_details_types": ["payment"],
  "tandem_audience": ["https://api.example"],
  "jwks": {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
}"#;

static CALLER: LazyLock<Client> = LazyLock::new(|| serde_json::from_str(CLIENT).expect("a client"));
static PAYMENT: LazyLock<DetailsType> =
    LazyLock::new(|| DetailsType::new([("en".to_owned(), "Pay {amount} to {payee}".to_owned())].into()));

fn read_form(form: &Form) {
    let rules = Rules {
        shortest: Duration::from_secs(10),
        usual: Duration::from_secs(120),
        longest: Duration::from_secs(600),
        details_type: &|name| (name == "payment").then_some(&*PAYMENT),
    };
    let Ok(parameters) = Parameters::read(form, &CALLER, ISSUER, NOW) else { return };
    assert!(parameters.signed().is_none(), "nobody signed this");
    let Ok(request) = BackchannelRequest::parse(&parameters, &CALLER, &rules) else { return };
    assert!(request.scope.contains("openid") && request.client_notification_token.is_some());
    assert!(request.lifetime >= rules.shortest && request.lifetime <= rules.longest);
    if let Some(message) = request.binding_message {
        assert_eq!(
            binding_message::check(&message).as_deref(),
            Ok(&*message),
            "taking it again changes nothing"
        );
    }
}

fn read_token(token: &str) {
    let keys = CALLER.jwks.as_ref().expect("keys");
    let by = HintIssuer {
        issuer: ISSUER.to_owned(),
        algorithms: Algorithm::ALL.into(),
        subject: SubjectMeaning::Subject,
    };
    let issuers = [(by, keys)];
    if let Ok(hint) = LoginHintToken::parse(token) {
        let _ = (hint.issuer(&issuers), hint.may_be_of(keys));
        let [(by, keys)] = &issuers;
        assert!(hint.verify(by, keys, ISSUER, NOW).is_err(), "nobody signed this");
    }
    let grace = id_token_hint::USUAL_GRACE;
    assert!(id_token_hint::verify(token, keys, ISSUER, "till", grace, NOW).is_err(), "nobody signed this");
    let encoded = format!("request={}", token.replace(['&', '+', '%', '='], "-"));
    if let Ok(form) = Form::parse_query(encoded.as_bytes()) {
        read_form(&form);
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(form) = Form::parse_query(data) {
        read_form(&form);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = binding_message::check(text);
    read_token(text);
    // Lines become parts, so that the JSON layer is reached without guessing base64url.
    let parts: Vec<String> = text.splitn(3, '\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    read_token(&parts.join("."));
});
