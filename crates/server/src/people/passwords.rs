//! Is this the person's password? Argon2id, at the same cost whether the person exists or not.
//!
//! Hashing takes memory and a processor for a while, so it runs on its own threads, a few at a time. Who wants to
//! check a password takes a [`Turn`] first, and may look at rate limits while holding it: then no more wrong tries
//! get past a limit than there are turns.

use crate::clock::Random;
use crate::config;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tandem_store::User;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// The longest password that is hashed, in bytes.
pub const MAX_PASSWORD: usize = 1024;
/// How many may wait for their turn; beyond it the server says that it is busy.
const MOST_WAITING: usize = 256;

/// Why a password was not hashed or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait for their turn.
    #[error("too many passwords are being checked")]
    Busy,
    /// The library refused, or its thread died.
    #[error("the password could not be hashed")]
    Hash,
}

/// Why a text may not become a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer characters than `users.password_min_length`.
    #[error("the password is too short: it needs at least {0} characters")]
    TooShort(u32),
    /// More than [`MAX_PASSWORD`] bytes.
    #[error("the password is too long: it may have at most {MAX_PASSWORD} bytes")]
    TooLong,
    /// Characters that cannot be typed.
    #[error("the password contains control characters")]
    ControlCharacter,
    /// The user name itself.
    #[error("the password is the user name")]
    IsUsername,
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// What the password of somebody unknown is compared with. Nothing hashes to it.
    nobody: Arc<str>,
    min_length: u32,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// The right to hash one password after the other.
#[derive(Debug)]
pub struct Turn<'a> {
    passwords: &'a Passwords,
    permit: Arc<OwnedSemaphorePermit>,
}

impl Passwords {
    /// As the configuration wants it; `None` if Argon2 cannot work with its numbers.
    pub fn new(users: &config::Users, random: Random) -> Option<Self> {
        let (memory, passes) = (users.password_hash_memory, users.password_hash_iterations);
        let params = Params::new(memory, passes, 1, Some(Params::DEFAULT_OUTPUT_LEN)).ok()?;
        let nobody = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).ok()?,
            salt: Some(Salt::new(&random.bytes::<16>()).ok()?),
            hash: Some(Output::new(&random.bytes::<{ Params::DEFAULT_OUTPUT_LEN }>()).ok()?),
        };
        Some(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobody: nobody.to_string().into(),
            min_length: users.password_min_length,
            turns: Arc::new(Semaphore::new(
                usize::try_from(users.password_hash_concurrency).unwrap_or(1).max(1),
            )),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Whether this may become the password of this user.
    pub fn accepts(&self, username: &str, password: &str) -> Result<(), PasswordRefusal> {
        if password.len() > MAX_PASSWORD {
            return Err(PasswordRefusal::TooLong);
        }
        if u32::try_from(password.chars().count()).unwrap_or(u32::MAX) < self.min_length {
            return Err(PasswordRefusal::TooShort(self.min_length));
        }
        if password.contains(char::is_control) {
            return Err(PasswordRefusal::ControlCharacter);
        }
        if password.trim().eq_ignore_ascii_case(username) {
            return Err(PasswordRefusal::IsUsername);
        }
        Ok(())
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn<'_>, PasswordError> {
        let _waiting = Waiting::join(&self.waiting)?;
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        Ok(Turn { passwords: self, permit: Arc::new(permit) })
    }

    /// The hash to keep for a password, in PHC string format, with a fresh salt.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        self.turn().await?.hash(password).await
    }

    /// Whether it is this user's password. For nobody, or a user without a password, it takes as long and is not.
    pub async fn verify(&self, user: Option<&User>, password: &str) -> Result<bool, PasswordError> {
        self.turn().await?.verify(user, password).await
    }

    /// Whether the stored hash was made with other parameters than those of today.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else { return true };
        let params = Params::try_from(&hash);
        hash.algorithm != ARGON2ID_IDENT || params.is_ok_and(|params| params != *self.argon2.params())
    }
}

impl Turn<'_> {
    /// See [`Passwords::hash`].
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let argon2 = self.passwords.argon2.clone();
        let password = Zeroizing::new(password.to_owned());
        let salt: [u8; 16] = Random.bytes();
        self.on_a_thread(move || {
            argon2.hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|_| PasswordError::Hash)
    }

    /// See [`Passwords::verify`].
    pub async fn verify(&self, user: Option<&User>, password: &str) -> Result<bool, PasswordError> {
        self.verify_hash(user.and_then(|user| user.password_hash.as_deref()), password).await
    }

    /// Whether this hash was made of this secret. Where there is no hash it takes as long, and is not.
    pub async fn verify_hash(&self, known: Option<&str>, password: &str) -> Result<bool, PasswordError> {
        let hash: Arc<str> = known.map_or_else(|| Arc::clone(&self.passwords.nobody), Into::into);
        let argon2 = self.passwords.argon2.clone();
        // A longer one is nobody's, and is cut so that it costs what others cost.
        let fits = password.len() <= MAX_PASSWORD;
        let cut = password.get(..password.floor_char_boundary(MAX_PASSWORD)).unwrap_or_default();
        let password = Zeroizing::new(cut.to_owned());
        let matches =
            self.on_a_thread(move || argon2.verify_password(password.as_bytes(), &*hash).is_ok()).await?;
        Ok(matches && fits && known.is_some())
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        // The thread keeps the turn, even if nobody waits for its answer any more.
        let permit = Arc::clone(&self.permit);
        let thread = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        });
        thread.await.map_err(|_| PasswordError::Hash)
    }
}

