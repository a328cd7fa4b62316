//! Does the content filter run as a program: on a file, as a milter, and as the process that looks?

use crate::support::{Home, get, run_with, tandem};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

const MAIL: &str = "Subject: TV\r\nContent-Type: text/plain\r\n\r\nYour code is WDJB-MJHT, or http://localhost:8080/device\r\n";

#[test]
fn a_mail_can_be_tried_without_a_server_and_its_code_is_not_shown() {
    let home = Home::new();
    std::fs::write(home.path("mail.eml"), MAIL).unwrap();
    let ended = home.run(&["content-filter", "scan", "mail.eml"]).expect(0);
    assert!(ended.out.contains("may be a code") && ended.out.contains("link"), "{ended:?}");
    assert!(!ended.out.contains("WDJB"), "{ended:?}");
    let json = home.run(&["content-filter", "scan", "mail.eml", "--json"]).expect(0).json();
    assert_eq!(json["findings"][0]["form"], "text");
    let mut command = home.command(&["content-filter", "scan", "-", "--as", "text"]);
    assert_eq!(run_with(&mut command, Some("nothing here")).expect(0).out, "nothing was found\n");
    home.run(&["content-filter", "scan", "missing.eml"]).expect(1).says(&["cannot read missing.eml"]);
    home.run(&["content-filter", "scan", "mail.eml", "--as", "song"]).expect(2);
    assert!(!home.path("data").exists());
}

#[test]
fn the_process_that_looks_is_nobodys_command() {
    assert!(!run_with(&mut tandem(&["--help"]), None).expect(0).out.contains("content-filter-worker"));
    // Who asks for it by hand and gives it nothing, or something else, gets nothing.
    for input in ["", "hello", "\0\0\0\x03s{}"] {
        let ended = run_with(&mut tandem(&["content-filter-worker"]), Some(input)).expect(1);
        assert_eq!(ended.out, "", "{input:?}");
    }
}

fn packet(letter: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() + 1).unwrap();
    [&length.to_be_bytes()[..], &[letter], data].concat()
}

fn reply(stream: &mut UnixStream) -> Vec<u8> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut data = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut data).unwrap();
    data
}

#[test]
fn a_running_server_looks_at_mail_and_cleans_up_when_it_ends() {
    let home = Home::new();
    let socket = home.path("milter.sock");
    home.write(&format!(
        "{}[content_filter]\nlinks = \"tag\"\n[content_filter.milter]\nlisten = \"unix:{}\"\n",
        std::fs::read_to_string(home.path("tandem.toml")).unwrap(),
        socket.display()
    ));
    let server = home.serve();
    let mut stream = UnixStream::connect(&socket).unwrap();
    stream.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
    let offer = [6u32, 0x1ff, 0x1f_ffff].map(u32::to_be_bytes);
    stream.write_all(&packet(b'O', offer.as_flattened())).unwrap();
    assert_eq!(reply(&mut stream)[0], b'O');
    let (headers, body) = MAIL.split_once("\r\n\r\n").unwrap();
    stream.write_all(&packet(b'M', b"<eve@example.net>\0")).unwrap();
    stream.write_all(&packet(b'R', b"<ada@example.com>\0")).unwrap();
    for header in headers.split("\r\n") {
        let header = header.replacen(':', "\0", 1);
        stream.write_all(&packet(b'L', format!("{header}\0").as_bytes())).unwrap();
    }
    stream.write_all(&packet(b'N', b"")).unwrap();
    stream.write_all(&packet(b'E', body.as_bytes())).unwrap();
    assert_eq!(reply(&mut stream), b"hX-Tandem-Content-Filter\0 tag; link\0");
    assert_eq!(reply(&mut stream), b"c");
    let metrics = get(server.admin, "/metrics").body;
    assert!(metrics.contains("tandem_content_filter_messages_total{verdict=\"tag\"} 1"), "{metrics}");
    // An open connection does not hold up the end.
    assert_eq!(server.end(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn a_place_where_it_cannot_listen_is_named() {
    let home = Home::new();
    std::fs::write(home.path("taken"), "a letter").unwrap();
    let mut command = home.command(&["serve"]);
    command.env("TANDEM_CONTENT_FILTER__MILTER__LISTEN", format!("unix:{}", home.path("taken").display()));
    crate::support::run(&mut command).expect(1).says(&["cannot listen at unix:", "taken"]);
    assert_eq!(std::fs::read_to_string(home.path("taken")).unwrap(), "a letter");
    command.env("TANDEM_CONTENT_FILTER__MILTER__LISTEN", "localhost");
    crate::support::run(&mut command)
        .expect(2)
        .says(&["content_filter.milter.listen", "inet:127.0.0.1:8891"]);
}
