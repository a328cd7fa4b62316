//! How does a token end before its time? (RFC 7009)

use crate::support::TestServer;

#[tokio::test]
async fn revoking_either_token_ends_the_family_at_once() {
    for name in ["refresh_token", "access_token"] {
        let server = TestServer::start().await;
        let tokens = server.granted().await;
        let (access, refresh) =
            (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        assert!(server.is_active(access).await);
        let form = [("client_id", "tv"), ("token", tokens[name].as_str().unwrap())];
        let answer = server.post("/revoke", &form).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        assert!(!server.is_active(access).await);
        server.refresh(refresh).await.is_error(400, "invalid_grant");
        assert_eq!(server.post("/revoke", &form).await.status, 200, "again is fine");
    }
}

#[tokio::test]
async fn a_revocation_outlives_a_restart() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let access = tokens["access_token"].as_str().unwrap();
    server.post("/revoke", &[("client_id", "tv"), ("token", access)]).await;
    let server = server.restart().await;
    assert!(!server.is_active(access).await);
}

#[tokio::test]
async fn unknown_and_other_clients_tokens_change_nothing_and_answer_the_same() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let access = tokens["access_token"].as_str().unwrap();
    for form in
        [[("token", "x")], [("token", access)], [("token", tokens["refresh_token"].as_str().unwrap())]]
    {
        assert_eq!(server.post_as("kiosk", "/revoke", &form).await.status, 200);
    }
    assert!(server.is_active(access).await);
    server.post("/revoke", &[("token", access)]).await.is_error(401, "invalid_client");
    server.post("/revoke", &[("client_id", "tv")]).await.is_error(400, "invalid_request");
}