/// A place in the queue.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(queue: &'a AtomicUsize) -> Result<Self, PasswordError> {
        let place = Self(queue);
        if queue.fetch_add(1, Ordering::SeqCst) >= MOST_WAITING {
            Err(PasswordError::Busy)
        } else {
            Ok(place)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    use tandem_core::time::Timestamp;

    fn passwords(iterations: u32, concurrency: u32) -> Passwords {
        let users = config::Users {
            password_min_length: 12,
            password_hash_memory: 64,
            password_hash_iterations: iterations,
            password_hash_concurrency: concurrency,
        };
        Passwords::new(&users, Random).unwrap()
    }

    fn user(password_hash: Option<String>) -> User {
        User {
            sub: "s".into(),
            username: "alice".to_owned(),
            name: None,
            email: None,
            email_verified: false,
            locale: None,
            password_hash,
            created_at: Timestamp::from_secs(1),
            updated_at: Timestamp::from_secs(1),
        }
    }

    #[test]
    fn a_new_password_is_long_enough_and_not_the_name() {
        let passwords = passwords(1, 1);
        assert_eq!(passwords.accepts("alice", "correct horse"), Ok(()));
        assert_eq!(passwords.accepts("alice", &"電".repeat(12)), Ok(()), "characters count, not bytes");
        assert_eq!(passwords.accepts("alice", "too short x"), Err(PasswordRefusal::TooShort(12)));
        assert_eq!(passwords.accepts("alice", &"a".repeat(1_025)), Err(PasswordRefusal::TooLong));
        assert_eq!(passwords.accepts("alice", "correct\u{7}horse"), Err(PasswordRefusal::ControlCharacter));
        assert_eq!(
            passwords.accepts("alice-the-great", " Alice-The-Great"),
            Err(PasswordRefusal::IsUsername)
        );
    }

    #[tokio::test]
    async fn only_the_right_password_of_somebody_known_matches() {
        let passwords = passwords(1, 2);
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap(), "every hash has a salt of its own");
        let alice = user(Some(hash));
        assert_eq!(passwords.verify(Some(&alice), "correct horse").await, Ok(true));
        for wrong in ["correct horsf", "Correct horse", "correct horse ", "correct hors", ""] {
            assert_eq!(passwords.verify(Some(&alice), wrong).await, Ok(false), "{wrong:?}");
        }
        assert_eq!(passwords.verify(None, "correct horse").await, Ok(false));
        assert_eq!(passwords.verify(Some(&user(None)), "correct horse").await, Ok(false));
        for broken in [
            "",
            "correct horse",
            "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAA",
            "$argon2id$v=19$m=4000000000,t=1,p=1$x$y",
        ] {
            assert_eq!(
                passwords.verify(Some(&user(Some(broken.to_owned()))), "correct horse").await,
                Ok(false)
            );
        }
    }

    #[tokio::test]
    async fn nothing_beyond_the_longest_password_is_ignored() {
        let passwords = passwords(1, 1);
        let longest = "a".repeat(MAX_PASSWORD);
        let alice = user(Some(passwords.hash(&longest).await.unwrap()));
        assert_eq!(passwords.verify(Some(&alice), &longest).await, Ok(true));
        assert_eq!(passwords.verify(Some(&alice), &format!("{longest}b")).await, Ok(false));
    }

    #[tokio::test]
    async fn nobody_costs_what_everybody_costs_and_old_costs_are_noticed() {
        let (today, before) = (passwords(2, 1), passwords(1, 1));
        let hash = before.hash("correct horse").await.unwrap();
        assert!(today.is_outdated(&hash));
        assert!(!before.is_outdated(&hash));
        assert!(!today.is_outdated(&today.nobody), "the same parameters as a hash of today");
        assert!(today.is_outdated("no hash"));
        assert_eq!(
            today.verify(Some(&user(Some(hash))), "correct horse").await,
            Ok(true),
            "old hashes still hold"
        );
    }

    #[tokio::test]
    async fn turns_are_few_and_the_queue_is_short() {
        let passwords = passwords(1, 1);
        let turn = passwords.turn().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<Pin<Box<_>>> = (0..MOST_WAITING).map(|_| Box::pin(passwords.turn())).collect();
        for next in &mut waiting {
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(passwords.turn().await.unwrap_err(), PasswordError::Busy);
        drop(turn);
        assert!(matches!(waiting[0].as_mut().poll(&mut context), Poll::Ready(Ok(_))));
        drop(waiting);
        assert!(passwords.turn().await.is_ok(), "who gave up waiting leaves no trace");
    }
}
