//! Whom does the server believe over TLS?

use super::people::{authority, identity};
use super::support::{Manner, TestNames, TestServer, outgoing, outgoing_with, post, start_tls};
use tandem_server::outgoing::{OutgoingError, Roots};
use tempfile::TempDir;

#[tokio::test]
async fn an_authority_of_the_operators_own_is_believed_for_the_right_name_only() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ca.pem");
    let (ours, foreign) = (authority(), authority());
    std::fs::write(&file, ours.pem()).unwrap();
    let names = TestNames::default().with("receiver.test", &[&["127.0.0.1"]]);
    let with_file = outgoing_with(&["127.0.0.1"], &names, Some(&file));
    let without = outgoing(&["127.0.0.1"], &names);

    let url = |config| format!("https://receiver.test:{}/", start_tls(config).port());
    let good = url(identity(&ours, "receiver.test"));
    assert_eq!(post(&with_file, &good).await.unwrap().status, 204);
    assert_eq!(post(&without, &good).await, Err(OutgoingError::Tls));
    assert_eq!(post(&with_file, &url(identity(&ours, "other.test"))).await, Err(OutgoingError::Tls));
    assert_eq!(post(&with_file, &url(identity(&foreign, "receiver.test"))).await, Err(OutgoingError::Tls));
    // A certificate for an address is for that address.
    let port = start_tls(identity(&ours, "127.0.0.1")).port();
    assert_eq!(post(&with_file, &format!("https://127.0.0.1:{port}/")).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_over_https() {
    let mut plain = TestServer::start(Manner::Says("HTTP/1.1 204 No\r\n\r\n".to_owned())).await;
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let url = format!("https://{}/", plain.address);
    // It reads the handshake for a request without an end, until the time for connecting is over.
    let answer = super::support::post_within(&client, &url, std::time::Duration::from_millis(300)).await;
    assert!(matches!(answer, Err(OutgoingError::TimedOut | OutgoingError::Tls)), "{answer:?}");
    assert!(plain.requests.try_recv().is_err());
}

#[test]
fn a_file_of_authorities_that_holds_none_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ca.pem");
    let refusal = || Roots::read(Some(&file)).unwrap_err().to_string();
    assert!(refusal().contains("No such file"), "{}", refusal());
    for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, text).unwrap();
        assert!(refusal().contains("ca.pem"), "{}", refusal());
    }
    std::fs::write(&file, authority().pem()).unwrap();
    assert_eq!(Roots::read(Some(&file)).unwrap().added().count(), 1);
}
