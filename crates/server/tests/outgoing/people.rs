//! A server's parts without the server: people with devices, and requests that wait for them.

use super::support::{NOW, TestNames, outgoing};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Addressee, Backchannel, Crossing, CrossingId, DeliveryMode, Denial, DenialReason, Event, Hint, Request,
    Room, Sound, Step, Verification,
};
use tandem_core::digest::Digest;
use tandem_core::mitigations::Findings;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::time::Timestamp;
use tandem_server::clock::{Clock, Random};
use tandem_server::config::{Config, Issuer};
use tandem_server::edge::tls::provider;
use tandem_server::keys::KeyRing;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_server::notifications::{Notice, Notifier, Pace, Parts};
use tandem_server::outgoing::Roots;
use tandem_server::pages::{Pages, Site};
use tandem_store::{AuthorizationDevice, Change, DeviceChannel, Open, Options, Store, User, Write};
use tempfile::TempDir;

pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
/// Pauses that no test has to wait for.
pub const BRISK: Pace = Pace([Duration::from_millis(1); 3]);

/// People, their devices, and what waits for them.
pub struct People {
    pub parts: Parts,
    pub config: Config,
    pub roots: Roots,
    _directory: TempDir,
}

impl People {
    /// Who may call loopback addresses.
    pub async fn new() -> Self {
        Self::calling(&["127.0.0.0/8"]).await
    }

    pub async fn calling(allow_private: &[&str]) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(Options::new(directory.path(), Open::Server), NOW).unwrap();
        let key: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let keys = KeyRing::open(&store, &key, &[], Random, NOW).await.unwrap();
        let site = Site { operator: "Example Ltd".to_owned(), address: "https://id.example.com".to_owned() };
        let parts = Parts {
            store,
            keys: Arc::new(keys),
            pages: Arc::new(Pages::new(None, site).unwrap()),
            outgoing: outgoing(allow_private, &TestNames::default()),
            clock: Clock::manual(NOW),
            random: Random,
        };
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        let config = Config { issuer, ..Config::default() };
        Self { parts, config, roots: Roots::read(None).unwrap(), _directory: directory }
    }

    pub fn notifier(&self, pace: Pace) -> Notifier {
        Notifier::start(&self.config, &self.roots, self.parts.clone(), pace).unwrap()
    }

    pub async fn add_person(&self, sub: &str, locale: Option<&str>) {
        let user = User {
            sub: Arc::from(sub),
            username: sub.to_owned(),
            name: None,
            email: None,
            email_verified: false,
            locale: locale.map(ToOwned::to_owned),
            password_hash: None,
            created_at: NOW,
            updated_at: NOW,
        };
        self.parts.store.add_user(user).await.unwrap();
    }

    pub async fn add_device(&self, sub: &str, detail: &Detail) -> Digest {
        let kind = match detail {
            Detail::App { .. } => DeviceChannel::App,
            Detail::WebPush(_) | Detail::WebPushGone => DeviceChannel::WebPush,
            Detail::Email { .. } => DeviceChannel::Email,
            Detail::Webhook { .. } => DeviceChannel::Webhook,
        };
        let sealed = device_detail::seal(&self.parts.keys, detail).unwrap();
        let device = AuthorizationDevice {
            id: Digest::of(sealed.as_bytes()),
            sub: Arc::from(sub),
            kind,
            name: "a device".to_owned(),
            detail: sealed,
            created_at: NOW,
            last_used_at: None,
        };
        let id = device.id;
        assert!(self.parts.store.put_authorization_device(device).await.unwrap());
        id
    }

    /// Somebody with a mailbox.
    pub async fn add_mailbox(&self, sub: &str, address: &str) -> Digest {
        self.add_person(sub, None).await;
        self.add_device(sub, &Detail::Email { address: address.to_owned() }).await
    }

    /// Somebody whom the webhook reaches.
    pub async fn add_phone(&self, sub: &str, number: &str) -> Digest {
        self.add_person(sub, None).await;
        self.add_device(sub, &Detail::Webhook { to: number.to_owned() }).await
    }

    /// Something that waits for this person's answer for two minutes.
    pub fn ask(&self, secret: &str, sub: &str) -> Notice {
        let id = CrossingId::of_secret(secret);
        let expires_at = NOW.plus(Duration::from_mins(2));
        let event = Event::Initiated(request(sub, expires_at));
        let step = Step { next: Crossing::replay(None, id, event.clone()).unwrap(), event };
        self.parts.store.begin(step).unwrap();
        notice(id, sub, expires_at)
    }

    /// The person says no.
    pub async fn deny(&self, notice: &Notice) {
        let denial = Denial {
            sub: Arc::clone(&notice.sub),
            reason: DenialReason::Declined,
            address: ADDRESS,
            at: NOW,
        };
        let event = Event::Denied(Arc::new(denial));
        let id = notice.crossing;
        let change = |crossing: Crossing| {
            let next = Crossing::replay(Some(crossing), id, event.clone()).unwrap();
            Change { next, write: Write::Durable(event.clone()), answer: () }
        };
        self.parts.store.apply(id, change).await.unwrap();
    }
}

pub fn notice(crossing: CrossingId, sub: &str, expires_at: Timestamp) -> Notice {
    Notice {
        crossing,
        sub: Arc::from(sub),
        asker: "The Shop".to_owned(),
        binding_message: Some("W4SCT".to_owned()),
        expires_at,
        initiated_at: NOW,
        notified: Vec::new(),
    }
}

fn request(sub: &str, expires_at: Timestamp) -> Request {
    let backchannel = Backchannel {
        addressee: Addressee::Person(Arc::from(sub)),
        hint: Hint::LoginHint,
        delivery: DeliveryMode::Poll,
        binding_message: Some("W4SCT".into()),
        authorization_details: None,
        request_context: None,
        acr_values: Vec::new(),
        resource: Vec::new(),
        sound: Sound::Heard,
        notification: None,
    };
    Request {
        room: Room::Ciba,
        client_id: Arc::from("shop"),
        scope: Scope::parse("openid").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription { name: None, kind: DeviceKind::Other, address: ADDRESS },
        user_code: None,
        backchannel: Some(Box::new(backchannel)),
        verification: Verification::Session,
        context: None,
        interval: 5,
        open_for: 0,
        findings: Findings::default(),
        initiated_at: NOW,
        expires_at,
    }
}

/// An authority that nobody trusts by itself.
pub type Authority = CertifiedIssuer<'static, KeyPair>;

pub fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server's identity: a certificate for this name, by this authority.
pub fn identity(authority: &Authority, name: &str) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    Arc::new(config)
}
