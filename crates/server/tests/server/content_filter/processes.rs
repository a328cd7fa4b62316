//! What if a process that looks at messages hangs, dies, lies or cannot start?

use super::{Mailed, SETS_NOTHING_ASIDE, mail, with, with_milter};
use crate::support::TestServer;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tandem_server::config::OnFailure;

/// A program in place of the one that looks.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("program");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

const SAYS_READY: &str = "printf '\\000\\000\\000\\005ready'";

async fn with_program(folder: &Path, script: &str) -> TestServer {
    let program = program(folder, script);
    with(|config| {
        config.content_filter.worker_program = Some(program);
        config.content_filter.seconds = 1;
    })
    .await
}

#[tokio::test]
async fn a_process_that_fails_is_a_503_and_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for script in [
        "exit 1",
        "echo nonsense",
        SAYS_READY,
        &format!("{SAYS_READY}; head -c 300 >/dev/null; printf '\\377\\377\\377\\377'"),
        &format!("{SAYS_READY}; printf '\\000\\000\\000\\002{{}}'; exec /bin/sleep 60"),
        &format!("{SAYS_READY}; exec /bin/sleep 60"),
    ] {
        let server = with_program(folder.path(), script).await;
        for _ in 0..2 {
            let answer = server.scan("text/plain", &["ada"], "hello").await;
            answer.is_error(503, "temporarily_unavailable");
        }
        assert_eq!(server.get("/.well-known/openid-configuration").await.status, 200);
    }
    let missing =
        with(|config| config.content_filter.worker_program = Some(folder.path().join("nothing"))).await;
    missing.scan("text/plain", &[], "hello").await.is_error(503, "temporarily_unavailable");
}

/// A process that died of one message, or of something else between two, is replaced at once.
#[tokio::test]
async fn a_dead_process_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let real = env!("CARGO_BIN_EXE_tandem");
    // The first one starts and ends at the first message; each later one is the real program.
    let mark = folder.path().join("mark");
    let script = format!(
        "PATH=/usr/bin:/bin; if [ -e {mark} ]; then exec {real} content-filter-worker; fi; : > {mark}; head -c 100 >/dev/null; {SAYS_READY}; exit 0",
        mark = mark.display()
    );
    let server = with_program(folder.path(), &script).await;
    let codes = server.device_authorization().await;
    // What it died of is looked at once more, without pictures: no code hides behind something deadly.
    let answer = server.scan("message/rfc822", &["ada"], mail(&codes.user_code)).await;
    assert!(super::findings(&answer)[0]["live"] == true, "{}", answer.body);
    assert!(answer.json()["skipped"][0]["undecodable"].is_object(), "and that is said: {}", answer.body);
    for _ in 0..3 {
        assert_eq!(server.verdict("hello", &[]).await, "allow");
    }
}

/// The process knows nothing of its parent but what it is sent. All that its allocator is told is the same everywhere.
#[tokio::test]
async fn a_process_has_no_environment_and_no_home() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script =
        format!("/usr/bin/env > {told}; pwd >> {told}; echo \"$@\" >> {told}; exit 1", told = told.display());
    let server = with_program(folder.path(), &script).await;
    server.scan("text/plain", &[], "hello").await.is_error(503, "temporarily_unavailable");
    let told = fs::read_to_string(told).unwrap();
    for line in told.lines() {
        let own = ["PWD=", "OLDPWD=", "_=", "SHLVL=", SETS_NOTHING_ASIDE];
        let own = own.iter().any(|name| line.starts_with(name));
        assert!(own || ["/", "content-filter-worker"].contains(&line), "{told}");
    }
}

/// More than can wait is turned away, and what waited is still served.
#[tokio::test]
async fn too_many_at_once_are_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path(), &format!("{SAYS_READY}; exec /bin/sleep 60"));
    let server = with(|config| {
        let filter = &mut config.content_filter;
        filter.worker_program = Some(program);
        (filter.workers, filter.queue, filter.seconds) = (1, 1, 1);
    })
    .await;
    let all = futures_util::future::join_all((0..6).map(|_| server.scan("text/plain", &[], "hello"))).await;
    assert_eq!(all.len(), 6);
    for answer in &all {
        answer.is_error(503, "temporarily_unavailable");
    }
    assert!(all.iter().filter(|answer| answer.body.contains("too many")).count() >= 4);
}

/// Mail is never lost because of us: a mail that kills the process goes on, and so does the one after it.
#[tokio::test]
async fn mail_that_kills_the_process_has_the_answer_for_failures() {
    let folder = tempfile::tempdir().unwrap();
    for (on_failure, answer) in
        [(OnFailure::Accept, "c"), (OnFailure::Tempfail, "y451"), (OnFailure::Reject, "y550")]
    {
        let program = program(folder.path(), &format!("{SAYS_READY}; exec /bin/sleep 60"));
        let Mailed { server: _server, serving: _serving, socket, _folder } = with_milter(|config| {
            config.content_filter.worker_program = Some(program);
            config.content_filter.seconds = 1;
            config.content_filter.milter.on_failure = on_failure;
        })
        .await;
        let mut mta = super::client::Mta::connect(&socket).await;
        for _ in 0..2 {
            let answers = mta.mail(&["<ada@example.com>"], &mail("hello")).await;
            assert_eq!(answers.len(), 1);
            assert!(answers[0].to_string().starts_with(answer), "{answers:?}");
        }
    }
}
