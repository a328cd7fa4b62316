//! Who is in the demo from the start?

use super::address::Place;
use crate::app::App;
use crate::command::{Failure, registration};
use crate::config::{self, AuthMethod, DeliveryMode, GrantType, NumberMatching, ScopeList, Secret};
use crate::people::accounts::{self, NewUser};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::service_scope;
use url::Url;

/// A person of the demo; the password is public.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The name to sign in with.
    pub username: &'static str,
    /// The password.
    pub password: &'static str,
    /// The name to show.
    pub name: &'static str,
}

/// The people.
pub const PEOPLE: [Person; 2] = [
    Person { username: "alice", password: "alice-demo-password", name: "Alice Example" },
    Person { username: "bob", password: "bob-demo-password", name: "Bob Example" },
];
/// Who looks after the demo, and may take back what others gave.
pub const OPERATOR: Person =
    Person { username: "olga", password: "olga-demo-password", name: "Olga Operator" };
/// A program of the operator's: it has messages looked at, reads events, and works on incidents.
pub const TOOLS: &str = "operator-tools";
/// Its secret.
pub const TOOLS_SECRET: &str = "operator-tools-demo-secret";
/// The client of the TV page.
pub const TV: &str = "tv";
/// A client with a secret.
pub const KIOSK: &str = "kiosk";
/// That secret.
pub const KIOSK_SECRET: &str = "kiosk-demo-secret";
/// What both clients may ask for.
pub const SCOPE: &str = "openid profile email offline_access";
/// Somebody who calls the call centre and has no account.
pub const STRANGER: &str = "carol";
/// The client that asks people on the phone, and polls.
pub const CALL_CENTER: &str = "call-center";
/// Its secret.
pub const CALL_CENTER_SECRET: &str = "call-center-demo-secret";
/// What it asks for.
pub const CALL_CENTER_SCOPE: &str = "openid profile email";
/// The client that asks people to pay, and is pinged.
pub const SHOP: &str = "shop";
/// Its secret.
pub const SHOP_SECRET: &str = "shop-demo-secret-please";
/// What it asks for, beside the payment.
pub const SHOP_SCOPE: &str = "openid";
/// Whom people pay there.
pub const SHOP_NAME: &str = "Harbour Bakery";
/// Where it is pinged.
pub const SHOP_NOTIFICATION_PATH: &str = "/demo/shop/notify";
/// What it asks people to consent to; the demo's configuration has words for it.
pub const PAYMENT: &str = "payment";

/// Adds the people and the clients. Those of an earlier demo stay as they are, but for the address of the till: the demo
/// may have moved.
pub async fn plant(app: &App, place: &Place) -> Result<(), Failure> {
    for person in PEOPLE.into_iter().chain([OPERATOR]) {
        let new = NewUser {
            username: person.username.to_owned(),
            password: Some(Secret::new(person.password.to_owned())),
            name: Some(person.name.to_owned()),
            email: Some(format!("{}@example.com", person.username)),
            email_verified: true,
            locale: None,
        };
        let known = app.store.user_by_username(person.username).await.map_err(Failure::of)?;
        if known.is_none() {
            accounts::create_user(&app.store, &app.people, new, app.clock.now()).await?;
        }
    }
    let operator = app.store.user_by_username(OPERATOR.username).await.map_err(Failure::of)?;
    if let Some(operator) = operator {
        app.store.add_operator(&operator.sub, app.clock.now()).await.map_err(Failure::of)?;
    }
    for table in [tv()?, kiosk()?, call_center()?, shop(place)?, tools()?] {
        let known = app.store.client(&table.client_id).await.map_err(Failure::of)?;
        let wanted = table.backchannel_client_notification_endpoint.clone();
        let client = match known {
            None => registration::accept(table, &app.config)?,
            Some(known) if wanted.is_some() && known.backchannel_client_notification_endpoint != wanted => {
                Client { backchannel_client_notification_endpoint: wanted, ..known }
            }
            Some(_) => continue,
        };
        app.store.put_client(&client).await.map_err(Failure::of)?;
    }
    app.reload().await;
    Ok(())
}

fn tv() -> Result<config::Client, Failure> {
    let mut client = config::Client::new(TV);
    client.client_name = Some("Cellar".to_owned());
    client.token_endpoint_auth_method = AuthMethod::None;
    client.tandem_verified = true;
    with_grants(client)
}

fn kiosk() -> Result<config::Client, Failure> {
    let mut client = config::Client::new(KIOSK);
    client.client_name = Some("Demo kiosk".to_owned());
    client.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    client.client_secret = Some(Secret::new(KIOSK_SECRET.to_owned()));
    client.tandem_introspection = true;
    with_grants(client)
}

fn tools() -> Result<config::Client, Failure> {
    let mut client = config::Client::new(TOOLS);
    client.client_name = Some("Operator's tools".to_owned());
    client.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    client.client_secret = Some(Secret::new(TOOLS_SECRET.to_owned()));
    client.grant_types = vec![GrantType::ClientCredentials];
    client.scope = ScopeList::try_from(service_scope::ALL.join(" ")).map_err(Failure::of)?;
    Ok(client)
}

fn with_grants(mut client: config::Client) -> Result<config::Client, Failure> {
    client.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken];
    client.scope = ScopeList::try_from(SCOPE.to_owned()).map_err(Failure::of)?;
    Ok(client)
}

fn call_center() -> Result<config::Client, Failure> {
    let mut client = config::Client::new(CALL_CENTER);
    client.client_name = Some("Lumen Insurance".to_owned());
    client.client_secret = Some(Secret::new(CALL_CENTER_SECRET.to_owned()));
    client.scope = ScopeList::try_from(CALL_CENTER_SCOPE.to_owned()).map_err(Failure::of)?;
    client.backchannel_token_delivery_mode = Some(DeliveryMode::Poll);
    Ok(asking(client))
}

fn shop(place: &Place) -> Result<config::Client, Failure> {
    let mut client = config::Client::new(SHOP);
    client.client_name = Some(SHOP_NAME.to_owned());
    client.client_secret = Some(Secret::new(SHOP_SECRET.to_owned()));
    client.scope = ScopeList::try_from(SHOP_SCOPE.to_owned()).map_err(Failure::of)?;
    client.backchannel_token_delivery_mode = Some(DeliveryMode::Ping);
    let endpoint = format!("{}{SHOP_NOTIFICATION_PATH}", place.on_this_machine());
    client.backchannel_client_notification_endpoint = Some(Url::parse(&endpoint).map_err(Failure::of)?);
    client.authorization_details_types = vec![PAYMENT.to_owned()];
    client.tandem_number_matching = Some(NumberMatching::Pick);
    Ok(asking(client))
}

fn asking(mut client: config::Client) -> config::Client {
    client.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    client.grant_types = vec![GrantType::Ciba];
    client.tandem_verified = true;
    client
}
