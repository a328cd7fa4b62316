//! Somebody who looks after incidents, by the admin API. (BCP 6.1.6)

use super::OPERATORS;
use super::service::Service;
use crate::http::PATIENCE;
use crate::outcome::{Played, Trouble};
use crate::server::{Lab, OPERATOR};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;

/// Incidents are opened behind the back of whoever gave the sign. So often is looked for one, by the machine's own clock.
const EACH: Duration = Duration::from_millis(20);

/// An operator.
#[derive(Debug)]
pub struct Operator<'l>(Service<'l>);

impl<'l> Operator<'l> {
    /// The operator of this server.
    pub const fn of(lab: &'l Lab) -> Self {
        Self(Service::new(lab, lab.machine(OPERATORS), OPERATOR))
    }

    /// The number of the newest incident in this state that touched what has this name, once there is one.
    pub fn incident(&self, state: &str, touched: &str) -> Played<i64> {
        let path = format!("/admin/v1/incidents?state={state}&q={touched}");
        for _ in 0..PATIENCE.as_millis() / EACH.as_millis() {
            let list = self.0.get(&path)?;
            let newest = list.get("incidents").and_then(Value::as_array).and_then(|all| all.first());
            if let Some(id) = newest.and_then(|incident| incident.get("id")?.as_i64()) {
                return Ok(id);
            }
            sleep(EACH);
        }
        Err(Trouble::new(format!("no {state} incident of {touched}")))
    }

    /// Ends everything that an incident concerns.
    pub fn contain(&self, id: i64) -> Played<()> {
        contained(&self.0.post(&format!("/admin/v1/incidents/{id}/contain"), &json!({}))?)
    }

    /// Ends everything that was granted to a client.
    pub fn end_client(&self, client_id: &str) -> Played<()> {
        let body = json!({
            "target": { "kind": "client", "id": client_id },
            "reason": "People were called, and talked into requests of this client.",
            "contain": true,
        });
        contained(&self.0.post("/admin/v1/incidents", &body)?)
    }
}

fn contained(incident: &Value) -> Played<()> {
    if incident.get("state").and_then(Value::as_str) == Some("contained") {
        Ok(())
    } else {
        Err(Trouble::new(format!("it was not contained: {incident}")))
    }
}
