//! How do operators add, change and remove people? For the command line and the demo, beside a running server or not.

use super::People;
use super::passwords::{PasswordError, PasswordRefusal};
use super::usernames::{UsernameRefusal, normalise_username};
use crate::clock::Random;
use crate::config::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use tandem_core::time::Timestamp;
use tandem_store::{AddUserError, Store, StoreError, User};

/// The longest name to show, in characters.
const MAX_NAME: usize = 128;
/// The longest mail address (RFC 5321 section 4.5.3.1.3), in bytes.
const MAX_EMAIL: usize = 254;

/// Somebody to be added.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// The password; without one only passkeys work.
    pub password: Option<Secret>,
    /// The name to show.
    pub name: Option<String>,
    /// The address of their mail.
    pub email: Option<String>,
    /// Whether that address is known to be theirs.
    pub email_verified: bool,
    /// The language they read: a BCP 47 tag.
    pub locale: Option<String>,
}

/// Why an account was not added or changed. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name cannot be a user name.
    #[error(transparent)]
    Username(#[from] UsernameRefusal),
    /// The password is not accepted.
    #[error(transparent)]
    PasswordRefused(#[from] PasswordRefusal),
    /// The name to show is too long or unprintable.
    #[error("a name has 1 to {MAX_NAME} characters and no control characters")]
    Name,
    /// The mail address is none.
    #[error("this is not a mail address")]
    Email,
    /// The language is none.
    #[error("this is not a language tag, such as en or ja")]
    Locale,
    /// Somebody has that user name.
    #[error("there is a user {0} already")]
    UsernameTaken(String),
    /// Nobody has that user name.
    #[error("there is no user {0}")]
    Unknown(String),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds somebody.
pub async fn create_user(
    store: &Store,
    people: &People,
    new: NewUser,
    now: Timestamp,
) -> Result<User, AccountError> {
    let username = normalise_username(&new.username)?;
    let printable = |name: &String| {
        !name.is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control)
    };
    if new.name.as_ref().is_some_and(|name| !printable(name)) {
        return Err(AccountError::Name);
    }
    if new.email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(AccountError::Email);
    }
    let is_tag = |tag: &str| tag.len() <= 35 && tag.parse::<unic_langid::LanguageIdentifier>().is_ok();
    if new.locale.as_deref().is_some_and(|tag| !is_tag(tag)) {
        return Err(AccountError::Locale);
    }
    let password_hash = hash(people, &username, new.password.as_ref().map(Secret::expose)).await?;
    let user = User {
        sub: URL_SAFE_NO_PAD.encode(Random.bytes::<16>()).into(),
        username: username.clone(),
        name: new.name,
        email: new.email,
        email_verified: new.email_verified,
        locale: new.locale,
        password_hash,
        created_at: now,
        updated_at: now,
    };
    match store.add_user(user.clone()).await {
        Ok(()) => Ok(user),
        Err(AddUserError::UsernameTaken) => Err(AccountError::UsernameTaken(username)),
        Err(AddUserError::Store(error)) => Err(error.into()),
    }
}

/// Gives somebody another password, or none. Where they are signed in, they are not any more.
pub async fn set_password(
    store: &Store,
    people: &People,
    username: &str,
    password: Option<&str>,
    now: Timestamp,
) -> Result<(), AccountError> {
    let user = find_user(store, username).await?;
    let hash = hash(people, &user.username, password).await?;
    if !store.set_password(&user.sub, hash, now).await? {
        return Err(AccountError::Unknown(user.username.clone()));
    }
    store.end_sessions_of(&user.sub).await?;
    Ok(())
}

/// Removes somebody, their sessions, passkeys and every access that they gave.
pub async fn remove_user(store: &Store, username: &str, now: Timestamp) -> Result<(), AccountError> {
    let user = find_user(store, username).await?;
    if store.remove_user(&user.sub, now).await? {
        Ok(())
    } else {
        Err(AccountError::Unknown(user.username.clone()))
    }
}

/// Somebody, by the name that they sign in with.
pub async fn find_user(store: &Store, username: &str) -> Result<Arc<User>, AccountError> {
    let username = normalise_username(username)?;
    store.user_by_username(&username).await?.ok_or(AccountError::Unknown(username))
}

async fn hash(
    people: &People,
    username: &str,
    password: Option<&str>,
) -> Result<Option<String>, AccountError> {
    let Some(password) = password else { return Ok(None) };
    people.passwords.accepts(username, password)?;
    Ok(Some(people.passwords.hash(password).await?))
}

/// A rough look: whether mail arrives there only mail can tell.
fn is_email(text: &str) -> bool {
    let plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
    let halves = text.rsplit_once('@');
    plain
        && text.len() <= MAX_EMAIL
        && halves.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}
