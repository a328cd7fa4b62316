//! How do codes live, who may open them, and what is noticed of their misuse? (BCP 6.1.2 to 6.1.6, 6.1.11)

mod one_time_codes;
mod rate_limits;
mod short_lived_codes;
mod signals;
mod unique_codes;

use crate::support::{Answer, Phone, TestServer};
use std::time::Duration;
use tandem_store::SecurityEvent;

impl Phone<'_> {
    /// Types a code and goes nowhere else.
    async fn type_code(&self, user_code: &str) -> Answer {
        let csrf = self.get("/device").await.field("csrf");
        self.post("/device", &[("user_code", user_code), ("csrf", &csrf)]).await
    }
}

impl TestServer {
    /// What was recorded of this kind, oldest first.
    async fn recorded(&self, kind: &str) -> Vec<SecurityEvent> {
        let events = self.app.store.events(1000, None).await.unwrap().into_iter().rev();
        events.map(|recorded| recorded.event).filter(|event| event.kind == kind).collect()
    }

    /// The same once there are so many: some signs are recorded behind the answer's back.
    async fn recorded_soon(&self, kind: &str, count: usize) -> Vec<SecurityEvent> {
        let found = async {
            loop {
                let found = self.recorded(kind).await;
                if found.len() >= count {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found).await.expect("it is recorded")
    }

    /// A public client asks for codes: what it is told.
    async fn initiated(&self, client_id: &str) -> serde_json::Value {
        let answer = self.post("/device_authorization", &[("client_id", client_id)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}
