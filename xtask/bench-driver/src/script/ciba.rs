//! What does a client say that wants a person to be asked? (CIBA Core sections 7.1 and 10.1, poll mode)

use super::{Next, Script, Step, bad};
use crate::http::{Reply, post, push_field};
use crate::shared::Shared;
use crate::workload::Workload;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const SCOPE: &str = "openid offline_access";
const CIBA_GRANT: &str = "urn:openid:params:grant-type:ciba";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The form that asks a person.
pub fn ask_form(person: &str) -> String {
    let mut form = String::with_capacity(1024);
    push_field(&mut form, "scope", SCOPE);
    push_field(&mut form, "login_hint", person);
    form
}

impl Script {
    /// Asks whose turn it is.
    pub(super) fn ask(&mut self, shared: &mut Shared, out: &mut Vec<u8>) {
        self.step = Step::Ask;
        self.person = shared.people.next();
        let form = ask_form(&self.person);
        let endpoint = shared.target.backchannel_authentication.clone().unwrap_or_default();
        self.as_client(shared, &endpoint, form, out);
    }

    /// Takes the request's name to the door.
    pub(super) fn asked(&mut self, reply: &Reply<'_>, shared: &Shared, out: &mut Vec<u8>) -> Next {
        let (200, Some(auth_req_id)) = (reply.status, reply.text_member("auth_req_id")) else {
            return bad(reply);
        };
        auth_req_id.clone_into(&mut self.auth_req_id);
        let mut form = String::with_capacity(80);
        push_field(&mut form, "auth_req_id", auth_req_id);
        self.step = Step::Door;
        post(out, &shared.target.host, "/_bench/approve", "", &form);
        Next::Request
    }

    /// Polls once, after the person's yes.
    pub(super) fn collect(&mut self, shared: &mut Shared, out: &mut Vec<u8>) -> Next {
        self.step = Step::Collect;
        let mut form = String::with_capacity(1024);
        push_field(&mut form, "grant_type", CIBA_GRANT);
        push_field(&mut form, "auth_req_id", &self.auth_req_id);
        let endpoint = shared.target.token.clone();
        self.as_client(shared, &endpoint, form, out);
        Next::Request
    }

    /// All three tokens, and the ID token is about the person who was asked.
    pub(super) fn collected(&mut self, reply: &Reply<'_>, shared: &mut Shared) -> Next {
        let about_them = reply.text_member("id_token").is_some_and(|token| is_about(token, &self.person));
        if about_them { self.all_tokens(reply, shared) } else { bad(reply) }
    }

    /// Sends a form with the client's authentication.
    fn as_client(&self, shared: &mut Shared, endpoint: &str, mut form: String, out: &mut Vec<u8>) {
        let mut headers = "";
        if self.workload == Workload::CibaFlowPrivateKeyJwt {
            push_field(&mut form, "client_assertion_type", JWT_BEARER);
            push_field(&mut form, "client_assertion", &shared.assertions.take());
        } else {
            headers = &shared.target.asker;
        }
        post(out, &shared.target.host, endpoint, headers, &form);
    }
}

/// Whether an ID token's subject is this person.
fn is_about(token: &str, person: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    let claims = payload.and_then(|payload| String::from_utf8(payload).ok()).unwrap_or_default();
    claims.contains(&format!("\"sub\":\"{person}\""))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::shared::People;
    use crate::target::{Approval, Target};

    const ASKED: &str = "{\"auth_req_id\":\"a-b_c\",\"expires_in\":120,\"interval\":5}";

    fn shared() -> Shared {
        let metadata = "{\"issuer\":\"http://h\",\"token_endpoint\":\"http://h/t\",\"introspection_endpoint\":\"http://h/i\",\
            \"device_authorization_endpoint\":\"http://h/d\",\"backchannel_authentication_endpoint\":\"http://h/b\"}";
        let reply = Reply { status: 200, head: "", body: metadata };
        let pair = ("desk".to_owned(), "s".to_owned());
        let target = Target::from_metadata(1, &reply, Approval::Door, &pair).unwrap();
        let mut shared = Shared::new(target.asked_by(&pair));
        shared.people = People::of(2);
        shared
    }

    fn tokens(person: &str) -> String {
        let claims = URL_SAFE_NO_PAD.encode(format!("{{\"iss\":\"h\",\"sub\":\"{person}\"}}"));
        format!(
            "{{\"access_token\":\"at\",\"refresh_token\":\"rt\",\"id_token\":\"h.{claims}.s\",\"token_type\":\"Bearer\"}}"
        )
    }

    fn play(script: &mut Script, shared: &mut Shared, replies: &[(u16, &str)]) -> (Next, String) {
        let mut out = Vec::new();
        script.begin(Workload::CibaFlow, shared, &mut out);
        let mut next = Next::Request;
        for &(status, body) in replies {
            assert_eq!(next, Next::Request);
            next = script.answer(&Reply { status, head: "", body }, shared, &mut out);
        }
        (next, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_flow_asks_approves_and_collects() {
        let (mut script, mut shared) = (Script::new(), shared());
        let (next, sent) =
            play(&mut script, &mut shared, &[(200, ASKED), (204, ""), (200, &tokens("user00000"))]);
        assert_eq!(next, Next::Done(Verdict::Good));
        for part in [
            "POST /b HTTP/1.1",
            "scope=openid+offline_access&login_hint=user00000",
            "POST /_bench/approve HTTP/1.1",
            "\r\n\r\nauth_req_id=a-b_c",
            "POST /t HTTP/1.1",
            "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=a-b_c",
        ] {
            assert!(sent.contains(part), "{part}: {sent}");
        }
        // desk:s, at both endpoints of the client and not at the door.
        assert_eq!(sent.matches("Authorization: Basic ZGVzazpz\r\n").count(), 2, "{sent}");
        let (_, sent) = play(&mut script, &mut shared, &[]);
        assert!(sent.contains("login_hint=user00001"), "the next person");
        let (_, sent) = play(&mut script, &mut shared, &[]);
        assert!(sent.contains("login_hint=user00000"), "all in turn");
    }

    #[test]
    fn wrong_answers_are_bad() {
        let other = tokens("user00001");
        let own = tokens("user00000");
        let without_refresh = own.replace("refresh_token", "other");
        let without_id = own.replace("id_token", "other");
        for replies in [
            &[(400, ASKED)][..],
            &[(200, "{}")],
            &[(200, ASKED), (400, "")],
            &[(200, ASKED), (204, ""), (400, "{\"error\":\"authorization_pending\"}")],
            &[(200, ASKED), (204, ""), (200, &other)],
            &[(200, ASKED), (204, ""), (200, &without_refresh)],
            &[(200, ASKED), (204, ""), (200, &without_id)],
        ] {
            let (next, _) = play(&mut Script::new(), &mut shared(), replies);
            assert!(matches!(next, Next::Done(Verdict::Bad(_))), "{replies:?}: {next:?}");
        }
    }
}
