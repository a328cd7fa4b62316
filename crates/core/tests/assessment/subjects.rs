//! Whom do these tests assess?

use serde_json::{Value, json};
use tandem_core::assessment::{FlowAssessment, GeolocationDatabase, Server, Setting, Subject, assess};
use tandem_core::crossing::Room;
use tandem_core::mitigations::Policy;
use tandem_core::mitigations::policy::Profile;
use tandem_core::oauth::client::Client;

/// A client and what it meets.
#[derive(Debug, Clone)]
pub struct Case {
    pub client: Client,
    pub room: Room,
    pub policy: Policy,
    pub server: Server,
}

pub fn client(more: &Value) -> Client {
    let mut members = json!({
        "client_id": "tv",
        "client_name": "Living-room TV",
        "token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        "scope": "openid profile offline_access",
    });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(members).unwrap()
}

pub fn till(more: &Value) -> Client {
    let mut members = json!({ "client_id": "till", "grant_types": ["urn:openid:params:grant-type:ciba"], "scope": "openid" });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client(&members)
}

pub fn server() -> Server {
    Server {
        access_token_lifetime: 600,
        refresh_token_lifetime: 2_592_000,
        code_lifetime: 600,
        request_lifetime: 600,
        geolocation: GeolocationDatabase::Absent,
        lifted_limits: Vec::new(),
    }
}

impl Case {
    pub fn tv(profile: Profile) -> Self {
        let (client, room) = (client(&json!({})), Room::DeviceAuthorization);
        Self { client, room, policy: profile.policy(), server: server() }
    }

    pub fn till(profile: Profile) -> Self {
        Self { client: till(&json!({})), room: Room::Ciba, policy: profile.policy(), server: server() }
    }

    /// Every profile in both flows, with and without what surrounds it.
    pub fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for profile in Profile::ALL {
            for base in [Self::tv(profile), Self::till(profile)] {
                let mut bound = base.clone();
                bound.client.dpop_bound_access_tokens = true;
                bound.server.geolocation = GeolocationDatabase::Present;
                let mut open = base.clone();
                let limits = [
                    "initiate_client",
                    "initiate_address",
                    "guess_address",
                    "guess_session",
                    "ask_client",
                    "ask_person",
                    "user_code_person",
                ];
                open.server.lifted_limits = limits.map(str::to_owned).to_vec();
                open.client.backchannel_user_code_parameter = open.room == Room::Ciba;
                cases.extend([base, bound, open]);
            }
        }
        cases
    }

    pub fn with(mut self, setting: &str, value: Value) -> Self {
        self.set(setting, value);
        self
    }

    pub fn set(&mut self, setting: &str, value: Value) {
        let (mitigation, name) = setting.split_once('.').unwrap();
        let mut table = serde_json::to_value(&self.policy).unwrap();
        let settings = table[mitigation].as_object_mut().unwrap();
        assert!(settings.contains_key(name), "{setting}");
        settings.insert(name.to_owned(), value);
        self.policy = serde_json::from_value(table).unwrap();
    }

    /// Adds lines of the configuration, as an operator would.
    pub fn apply(&mut self, settings: &[Setting]) {
        for setting in settings {
            let (key, value) = setting.line.split_once(" = ").unwrap();
            match setting.table.as_str() {
                "rate_limits" => self.server.lifted_limits.retain(|lifted| lifted != key),
                "geolocation" => {
                    assert_eq!(key, "database");
                    self.server.geolocation = GeolocationDatabase::Present;
                }
                "clients" => {
                    let mut client = serde_json::to_value(&self.client).unwrap();
                    client[key] = serde_json::from_str(value).unwrap();
                    self.client = serde_json::from_value(client).unwrap();
                }
                table => {
                    assert_eq!(table, format!("{}.policy", self.room.as_str()));
                    self.set(key, serde_json::from_str(value).unwrap());
                }
            }
        }
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject { client: &self.client, room: self.room, policy: &self.policy, server: &self.server }
    }

    pub fn assess(&self) -> FlowAssessment {
        assess(&self.subject())
    }

    pub fn exploit(&self, id: &str) -> tandem_core::assessment::ExploitAssessment {
        let assessed = self.assess();
        assessed.exploits.into_iter().find(|exploit| exploit.exploit.id == id).unwrap()
    }
}
