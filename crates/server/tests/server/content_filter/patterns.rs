//! Do other filters get patterns, and only once for each change?

use super::server;
use crate::support::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Request, header};

async fn get(server: &TestServer, query: &str, known: Option<&str>) -> Answer {
    let token = server.service_token_for("reader", "content_filter.patterns").await;
    let mut request = Request::get(format!("/content-filter/patterns{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// R6.5.
#[tokio::test]
async fn each_format_is_given_out() {
    let server = server().await;
    for (query, content_type, part) in [
        ("", "application/json", "\"issuer\":\"https://id.example.com\""),
        ("?format=json", "application/json", "TANDEM_USER_CODE"),
        ("?format=spamassassin", "text/plain; charset=utf-8", "\ndescribe TANDEM_LINK "),
        ("?format=rspamd", "text/plain; charset=utf-8", "/i{sa_body}\";"),
    ] {
        let answer = get(&server, query, None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header(header::CONTENT_TYPE), content_type);
        assert_eq!(answer.header(header::CACHE_CONTROL), "private, max-age=3600");
        assert!(answer.body.contains(part), "{}", answer.body);
        let tag = answer.header(header::ETAG).to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let again = get(&server, query, Some(&known)).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
            assert_eq!(again.header(header::ETAG), tag);
        }
        assert_eq!(get(&server, query, Some("\"x\"")).await.status, 200);
    }
}

#[tokio::test]
async fn nothing_else_is_given_out_and_to_nobody_else() {
    let server = server().await;
    for query in ["?format=xml", "?format=", "?other=json", "?format=json&format=json"] {
        get(&server, query, None).await.is_error(400, "invalid_request");
    }
    assert_eq!(server.get("/content-filter/patterns").await.status, 401);
    let token = server.service_token_for("filter", "content_filter.scan").await;
    let request =
        Request::get("/content-filter/patterns").header(header::AUTHORIZATION, format!("Bearer {token}"));
    server.send(request.body(Body::empty()).unwrap()).await.is_error(403, "insufficient_scope");
    let posted = Request::post("/content-filter/patterns").body(Body::empty()).unwrap();
    server.send(posted).await.is_error(405, "invalid_request");
}
