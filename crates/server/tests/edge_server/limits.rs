//! What does the edge not put up with?

use super::support::{BODY_LIMIT, fetch, http2_request, read_to_end, read_until, say, settings, soon, start};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const BRIEF: Duration = Duration::from_millis(300);

#[tokio::test]
async fn every_answer_has_an_id_and_only_proxies_may_choose_it() {
    let server = start(settings()).await;
    let own = |answer: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
        assert!(line.len() == 16 && line.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
        line
    };
    let (first, second) = (fetch(server.public, "/").await, fetch(server.public, "/nowhere").await);
    assert!(first.starts_with("HTTP/1.1 200") && second.starts_with("HTTP/1.1 404"));
    assert_ne!(own(&first), own(&second));
    let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: chosen\r\n\r\n";
    own(&say(server.public, request).await);

    let mut behind_proxy = settings();
    let mut proxy = tandem_server::config::Proxy::default();
    proxy.trusted_proxies.push(String::from("127.0.0.1").try_into().unwrap());
    behind_proxy.proxies = tandem_server::edge::address::TrustedProxies::new(&proxy);
    let server = start(behind_proxy).await;
    assert!(say(server.public, request).await.contains("x-request-id: chosen\r\n"));
    own(&say(server.public, &request.replace("chosen", "cho<sen")).await);
}

#[tokio::test]
async fn headers_that_dribble_close_the_connection() {
    let mut brief = settings();
    brief.request_timeout = BRIEF;
    let server = start(brief).await;
    for beginning in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ", "PRI * HTTP/2.0\r\n"] {
        let answer = say(server.public, beginning).await;
        assert!(!answer.contains("200"), "{beginning:?}: {answer}");
    }
    // Neither does a byte now and then help, nor a request well made before.
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
    let (mut reading, mut writing) = stream.into_split();
    let dribble = async {
        let mut pace = tokio::time::interval(BRIEF / 16);
        while writing.write_all(b"x").await.is_ok() {
            pace.tick().await;
        }
    };
    let mut rest = Vec::new();
    let reading = tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut rest);
    // Closed with bytes unread, a connection may end in a reset.
    let ((), _) = soon("the dribbling connection is closed", async { tokio::join!(dribble, reading) }).await;
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

#[tokio::test]
async fn unused_connections_are_closed_later_than_slow_ones() {
    let mut brief = settings();
    brief.request_timeout = BRIEF;
    brief.idle_timeout = BRIEF * 8;
    let server = start(brief).await;
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
    let idle_since = tokio::time::Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(idle_since.elapsed() >= BRIEF * 4, "closed after {:?}", idle_since.elapsed());
}

#[tokio::test]
async fn http2_is_spoken_and_frames_between_its_requests_are_no_slow_request() {
    let mut brief = settings();
    brief.request_timeout = BRIEF;
    brief.idle_timeout = BRIEF * 8;
    let server = start(brief).await;
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    stream.write_all(&http2_request()).await.unwrap();
    read_until(&mut stream, "hello").await;
    let idle_since = tokio::time::Instant::now();
    // The acknowledgement of the server's SETTINGS, after which nothing is asked.
    stream.write_all(&[0, 0, 0, 4, 1, 0, 0, 0, 0]).await.unwrap();
    read_to_end(&mut stream).await;
    assert!(idle_since.elapsed() >= BRIEF * 4, "closed after {:?}", idle_since.elapsed());
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let server = start(settings()).await;
    let with_header = |length: usize| {
        format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: {}\r\n\r\n", "a".repeat(length))
    };
    // The limit holds for everything up to the empty line, and whether it comes in one piece or not.
    for (length, status) in [(16 * 1024, 200), (32 * 1024 - 100, 200), (32 * 1024, 431)] {
        let answer = say(server.public, &with_header(length)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{length}: {answer:?}");
    }
    let answer = say(server.public, &with_header(40 * 1024)).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer:?}");
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70 * 1024));
    let answer = say(server.public, &long).await;
    assert!(answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 414"), "{answer}");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_and_the_refusal_arrives() {
    let server = start(settings()).await;
    let post = |body: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let fits = "a".repeat(BODY_LIMIT);
    assert!(say(server.public, &post(&fits)).await.ends_with(&fits));
    assert!(say(server.public, &post("")).await.starts_with("HTTP/1.1 200"));
    for length in [BODY_LIMIT + 1, 1_000_000] {
        let answer = say(server.public, &post(&"a".repeat(length))).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{length}: {answer}");
    }
    // What is too long is read to its end all the same, so the connection stays good.
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    let kept = post(&"a".repeat(500_000)).replace("connection: close\r\n", "");
    stream.write_all(kept.as_bytes()).await.unwrap();
    assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 413"));
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
    // Announced and never sent: refused at once, before a byte of it has come.
    let announced = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n";
    assert!(say(server.public, announced).await.starts_with("HTTP/1.1 413"));
    let chunk = format!("{:x}\r\n{}\r\n", 600, "a".repeat(600));
    let chunked = "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    assert!(say(server.public, &format!("{chunked}{chunk}0\r\n\r\n")).await.starts_with("HTTP/1.1 200"));
    assert!(
        say(server.public, &format!("{chunked}{chunk}{chunk}0\r\n\r\n")).await.starts_with("HTTP/1.1 413")
    );
    assert!(
        say(server.public, &format!("{chunked}{chunk}nonsense\r\n\r\n")).await.starts_with("HTTP/1.1 400")
    );
    // In pieces, as a network may cut it.
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "100 Continue").await;
    for piece in ["ab", "cd"] {
        stream.write_all(piece.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(read_to_end(&mut stream).await.ends_with("\r\n\r\nabcd"));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_by_whose_fault_it_is() {
    let mut brief = settings();
    brief.request_timeout = BRIEF;
    let server = start(brief).await;
    let answer = fetch(server.public, "/forever").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("temporarily_unavailable") && answer.contains("retry-after: 5\r\n"));
    assert!(answer.contains("cache-control: no-store\r\n") && answer.contains("x-request-id: "));
    let half = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf";
    let answer = say(server.public, half).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn a_panic_fails_one_request_and_says_nothing() {
    let server = start(settings()).await;
    let mut stream = TcpStream::connect(server.public).await.unwrap();
    stream.write_all(b"GET /panic HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = read_until(&mut stream, "}").await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("\"error\":\"server_error\""), "{answer}");
    assert!(!answer.contains("secret-in-panic"));
    // Even on the same connection life goes on.
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut stream, "hello").await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_turned_away_until_one_ends() {
    let mut narrow = settings();
    narrow.max_connections = 1;
    let server = start(narrow).await;
    let mut first = TcpStream::connect(server.public).await.unwrap();
    first.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut first, "hello").await;
    assert_eq!(fetch(server.public, "/").await, "");
    drop(first);
    let served = async { while !fetch(server.public, "/").await.ends_with("hello") {} };
    soon("the place is free again", served).await;
}
