//! Who sits behind this request? A browser, known by a secret of its own, and perhaps a person signed in on it.
//!
//! The secret is drawn for every browser, signed in or not, since forms are tied to it. It is drawn anew when
//! somebody signs in or out: a secret that somebody planted before gives nothing after. The store knows sessions by
//! the secret's digest alone. A secret that no session belongs to is an anonymous browser, and nothing more.

use super::cookies;
use crate::app::App;
use crate::pages::Locale;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_core::time::Timestamp;
use tandem_store::{Session, StoreError, User};
use zeroize::Zeroizing;

/// A person, signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: Arc<User>,
    /// Since when, how, until when.
    pub session: Arc<Session>,
}

/// Whether the person was signed in until lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapse {
    /// Not that we know.
    None,
    /// The session is over.
    Expired,
}

/// What the browser must be told with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// It has the secret.
    Known,
    /// The secret is new.
    New,
}

/// The browser behind a request.
pub struct Browser {
    secret: Zeroizing<[u8; 32]>,
    keeping: Keeping,
    signed_in: Option<SignedIn>,
    lapse: Lapse,
    locale: Locale,
    chosen: Option<Locale>,
}

impl Browser {
    /// Finds out who is there.
    pub async fn read(app: &App, headers: &HeaderMap) -> Result<Self, StoreError> {
        let mut browser = Self::anonymous(app, headers);
        if browser.keeping == Keeping::New {
            return Ok(browser);
        }
        let now = app.clock.now();
        for secret in secrets(app, headers) {
            let Some(session) = app.store.session(Digest::of(secret.as_slice())).await? else { continue };
            browser.secret = secret;
            if is_over(app, &session, now) {
                browser.lapse = Lapse::Expired;
                continue;
            }
            let Some(user) = app.store.user(&session.sub).await? else { continue };
            app.store.touch_session(&session, now);
            browser.lapse = Lapse::None;
            browser.signed_in = Some(SignedIn { user, session });
            break;
        }
        Ok(browser)
    }

    /// The browser without a look at the store: nobody is signed in.
    pub fn anonymous(app: &App, headers: &HeaderMap) -> Self {
        let known = secrets(app, headers).next();
        let keeping = if known.is_some() { Keeping::Known } else { Keeping::New };
        Self {
            secret: known.unwrap_or_else(|| Zeroizing::new(app.random.bytes())),
            keeping,
            signed_in: None,
            lapse: Lapse::None,
            locale: locale_of(app, headers),
            chosen: None,
        }
    }

    /// Heeds `?lang=` of a GET: the choice holds for this answer, and the browser keeps it.
    pub fn heed_language(&mut self, uri: &Uri) {
        let query = Form::parse_query(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
        if let Some(locale) = query.get("lang").and_then(Locale::from_tag) {
            self.locale = locale;
            self.chosen = Some(locale);
        }
    }

    /// Who is signed in.
    pub const fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref()
    }

    /// Whether somebody was signed in here whose session is over.
    pub fn has_expired(&self) -> bool {
        self.lapse == Lapse::Expired
    }

    /// The language to speak.
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// What this browser is known by. It is no secret, and changes when somebody signs in or out.
    pub fn id(&self) -> Digest {
        Digest::of(self.secret.as_slice())
    }

    /// [`Browser::id`] as text: what a rate limit counts by.
    pub fn name(&self) -> String {
        self.id().to_string()
    }

    /// The CSRF token for this browser's forms.
    pub fn csrf(&self, app: &App) -> String {
        self.csrf_mac(app).to_string()
    }

    /// Whether a form came from a page that we gave to this browser.
    pub fn csrf_holds(&self, app: &App, token: Option<&str>) -> bool {
        let Some(token) = token else { return false };
        let Ok(Ok(bytes)) = URL_SAFE_NO_PAD.decode(token).map(<[u8; 32]>::try_from) else { return false };
        // The digest compares in constant time.
        self.keeping == Keeping::Known && self.csrf_mac(app) == Digest::from_bytes(bytes)
    }

    /// Signs somebody in, under a new secret. The session from before, if any, ends.
    pub async fn sign_in(
        &mut self,
        app: &App,
        user: Arc<User>,
        method: AuthenticationMethod,
        address: IpAddr,
        user_agent: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = app.clock.now();
        let secret = Zeroizing::new(app.random.bytes::<32>());
        let session = Session {
            id: Digest::of(secret.as_slice()),
            sub: Arc::clone(&user.sub),
            method,
            auth_time: now,
            expires_at: now.plus(Duration::from_secs(app.config.sessions.lifetime.into())),
            last_seen: now,
            address,
            user_agent: user_agent.map(readable),
        };
        app.store.start_session(session.clone()).await?;
        let before = self.id();
        self.secret = secret;
        self.keeping = Keeping::New;
        self.lapse = Lapse::None;
        self.signed_in = Some(SignedIn { user, session: Arc::new(session) });
        app.store.end_session(before).await.map(|_| ())
    }

    /// Ends the session, and forgets the secret.
    pub async fn sign_out(&mut self, app: &App) -> Result<(), StoreError> {
        app.store.end_session(self.id()).await?;
        self.secret = Zeroizing::new(app.random.bytes());
        self.keeping = Keeping::New;
        self.lapse = Lapse::None;
        self.signed_in = None;
        Ok(())
    }

    /// Adds to an answer what the browser must keep.
    pub fn dress(self, app: &App, mut response: Response) -> Response {
        let kept = app.people.cookies;
        let secret = || Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_slice()));
        let own = (self.keeping == Keeping::New).then(|| kept.set(kept.browser(), &secret(), None));
        let language = self.chosen.map(|locale| kept.set_language(locale.tag()));
        for cookie in [own, language].into_iter().flatten().flatten() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn csrf_mac(&self, app: &App) -> Digest {
        app.keys.browser.mac("csrf", &[self.secret.as_slice()])
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser")
            .field("id", &self.id())
            .field("locale", &self.locale)
            .finish_non_exhaustive()
    }
}

/// Whether a session ended: at the latest some time after signing in, earlier if nothing happened for long.
pub fn is_over(app: &App, session: &Session, now: Timestamp) -> bool {
    let idle = Duration::from_secs(app.config.sessions.idle_timeout.into());
    now >= session.expires_at || now >= session.last_seen.plus(idle)
}

/// The secrets that a browser sent. Garbage is none.
fn secrets<'a>(app: &App, headers: &'a HeaderMap) -> impl Iterator<Item = Zeroizing<[u8; 32]>> + use<'a> {
    cookies::values(headers, app.people.cookies.browser()).filter_map(|value| {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok().map(Zeroizing::new)?;
        bytes.as_slice().try_into().ok().map(Zeroizing::new)
    })
}

fn locale_of(app: &App, headers: &HeaderMap) -> Locale {
    let chosen = cookies::language(headers).and_then(Locale::from_tag);
    chosen.unwrap_or_else(|| {
        let asked =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // The operator's language stands last, so that it is taken when none is spoken that the browser asks for.
        let last = app.config.pages.default_language.as_str();
        let head = asked.get(..asked.floor_char_boundary(400)).unwrap_or_default();
        Locale::negotiate(Some(&format!("{head},{last};q=0.001")), None)
    })
}

/// What a browser calls itself, as far as it is readable.
pub fn user_agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok())
}

/// What a browser calls itself, without what would disturb a page or a log.
fn readable(user_agent: &str) -> String {
    user_agent.chars().filter(|c| !c.is_control()).take(200).collect()
}
