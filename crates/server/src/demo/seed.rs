//! Who is in the demo from the start?

use crate::app::App;
use crate::command::{Failure, registration};
use crate::config::{self, AuthMethod, GrantType, ScopeList, Secret};
use crate::people::accounts::{self, NewUser};

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
/// The client of the TV page.
pub const TV: &str = "tv";
/// A client with a secret.
pub const KIOSK: &str = "kiosk";
/// That secret.
pub const KIOSK_SECRET: &str = "kiosk-demo-secret";
/// What both clients may ask for.
pub const SCOPE: &str = "openid profile email offline_access";

/// Adds the people and the clients. Those of an earlier demo stay as they are.
pub async fn plant(app: &App) -> Result<(), Failure> {
    for person in PEOPLE {
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
    for table in [tv()?, kiosk()?] {
        if app.store.client(&table.client_id).await.map_err(Failure::of)?.is_none() {
            let client = registration::accept(table, &app.config)?;
            app.store.put_client(&client).await.map_err(Failure::of)?;
        }
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

fn with_grants(mut client: config::Client) -> Result<config::Client, Failure> {
    client.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken];
    client.scope = ScopeList::try_from(SCOPE.to_owned()).map_err(Failure::of)?;
    Ok(client)
}
