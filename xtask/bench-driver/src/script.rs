//! What does one connection say, and is the answer the right one? Each workload as a small state machine.

mod ciba;

pub use ciba::ask_form;

use crate::cookies::Cookies;
use crate::html;
use crate::http::{Reply, get, post, push_field};
use crate::proof::ProofKey;
use crate::shared::Shared;
use crate::target::{Approval, DISCOVERY, Target};
use crate::workload::Workload;

/// How an operation ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Good,
    /// The server found that this code is polled too often.
    SlowDown,
    /// Not as it should; what came instead.
    Bad(String),
}

/// What follows an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The next request of the same operation was written.
    Request,
    /// The operation is over.
    Done(Verdict),
}

/// The request whose answer a connection awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Metadata,
    Authorize,
    Door,
    Page,
    /// The page that the first one led to.
    NextPage,
    Decision,
    Redeem,
    Poll,
    Introspect,
    Refresh,
    Ask,
    Collect,
}

/// One connection's part.
pub struct Script {
    workload: Workload,
    step: Step,
    device_code: String,
    user_code: String,
    refresh_token: String,
    auth_req_id: String,
    person: String,
    key: Option<ProofKey>,
    nonce: Option<String>,
    /// The signed-in person's browser: its session, and what it remembers of the flow under way.
    pub cookies: Cookies,
    metadata_length: usize,
}

const SCOPE: &str = "openid profile email offline_access";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CLIENT: &str = "tv";

impl Script {
    /// A connection without key or session.
    pub fn new() -> Self {
        Self {
            workload: Workload::Discovery,
            step: Step::Metadata,
            device_code: String::new(),
            user_code: String::new(),
            refresh_token: String::new(),
            auth_req_id: String::new(),
            person: String::new(),
            key: None,
            nonce: None,
            cookies: Cookies::default(),
            metadata_length: 0,
        }
    }

    /// From now on its tokens are bound to this key.
    pub fn bind(&mut self, key: ProofKey) {
        self.key = Some(key);
    }

    /// Writes the first request of one operation.
    pub fn begin(&mut self, workload: Workload, shared: &mut Shared, out: &mut Vec<u8>) {
        self.workload = workload;
        match workload {
            Workload::Discovery => {
                self.step = Step::Metadata;
                get(out, &shared.target.host, DISCOVERY, "");
            }
            Workload::DeviceAuthorization | Workload::DeviceFlow => {
                self.step = Step::Authorize;
                let mut form = String::with_capacity(80);
                push_field(&mut form, "client_id", CLIENT);
                push_field(&mut form, "scope", SCOPE);
                post(out, &shared.target.host, &shared.target.device_authorization, "", &form);
            }
            Workload::PendingPoll => {
                self.step = Step::Poll;
                let form = device_code_form(shared.device_codes.next());
                post(out, &shared.target.host, &shared.target.token, "", &form);
            }
            Workload::Introspection => {
                self.step = Step::Introspect;
                let mut form = String::with_capacity(80);
                push_field(&mut form, "token", shared.access_tokens.next());
                let target = &shared.target;
                post(out, &target.host, &target.introspection, &target.introspector, &form);
            }
            Workload::Refresh | Workload::RefreshDpop => self.refresh(&shared.target, out),
            Workload::CibaFlow | Workload::CibaFlowPrivateKeyJwt => self.ask(shared, out),
        }
    }

    fn refresh(&mut self, target: &Target, out: &mut Vec<u8>) {
        self.step = Step::Refresh;
        let mut form = String::with_capacity(120);
        push_field(&mut form, "client_id", CLIENT);
        push_field(&mut form, "grant_type", "refresh_token");
        push_field(&mut form, "refresh_token", &self.refresh_token);
        let proof = self.proof(target);
        post(out, &target.host, &target.token, &proof, &form);
    }

    fn redeem(&mut self, target: &Target, out: &mut Vec<u8>) {
        self.step = Step::Redeem;
        let proof = self.proof(target);
        post(out, &target.host, &target.token, &proof, &device_code_form(&self.device_code));
    }

