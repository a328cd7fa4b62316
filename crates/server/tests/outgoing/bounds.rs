//! How many requests are under way at once?

use super::support::{Manner, TestNames, TestServer, outgoing, post_within, soon};
use std::time::Duration;
use tandem_server::outgoing::OutgoingError;

#[tokio::test]
async fn one_host_gets_sixteen_at_once_and_the_others_wait_within_their_time() {
    let mut silent = TestServer::start(Manner::Silent).await;
    let client = outgoing(&["127.0.0.1"], &TestNames::default());
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let (client, url) = (client.clone(), silent.url("/"));
            tokio::spawn(async move { post_within(&client, &url, Duration::from_mins(1)).await })
        })
        .collect();
    for _ in 0..16 {
        soon("sixteen requests", silent.requests.recv()).await.unwrap();
    }
    let one_more = post_within(&client, &silent.url("/"), Duration::from_millis(200)).await;
    assert_eq!(one_more, Err(OutgoingError::TimedOut));
    assert_eq!(silent.connected(), 16, "the last was never sent");
    // Another host is not held up; a turn that ends is given on.
    let at = format!("127.0.0.2:{}", silent.address.port());
    let mut other = TestServer::start_at(&at, Manner::Says("HTTP/1.1 204 No\r\n\r\n".to_owned())).await;
    let wide = outgoing(&["127.0.0.0/8"], &TestNames::default());
    assert_eq!(post_within(&wide, &other.url("/"), Duration::from_secs(20)).await.unwrap().status, 204);
    soon("the other host", other.requests.recv()).await.unwrap();
    let waiting = {
        let (client, url) = (client.clone(), silent.url("/"));
        tokio::spawn(async move { post_within(&client, &url, Duration::from_mins(1)).await })
    };
    calls[0].abort();
    soon("the turn of the waiting one", silent.requests.recv()).await.unwrap();
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    waiting.abort();
}

#[tokio::test]
async fn sixty_four_are_under_way_in_all() {
    let client = outgoing(&["127.0.0.0/8"], &TestNames::default());
    let mut servers = Vec::new();
    for host in 1..=17 {
        servers.push(TestServer::start_at(&format!("127.0.1.{host}:0"), Manner::Silent).await);
    }
    let mut calls = Vec::new();
    for server in &mut servers[..16] {
        for _ in 0..4 {
            let (client, url) = (client.clone(), server.url("/"));
            let call = async move { post_within(&client, &url, Duration::from_mins(1)).await };
            calls.push(tokio::spawn(call));
        }
        for _ in 0..4 {
            soon("the requests", server.requests.recv()).await.unwrap();
        }
    }
    let one_more = post_within(&client, &servers[16].url("/"), Duration::from_millis(200)).await;
    assert_eq!((one_more, servers[16].connected()), (Err(OutgoingError::TimedOut), 0));
    calls[0].abort();
    let (client, url) = (client.clone(), servers[16].url("/"));
    calls.push(tokio::spawn(async move { post_within(&client, &url, Duration::from_mins(1)).await }));
    soon("a turn that became free", servers[16].requests.recv()).await.unwrap();
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}
