//! Devices that an attester vouches for (draft-ietf-oauth-attestation-based-client-auth).

use super::*;
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{Codes, Phone, jwks};
use tandem_core::crossing::CrossingId;
use tandem_server::config::{Attester, AuthMethod, Client, GrantType, ScopeList};

/// An attester and an instance that it knows.
struct World {
    server: TestServer,
    attester: Key,
    instance: Key,
}

impl World {
    async fn new(says: Value) -> Self {
        let key = Key::new();
        let keys = Attester { jwks: jwks(&[key.jwk()]), ..Attester::default() };
        Self::with(says, key, keys).await
    }

    /// An attester with this key, which stands as these keys say.
    async fn with(says: Value, attester: Key, keys: Attester) -> Self {
        let server = server_with(says, |config| {
            allow_loopback(config);
            config.attesters.push(Attester {
                issuer: "https://attester.example.com".to_owned(),
                clients: vec!["tv".to_owned(), "appliance".to_owned()],
                ..keys
            });
            config.clients.push(Client {
                token_endpoint_auth_method: AuthMethod::AttestJwtClientAuth,
                grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
                scope: ScopeList::try_from("openid offline_access".to_owned()).unwrap(),
                ..Client::new("appliance")
            });
        })
        .await;
        Self { server, attester, instance: Key::new() }
    }

    fn attestation_of(&self, attester: &Key, key: &Key, client_id: &str, change: &Value) -> String {
        let now = self.server.now().as_secs();
        let mut claims =
            json!({ "sub": client_id, "iat": now, "exp": now + 3600, "cnf": { "jwk": key.jwk() } });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        attester.jws(&json!({ "alg": "ES256", "typ": "oauth-client-attestation+jwt" }), &claims)
    }

    fn attestation(&self, client_id: &str) -> String {
        self.attestation_of(&self.attester, &self.instance, client_id, &json!({}))
    }

    fn proof_of(&self, key: &Key, change: &Value) -> String {
        let mut claims = json!({ "aud": ISSUER, "jti": uuid(), "iat": self.server.now().as_secs() });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        key.jws(&json!({ "alg": "ES256", "typ": "oauth-client-attestation-pop+jwt" }), &claims)
    }

    fn proof(&self) -> String {
        self.proof_of(&self.instance, &json!({}))
    }

    /// An attestation and a fresh proof.
    fn shown(&self, client_id: &str) -> Shown {
        both(self.attestation(client_id), self.proof())
    }

    async fn refused(&self, shown: Shown, error: &str) {
        ask_tv(&self.server, &shown).await.is_error(400, error);
    }
}

fn both(attestation: String, proof: String) -> Shown {
    Shown::headers(&[("oauth-client-attestation", attestation), ("oauth-client-attestation-pop", proof)])
}

/// R6.7a: on, an attested device may ask, and an unattested one not.
#[tokio::test]
async fn an_attested_device_is_known() {
    let world = World::new(demand()).await;
    let server = &world.server;
    is_unknown(&ask_tv(server, &Shown::nothing()).await);
    is_taken(&ask_tv(server, &world.shown("tv")).await);
    is_taken(&ask_tv(server, &world.shown("tv")).await);
    // One proof for both: DPoP with the attested key.
    let mut combined = Shown::dpop(server, &world.instance, AUTHORIZE);
    combined.headers.push(("oauth-client-attestation", world.attestation("tv")));
    is_taken(&ask_tv(server, &combined).await);
    let mut foreign = Shown::dpop(server, &Key::new(), AUTHORIZE);
    foreign.headers.push(("oauth-client-attestation", world.attestation("tv")));
    world.refused(foreign, "invalid_client_attestation").await;
}

#[tokio::test]
async fn an_attester_may_publish_its_keys() {
    let (page, key) = (Receiver::start().await, Key::new());
    let published = Behaviour::Document(json!({ "keys": [key.jwk()] }).to_string());
    let keys = Attester { jwks_uri: Some(page.url.clone()), ..Attester::default() };
    let world = World::with(json!({}), key, keys).await;
    // Nothing can be read yet: it vouches for nobody.
    world.refused(world.shown("tv"), "invalid_client_attestation").await;
    world.server.advance(30);
    page.then([published]);
    assert_eq!(ask_tv(&world.server, &world.shown("tv")).await.status, 200);
    let foreign = world.attestation_of(&Key::new(), &world.instance, "tv", &json!({}));
    world.refused(both(foreign, world.proof()), "invalid_client_attestation").await;
    assert_eq!(page.calls().len(), 2);
    // For an attestation of another client nobody looks, however old the keys are.
    world.server.advance(3600);
    world.refused(world.shown("kiosk"), "invalid_client_attestation").await;
    assert_eq!(page.calls().len(), 2);
}