    /// The `DPoP` header line, if the connection has a key.
    fn proof(&mut self, target: &Target) -> String {
        let Some(key) = &mut self.key else { return String::new() };
        match key.prove(&target.token_uri, self.nonce.as_deref()) {
            Ok(proof) => format!("DPoP: {proof}\r\n"),
            // Without its proof the request is refused, and the refusal counted.
            Err(_) => String::new(),
        }
    }

    /// Judges an answer and writes the next request of the operation, if there is one.
    pub fn answer(&mut self, reply: &Reply<'_>, shared: &mut Shared, out: &mut Vec<u8>) -> Next {
        if let Some(nonce) = reply.header("dpop-nonce").filter(|_| self.key.is_some()) {
            self.nonce = Some(nonce.to_owned());
        }
        match self.step {
            Step::Metadata => self.metadata(reply),
            Step::Authorize => self.authorized(reply, shared, out),
            Step::Ask => self.asked(reply, shared, out),
            Step::Collect => self.collected(reply, shared),
            Step::Door if matches!(reply.status, 200 | 204) && self.workload.is_backchannel() => {
                self.collect(shared, out)
            }
            Step::Door if matches!(reply.status, 200 | 204) => self.go_on(Self::redeem, shared, out),
            Step::Page | Step::NextPage => self.page(reply, shared, out),
            Step::Decision if reply.status == 200 => {
                self.cookies.take(reply);
                self.go_on(Self::redeem, shared, out)
            }
            Step::Redeem => self.tokens(reply, shared, out, Self::redeem),
            Step::Refresh => self.tokens(reply, shared, out, Self::refresh),
            Step::Poll => match (reply.status, reply.text_member("error")) {
                (400, Some("authorization_pending")) => Next::Done(Verdict::Good),
                (400, Some("slow_down")) => Next::Done(Verdict::SlowDown),
                _ => bad(reply),
            },
            Step::Introspect if reply.status == 200 && is_active(reply) => Next::Done(Verdict::Good),
            Step::Door | Step::Decision | Step::Introspect => bad(reply),
        }
    }

    fn go_on(
        &mut self,
        send: fn(&mut Self, &Target, &mut Vec<u8>),
        shared: &Shared,
        out: &mut Vec<u8>,
    ) -> Next {
        send(self, &shared.target, out);
        Next::Request
    }

    fn metadata(&mut self, reply: &Reply<'_>) -> Next {
        // The first document is read; the ones after it must be as long.
        let whole =
            || serde_json::from_str::<serde_json::Value>(reply.body).is_ok_and(|v| v.get("issuer").is_some());
        let known = self.metadata_length > 0 && self.metadata_length == reply.body.len();
        if reply.status == 200 && (known || whole()) {
            self.metadata_length = reply.body.len();
            return Next::Done(Verdict::Good);
        }
        bad(reply)
    }

    fn authorized(&mut self, reply: &Reply<'_>, shared: &mut Shared, out: &mut Vec<u8>) -> Next {
        let codes = (reply.text_member("device_code"), reply.text_member("user_code"));
        let (200, (Some(device_code), Some(user_code))) = (reply.status, codes) else { return bad(reply) };
        if self.workload == Workload::DeviceAuthorization {
            if shared.collecting {
                shared.device_codes.push(device_code);
                shared.interval = reply.number_member("interval");
            }
            return Next::Done(Verdict::Good);
        }
        device_code.clone_into(&mut self.device_code);
        user_code.clone_into(&mut self.user_code);
        let mut field = String::new();
        push_field(&mut field, "user_code", user_code);
        let target = &shared.target;
        if target.approval == Approval::Door {
            self.step = Step::Door;
            post(out, &target.host, "/_bench/approve", "", &field);
        } else {
            self.step = Step::Page;
            get(out, &target.host, &format!("/device?{field}"), &self.cookies.line());
        }
        Next::Request
    }

