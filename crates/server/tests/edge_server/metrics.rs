//! What can be read at /metrics and /health?

use super::support::{fetch, settings, start};
use tandem_server::edge::admin::{Health, router};
use tandem_server::edge::metrics;
use tandem_server::edge::settings::Draining;
use tower::ServiceExt;

#[tokio::test]
async fn requests_are_counted_by_template_and_class_of_status() {
    let server = start(settings()).await;
    metrics::install();
    for id in ["7", "8", "secret-in-path"] {
        fetch(server.public, &format!("/counted/{id}?code=secret-in-query")).await;
    }
    fetch(server.public, "/secret-in-unknown-path").await;
    fetch(server.public, "/panic").await;
    metrics::crossing("test_event");
    metrics::crossing("test_event");
    metrics::refused("test_endpoint", "test_code");
    metrics::token_issued("test_grant");
    metrics::sign_in("test_outcome");
    metrics::published_keys("test_outcome");

    let answer = fetch(server.admin, "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
    for line in [
        "# TYPE tandem_http_requests_total counter",
        "tandem_http_requests_total{route=\"/counted/{id}\",status=\"2xx\"} 3",
        "# HELP tandem_http_request_duration_seconds ",
        "# TYPE tandem_http_request_duration_seconds histogram",
        "tandem_http_request_duration_seconds_bucket{route=\"/counted/{id}\",le=\"+Inf\"} 3",
        "tandem_http_request_duration_seconds_count{route=\"/counted/{id}\"} 3",
        "tandem_crossings_total{event=\"test_event\"} 2",
        "tandem_refusals_total{endpoint=\"test_endpoint\",code=\"test_code\"} 1",
        "tandem_tokens_issued_total{grant=\"test_grant\"} 1",
        "tandem_sign_ins_total{outcome=\"test_outcome\"} 1",
        "tandem_published_keys_total{outcome=\"test_outcome\"} 1",
        "# HELP tandem_test_things Things.",
        "tandem_test_things 7",
        "tandem_http_faults_total{fault=\"panicked\"} ",
        "tandem_build_info{version=\"",
    ] {
        assert!(answer.lines().any(|found| found.starts_with(line)), "{line} is missing in {answer}");
    }
    assert!(answer.contains("tandem_http_requests_total{route=\"unmatched\",status=\"4xx\"}"));
    assert!(!answer.contains("secret-in"), "{answer}");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let names = body.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in names.filter(|line| line.contains(' ')) {
        assert!(line.starts_with("tandem_"), "{line}");
    }
}

#[tokio::test]
async fn readiness_says_in_one_word_why_not() {
    let health = Health::new(|| Err("store"), Vec::new, Draining::default());
    for (path, status, body) in [
        ("/health/live", 200, r#"{"status":"live"}"#),
        ("/health/ready", 503, r#"{"reason":"store","status":"not_ready"}"#),
        ("/health", 503, r#"{"reason":"store","status":"not_ready"}"#),
        ("/other", 404, ""),
    ] {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = router(health.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let found = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(found, body, "{path}");
    }
}
