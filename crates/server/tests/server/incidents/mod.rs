//! Something is misused: what ends, who hears of it, and what goes on after a crash? (BCP 6.1.6)

mod causes;
mod containing;
mod late_reports;
mod summary;

use crate::support::{Codes, TestServer};
use tandem_core::crossing::CrossingId;
use tandem_core::incident::{Actor, Cause, Response, State, Target};
use tandem_core::mitigations::Signal;
use tandem_server::incidents::containment::Left;
use tandem_server::incidents::work_due;
use tandem_server::signals::{self, Raised};
use tandem_store::{Incident, IncidentFile, IncidentQuery, NewIncident};

impl TestServer {
    /// What the worker does when it is woken.
    async fn work(&self) {
        assert_eq!(work_due(&self.app).await.unwrap(), Left::Nothing);
    }

    /// All incidents, the oldest first.
    async fn incidents(&self) -> Vec<Incident> {
        let query = IncidentQuery { limit: 100, ..IncidentQuery::default() };
        let mut all = self.app.store.incidents(query).await.unwrap();
        all.reverse();
        all
    }

    /// The one incident that there is.
    async fn incident(&self) -> IncidentFile {
        let all = self.incidents().await;
        assert_eq!(all.len(), 1, "{all:#?}");
        self.app.store.incident(all[0].id).await.unwrap().unwrap()
    }

    /// Somebody opens an incident by hand.
    async fn opened(&self, target: Target, response: Response) -> i64 {
        let new = NewIncident {
            cause: Cause::Operator,
            response,
            at: self.now(),
            actor: Actor::Command,
            crossing: match &target {
                Target::Crossing(id) => Some(*id),
                _ => None,
            },
            sub: None,
            client_id: None,
            summary: "found by hand".to_owned(),
            targets: vec![target],
            seen: Vec::new(),
        };
        self.app.store.open_incident(new, None).await.unwrap().unwrap().id()
    }

    async fn raise(&self, signal: Signal, secret: &str) {
        let raised = Raised { crossing: Some(CrossingId::of_secret(secret)), ..Raised::default() };
        signals::raise(&self.app, signal, &raised, self.now()).await;
    }

    async fn userinfo(&self, token: &str) -> u16 {
        let request =
            axum::http::Request::get("/userinfo").header("authorization", format!("Bearer {token}"));
        self.send(request.body(axum::body::Body::empty()).unwrap()).await.status
    }

    /// That everything of a token response is over, and its owner's browser signed out.
    async fn is_over(&self, tokens: &serde_json::Value) {
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        assert!(!self.is_active(&text("access_token")).await);
        assert!(!self.is_active(&text("refresh_token")).await);
        self.refresh(&text("refresh_token")).await.is_error(400, "invalid_grant");
        assert_eq!(self.userinfo(&text("access_token")).await, 401);
    }

    async fn sessions_of(&self, username: &str) -> usize {
        let sub = self.sub(username).await;
        self.app.store.sessions_of(&sub).await.unwrap().len()
    }
}

/// Where a device's request stands.
fn target(codes: &Codes) -> Target {
    Target::Crossing(CrossingId::of_secret(&codes.device_code))
}

fn steps(file: &IncidentFile) -> Vec<&str> {
    file.steps.iter().map(|step| &*step.step).collect()
}

fn is_contained(file: &IncidentFile) {
    assert_eq!((file.incident.state, file.incident.containing_since), (State::Contained, None), "{file:#?}");
}