    /// Follows to the decision page, and sends its own form with the person's answer.
    fn page(&mut self, reply: &Reply<'_>, shared: &Shared, out: &mut Vec<u8>) -> Next {
        let target = &shared.target;
        self.cookies.take(reply);
        if let (Step::Page, 303, Some(location)) = (self.step, reply.status, reply.header("location")) {
            self.step = Step::NextPage;
            get(out, &target.host, html::path(location), &self.cookies.line());
            return Next::Request;
        }
        let Some(form) = html::form(reply.body, target.approval.marker()) else { return bad(reply) };
        let mut body = String::new();
        form.fields.iter().for_each(|(name, value)| push_field(&mut body, name, value));
        let (name, value) = target.approval.answer();
        push_field(&mut body, name, value);
        self.step = Step::Decision;
        post(out, &target.host, &form.action, &target.browser_headers(&self.cookies), &body);
        Next::Request
    }

    /// Takes tokens; where the server wants a proof with its nonce, sends the request `again`.
    fn tokens(
        &mut self,
        reply: &Reply<'_>,
        shared: &mut Shared,
        out: &mut Vec<u8>,
        again: fn(&mut Self, &Target, &mut Vec<u8>),
    ) -> Next {
        if reply.status == 400 && reply.text_member("error") == Some("use_dpop_nonce") && self.nonce.is_some()
        {
            shared.repeated += 1;
            return self.go_on(again, shared, out);
        }
        self.all_tokens(reply, shared)
    }

    /// Takes nothing but an access token, an ID token and a new refresh token.
    fn all_tokens(&mut self, reply: &Reply<'_>, shared: &mut Shared) -> Next {
        let tokens = ["access_token", "refresh_token", "id_token"].map(|name| reply.text_member(name));
        let (200, [Some(access), Some(refresh), Some(_)]) = (reply.status, tokens) else { return bad(reply) };
        let wanted = if self.key.is_some() { "DPoP" } else { "Bearer" };
        if reply.text_member("token_type") != Some(wanted) || refresh == self.refresh_token {
            return bad(reply);
        }
        refresh.clone_into(&mut self.refresh_token);
        if shared.collecting {
            shared.access_tokens.push(access);
        }
        Next::Done(Verdict::Good)
    }
}

fn device_code_form(device_code: &str) -> String {
    let mut form = String::with_capacity(180);
    push_field(&mut form, "client_id", CLIENT);
    push_field(&mut form, "grant_type", DEVICE_GRANT);
    push_field(&mut form, "device_code", device_code);
    form
}

fn is_active(reply: &Reply<'_>) -> bool {
    reply.body.contains("\"active\":true") || reply.body.contains("\"active\": true")
}