#[tokio::test]
async fn an_attester_whose_keys_cannot_be_read_stands_in_no_other_attesters_way() {
    let (page, key) = (Receiver::start().await, Key::new());
    let attester = |issuer: &str| Attester {
        issuer: issuer.to_owned(),
        clients: vec!["tv".to_owned()],
        ..Attester::default()
    };
    let silent = Attester { jwks_uri: Some(page.url.clone()), ..attester("https://silent.example.com") };
    let known = Attester { jwks: jwks(&[key.jwk()]), ..attester("https://attester.example.com") };
    let server = server_with(json!({}), |config| {
        allow_loopback(config);
        config.attesters.extend([silent, known]);
    })
    .await;
    let world = World { server, attester: key, instance: Key::new() };
    let named = json!({ "iss": "https://attester.example.com" });
    let named = world.attestation_of(&world.attester, &world.instance, "tv", &named);
    assert_eq!(ask_tv(&world.server, &both(named, world.proof())).await.status, 200);
    assert_eq!(page.calls().len(), 0, "the attestation names another");
    assert_eq!(ask_tv(&world.server, &world.shown("tv")).await.status, 200);
    assert_eq!(page.calls().len(), 1);
}

/// R6.7a
#[tokio::test]
async fn an_attestation_that_does_not_hold_is_refused_even_where_none_is_demanded() {
    const WRONG: &str = "invalid_client_attestation";
    let world = World::new(json!({})).await;
    let (instance, attester) = (&world.instance, &world.attester);
    let now = world.server.now().as_secs();
    let attestation = || world.attestation("tv");
    let unknown = world.attestation_of(&Key::new(), instance, "tv", &json!({}));
    world.refused(both(unknown, world.proof()), WRONG).await;
    world.refused(both(world.attestation("appliance"), world.proof()), WRONG).await;
    let over = world.attestation_of(attester, instance, "tv", &json!({ "exp": now - 10 }));
    world.refused(both(over, world.proof()), "use_fresh_attestation").await;
    for change in [
        json!({ "aud": "https://other.example.com" }),
        json!({ "iat": now - 311 }),
        json!({ "iat": now + 11 }),
        json!({ "jti": "" }),
    ] {
        world.refused(both(attestation(), world.proof_of(instance, &change)), WRONG).await;
    }
    for skewed in [now - 310, now + 10] {
        let proof = world.proof_of(instance, &json!({ "iat": skewed }));
        is_taken(&ask_tv(&world.server, &both(attestation(), proof)).await);
    }
    world.refused(both(attestation(), world.proof_of(&Key::new(), &json!({}))), WRONG).await;
    let unsigned = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.".to_owned();
    world.refused(both(attestation(), unsigned.clone()), WRONG).await;
    world.refused(both(unsigned, world.proof()), WRONG).await;
    let alone = |name, text| Shown::headers(&[(name, text)]);
    world.refused(alone("oauth-client-attestation", attestation()), WRONG).await;
    world.refused(alone("oauth-client-attestation-pop", world.proof()), WRONG).await;
    let mut twice = world.shown("tv");
    twice.headers.push(("oauth-client-attestation", attestation()));
    world.refused(twice, WRONG).await;
    let used = world.shown("tv");
    is_taken(&ask_tv(&world.server, &used).await);
    world.refused(used, WRONG).await;
}

/// R6.7a, off: a server that trusts no attester has no use for attestations, and says so by not naming them.
#[tokio::test]
async fn without_attesters_attestations_mean_nothing() {
    let world = World::new(demand()).await;
    let shown = world.shown("tv");
    let open = server(json!({})).await;
    is_taken(&ask_tv(&open, &shown).await);
    is_unknown(&ask_tv(&server(demand()).await, &shown).await);
    let metadata = open.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["client_attestation_pop_methods_supported"].is_null(), "{metadata}");
    let metadata = world.server.get("/.well-known/oauth-authorization-server").await.json();
    let methods = ["attestation_pop_jwt", "dpop_combined", "none"];
    assert_eq!(metadata["client_attestation_pop_methods_supported"], json!(methods));
    for list in [
        "client_attestation_signing_alg_values_supported",
        "client_attestation_pop_signing_alg_values_supported",
    ] {
        assert!(metadata[list].as_array().unwrap().contains(&json!("ES256")), "{metadata}");
    }
    let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!("attest_jwt_client_auth")), "{metadata}");
}

