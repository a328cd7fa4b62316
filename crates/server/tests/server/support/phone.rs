//! A person with a browser: cookies, forms, an address.

use super::{Answer, PASSWORD, PHONE, TestServer, form_request};
use axum::body::Body;
use axum::http::{Request, header};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A browser on a phone.
pub struct Phone<'s> {
    server: &'s TestServer,
    cookies: Mutex<BTreeMap<String, String>>,
    address: &'static str,
}

impl<'s> Phone<'s> {
    /// A fresh browser.
    pub fn new(server: &'s TestServer) -> Self {
        Self::at(server, PHONE)
    }

    /// A fresh browser at another address.
    pub fn at(server: &'s TestServer, address: &'static str) -> Self {
        Self { server, cookies: Mutex::default(), address }
    }

    /// A browser whose owner has signed in.
    pub async fn signed_in(server: &'s TestServer, username: &str) -> Self {
        let phone = Self::new(server);
        phone.sign_in(username, PASSWORD).await;
        phone
    }

    /// Takes over the cookies of another browser: the same one after a while, or elsewhere.
    pub fn adopt(&self, cookie_line: &str) {
        let pairs = cookie_line.split("; ").filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.cookies.lock().unwrap().extend(pairs);
    }

    /// The same browser, somewhere else now.
    pub fn moved_to(self, address: &'static str) -> Self {
        Self { address, ..self }
    }

    /// Signs in.
    pub async fn sign_in(&self, username: &str, password: &str) -> Answer {
        let page = self.get("/sign-in").await;
        let csrf = page.field("csrf");
        let form = [("username", username), ("password", password), ("csrf", &csrf), ("next", "/account")];
        self.post("/sign-in", &form).await
    }

    /// Gets a page; redirects are not followed.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(form_request(path, form)).await
    }

    /// Types a code and goes on to the decision page.
    pub async fn open(&self, user_code: &str) -> Answer {
        let page = self.get("/device").await;
        let csrf = page.field("csrf");
        let answer = self.post("/device", &[("user_code", user_code), ("csrf", &csrf)]).await;
        assert_eq!(answer.location(), "/device/decision");
        self.get("/device/decision").await
    }

    /// Answers the question on a decision page.
    pub async fn answer(&self, question: &Answer, decision: &str) -> Answer {
        let (csrf, crossing) = (question.field("csrf"), question.field("crossing"));
        let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)];
        self.post("/device/decision", &form).await
    }

    /// Types a code and answers yes.
    pub async fn allow(&self, user_code: &str) {
        self.decide(user_code, "allow").await;
    }

    /// Types a code and answers.
    pub async fn decide(&self, user_code: &str, decision: &str) -> Answer {
        let question = self.open(user_code).await;
        assert_eq!(question.status, 200, "{}", question.body);
        let answer = self.answer(&question, decision).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Sends anything, with the cookies.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let line = self.cookie_line();
        if !line.is_empty() {
            request.headers_mut().insert(header::COOKIE, line.parse().unwrap());
        }
        let answer = self.server.send_from(self.address, request).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if value.is_empty() || set.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// The cookies as the browser sends them.
    pub fn cookie_line(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}