fn bad(reply: &Reply<'_>) -> Next {
    let body: String = reply.body.chars().take(300).collect();
    let location = reply.header("location").map(|to| format!(" to {to}")).unwrap_or_default();
    Next::Done(Verdict::Bad(format!("{}{location}: {body}", reply.status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(approval: Approval) -> Shared {
        let metadata = "{\"issuer\":\"http://h\",\"token_endpoint\":\"http://h/t\",\"introspection_endpoint\":\"http://h/i\",\
            \"device_authorization_endpoint\":\"http://h/d\"}";
        let reply = Reply { status: 200, head: "", body: metadata };
        let introspector = ("kiosk".to_owned(), "secret".to_owned());
        Shared::new(Target::from_metadata(1, &reply, approval, &introspector).unwrap())
    }

    /// Begins `workload` and answers each request in turn; the last outcome and what was sent.
    fn play(
        script: &mut Script,
        shared: &mut Shared,
        workload: Workload,
        replies: &[(u16, &str)],
    ) -> (Next, String) {
        let mut out = Vec::new();
        script.begin(workload, shared, &mut out);
        let mut next = Next::Request;
        for &(status, body) in replies {
            assert_eq!(next, Next::Request);
            let head = match status {
                303 => "Location: /device/decision\r\nSet-Cookie: crossing=c1; Path=/",
                _ => "DPoP-Nonce: n1",
            };
            next = script.answer(&Reply { status, head, body }, shared, &mut out);
        }
        (next, String::from_utf8(out).unwrap())
    }

    const CODES: &str = "{\"device_code\":\"dc\",\"user_code\":\"BC-DF\"}";
    const TOKENS: &str =
        "{\"access_token\":\"at\",\"refresh_token\":\"rt\",\"id_token\":\"it\",\"token_type\":\"Bearer\"}";

    #[test]
    fn a_device_flow_by_pages_sends_the_form() {
        let mut shared = shared(Approval::TandemPages);
        shared.collecting = true;
        let page = "<form action=\"/device/decision\"><input type=\"hidden\" name=\"csrf\" value=\"c\"><button name=\"decision\"></form>";
        let replies = [(200, CODES), (303, ""), (200, page), (200, ""), (200, TOKENS)];
        let (next, sent) = play(&mut Script::new(), &mut shared, Workload::DeviceFlow, &replies);
        assert_eq!(next, Next::Done(Verdict::Good));
        assert!(sent.contains("GET /device?user_code=BC-DF HTTP/1.1"), "{sent}");
        let followed = "GET /device/decision HTTP/1.1\r\nHost: 127.0.0.1:1\r\nCookie: crossing=c1\r\n\r\n";
        assert!(sent.contains(followed), "{sent}");
        assert!(
            sent.contains("POST /device/decision HTTP/1.1") && sent.contains("csrf=c&decision=allow"),
            "{sent}"
        );
        assert!(sent.contains("device_code=dc") && shared.access_tokens.len() == 1);
    }

    #[test]
    fn wrong_answers_are_bad() {
        let without_refresh = TOKENS.replace("refresh_token", "other");
        for (workload, replies) in [
            (Workload::Discovery, vec![(200, "{}")]),
            (Workload::DeviceAuthorization, vec![(429, CODES)]),
            (Workload::PendingPoll, vec![(400, "{\"error\":\"expired_token\"}")]),
            (Workload::Introspection, vec![(200, "{\"active\":false}")]),
            (Workload::Refresh, vec![(200, without_refresh.as_str())]),
            (Workload::DeviceFlow, vec![(200, CODES), (400, "no")]),
            (
                Workload::DeviceFlow,
                vec![(200, CODES), (200, ""), (400, "{\"error\":\"authorization_pending\"}")],
            ),
        ] {
            let (next, _) = play(&mut Script::new(), &mut shared(Approval::Door), workload, &replies);
            assert!(matches!(next, Next::Done(Verdict::Bad(_))), "{workload:?} {replies:?}: {next:?}");
        }
        let slow = [(400, "{\"error\":\"slow_down\"}")];
        let (next, _) = play(&mut Script::new(), &mut shared(Approval::Door), Workload::PendingPoll, &slow);
        assert_eq!(next, Next::Done(Verdict::SlowDown));
    }

    #[test]
    fn a_bound_refresh_is_repeated_with_the_nonce() {
        let mut shared = shared(Approval::Door);
        let mut script = Script::new();
        script.bind(ProofKey::generate(0).unwrap());
        let bound = TOKENS.replace("Bearer", "DPoP");
        let replies = [(400, "{\"error\":\"use_dpop_nonce\"}"), (200, bound.as_str())];
        let (next, sent) = play(&mut script, &mut shared, Workload::RefreshDpop, &replies);
        assert_eq!(
            (next, shared.repeated, sent.matches("\r\nDPoP: ").count()),
            (Next::Done(Verdict::Good), 1, 2)
        );
        // Rotation must give another token.
        let (next, _) = play(&mut script, &mut shared, Workload::RefreshDpop, &[(200, bound.as_str())]);
        assert!(matches!(next, Next::Done(Verdict::Bad(_))));
    }
}
