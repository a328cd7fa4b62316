//! What may a client learn of a person? (OpenID Connect Core sections 5.1, 5.3 and 5.4)

use crate::oauth::scope::Scope;
use serde::Serialize;

/// What is known of a person; a scope releases each part.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The subject identifier.
    pub sub: &'a str,
    /// `preferred_username`.
    pub username: &'a str,
    /// `name`.
    pub name: Option<&'a str>,
    /// `email`, and whether it was verified.
    pub email: Option<(&'a str, bool)>,
    /// `locale`.
    pub locale: Option<&'a str>,
    /// `updated_at`, in seconds.
    pub updated_at: u64,
}

/// A userinfo response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UserInfo<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

impl<'a> UserInfo<'a> {
    /// What `scope` releases of this person.
    pub fn release(person: Person<'a>, scope: &Scope) -> Self {
        let mut info = Self { sub: person.sub, ..Self::default() };
        if scope.contains("profile") {
            info.name = person.name;
            info.preferred_username = Some(person.username);
            info.locale = person.locale;
            info.updated_at = Some(person.updated_at);
        }
        if scope.contains("email") {
            info.email = person.email.map(|(address, _)| address);
            info.email_verified = person.email.map(|(_, verified)| verified);
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Person<'_> = Person {
        sub: "s1",
        username: "alice",
        name: Some("Alice"),
        email: Some(("alice@example.com", true)),
        locale: None,
        updated_at: 7,
    };

    #[test]
    fn each_scope_releases_its_part_and_no_more() {
        let released =
            |scope| serde_json::to_string(&UserInfo::release(ALICE, &Scope::parse(scope).unwrap())).unwrap();
        assert_eq!(released("openid"), r#"{"sub":"s1"}"#);
        assert_eq!(
            released("openid email"),
            r#"{"sub":"s1","email":"alice@example.com","email_verified":true}"#
        );
        assert_eq!(
            released("openid profile"),
            r#"{"sub":"s1","name":"Alice","preferred_username":"alice","updated_at":7}"#
        );
    }
}