/// R6.7b: velocity and kind hold for attested devices too.
#[tokio::test]
async fn an_attested_device_has_a_pace_and_a_kind() {
    let says = json!({ "trusted_devices": { "demand": "known", "per_minute": 2, "kinds": ["kiosk"] } });
    let world = World::new(says).await;
    let of = |kind: &str| {
        let change = json!({ "tandem_device_type": kind });
        both(world.attestation_of(&world.attester, &world.instance, "tv", &change), world.proof())
    };
    let declares = [("tandem_device_type", "kiosk")];
    is_refused(&ask_as(&world.server, "tv", &of("tv"), &declares).await);
    is_taken(&ask_as(&world.server, "tv", &of("kiosk"), &[]).await);
    assert_eq!(ask_tv(&world.server, &of("kiosk")).await.status, 429);
}

/// R6.7b: an attested key that is registered here is that device, and revoking it counts.
#[tokio::test]
async fn an_attested_device_can_be_registered_to_be_revoked() {
    let world = World::new(json!({})).await;
    register(&world.server, device("tv", "tv-1", &world.instance)).await;
    is_taken(&ask_tv(&world.server, &world.shown("tv")).await);
    world.server.app.store.revoke_trusted_device("tv-1", world.server.now()).await.unwrap();
    is_refused(&ask_tv(&world.server, &world.shown("tv")).await);
}

/// Sections 7.5 and 9.3 of the draft: it authenticates the client, and binds what the instance got to its key.
#[tokio::test]
async fn an_attestation_authenticates_a_client_that_registered_it() {
    let world = World::new(json!({})).await;
    let server = &world.server;
    let authorize = |shown: Shown, form: &'static [(&'static str, &'static str)]| async move {
        server.send(shown.request(AUTHORIZE, form)).await
    };
    authorize(Shown::nothing(), &[("client_id", "appliance")]).await.is_error(401, "invalid_client");
    authorize(Shown::nothing(), &[("client_id", "appliance"), ("client_secret", "x")])
        .await
        .is_error(401, "invalid_client");
    authorize(world.shown("appliance"), &[("client_id", "tv")])
        .await
        .is_error(400, "invalid_client_attestation");
    // A proof that is used once counts once in a call, though two look at it.
    is_taken(&authorize(world.shown("appliance"), &[("client_id", "appliance")]).await);
    let used = world.shown("appliance");
    let codes = authorize(used.clone(), &[("scope", "openid offline_access")]).await;
    authorize(used, &[]).await.is_error(400, "invalid_client_attestation");
    let codes = Codes::read(&codes);
    Phone::signed_in(server, "alice").await.allow(&codes.user_code).await;
    let collect = |shown: Shown, code: String| async move {
        server.advance(6);
        let form = [("grant_type", DEVICE_CODE), ("device_code", code.as_str())];
        server.send(shown.request("/token", &form)).await
    };
    let code = codes.device_code;
    let other = Key::new();
    let foreign = both(
        world.attestation_of(&world.attester, &other, "appliance", &json!({})),
        world.proof_of(&other, &json!({})),
    );
    collect(foreign.clone(), code.clone()).await.is_error(400, "invalid_grant");
    let tokens = collect(world.shown("appliance"), code.clone()).await;
    is_taken(&tokens);
    let family = server.app.store.family(CrossingId::of_secret(&code)).await.unwrap().unwrap();
    assert_eq!(family.instance.as_deref(), Some(world.instance.thumbprint().as_str()));
    let refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    let renew = |shown: Shown, token: String| async move {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        server.send(shown.request("/token", &form)).await
    };
    let foreign = both(
        world.attestation_of(&world.attester, &other, "appliance", &json!({})),
        world.proof_of(&other, &json!({})),
    );
    renew(foreign, refresh.clone()).await.is_error(400, "invalid_grant");
    is_taken(&renew(world.shown("appliance"), refresh).await);
}
