//! Can somebody who knows how the filter works get past it, or make others suffer from it?

use super::{SETS_NOTHING_ASIDE, findings, mail, with};
use crate::support::{Phone, TestServer};
use base64::Engine as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use tandem_server::config::UnscannedHandling;

fn attachment(media_type: &str, name: &str, content: &[u8]) -> String {
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    format!(
        "--b\r\nContent-Type: {media_type}; name={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{content}\r\n"
    )
}

fn with_parts(parts: &str) -> String {
    format!(
        "From: eve@example.net\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n"
    )
}

/// Not looking into an archive is no reason to hold back every mail with one; what a mail program shows by itself is.
#[tokio::test]
async fn ordinary_attachments_are_not_held_back_and_hiding_places_are() {
    let server = with(|config| config.content_filter.unscanned = UnscannedHandling::Quarantine).await;
    let zip = b"PK\x03\x04 something with several bytes";
    let tnef = b"\x78\x9f\x3e\x22 something with several bytes";
    let many = attachment("text/plain", "a.txt", b"x").repeat(210);
    for (parts, verdict) in [
        (attachment("application/zip", "a.zip", zip), "allow"),
        (
            attachment(
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "a.docx",
                zip,
            ),
            "allow",
        ),
        (attachment("video/mp4", "a.mp4", b"\0\0\0\x18ftypmp42 and so on"), "allow"),
        (attachment("application/ms-tnef", "winmail.dat", tnef), "quarantine"),
        (
            attachment("application/pkcs7-mime", "smime.p7m", b"0\x82 signed and not in plain sight"),
            "quarantine",
        ),
        (many, "quarantine"),
    ] {
        let answer = server.scan("message/rfc822", &["ada"], with_parts(&parts)).await;
        assert!(!answer.json()["skipped"].as_array().unwrap().is_empty(), "never silent: {}", answer.body);
        assert_eq!(answer.json()["verdict"], verdict, "{}", answer.body);
    }
}

/// R6.5, R6.6: the first of many was quick, and the attacker has tokens already. The mails that follow tell, and they end.
#[tokio::test]
async fn what_was_collected_during_a_campaign_is_taken_back() {
    let server = with(|_| {}).await;
    let codes = server.device_authorization().await;
    assert_eq!(server.verdict(&codes.user_code, &["alice@example.com"]).await, "tag");
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let tokens = server.poll(&codes.device_code).await;
    assert_eq!(tokens.status, 200);
    assert_eq!(server.verdict(&codes.user_code, &["alice@example.com"]).await, "tag", "a copy for herself");
    assert!(server.filtered().await.is_empty());
    assert_eq!(server.verdict(&codes.user_code, &["bob@example.com"]).await, "tag");
    assert_eq!(server.verdict(&codes.user_code, &["carol@example.com"]).await, "quarantine");
    assert_eq!(server.filtered().await.len(), 1);
    server.contained().await;
    let refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    server.refresh(&refresh).await.is_error(400, "invalid_grant");
    assert_eq!(server.verdict(&codes.user_code, &["dave", "erin"]).await, "reject");
}

/// G1: looking codes up is no way to guess them: whoever looks up too many kills what they hit.
#[tokio::test]
async fn a_client_that_guesses_has_nothing_of_what_it_hits() {
    let server = with(|_| {}).await;
    let mut codes = guesses();
    let before = server.device_authorization().await;
    assert_eq!(server.verdict(&before.user_code, &["ada"]).await, "tag");
    for _ in 0..84 {
        let guesses: Vec<_> = codes.by_ref().take(240).collect();
        assert_eq!(server.verdict(&guesses.join(" a "), &["ada"]).await, "allow");
    }
    assert!(server.filtered().await.is_empty());
    let hit = server.device_authorization().await;
    let text = format!("{} a {}", codes.next().unwrap(), hit.user_code);
    assert_eq!(server.verdict(&text, &["ada"]).await, "tag");
    assert_eq!(server.filtered().await.len(), 1);
    server.contained().await;
    server.poll(&hit.device_code).await.is_error(400, "access_denied");
    // Nobody's mail is stopped by that, and it passes.
    server.advance(60);
    let later = server.device_authorization().await;
    assert_eq!(server.verdict(&later.user_code, &["ada"]).await, "tag");
    assert_eq!(server.filtered().await.len(), 1, "no wrong code, no guess");
}

/// Codes that look like drawn ones.
fn guesses() -> impl Iterator<Item = String> {
    let letters = b"BCDFGHJKLMNPQRSTVWXZ";
    (0..u64::MAX).map(|n| {
        let mut rest = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        (0..8)
            .map(|_| {
                let letter = letters[usize::try_from(rest % 20).unwrap()];
                rest /= 20;
                char::from(letter)
            })
            .collect()
    })
}

/// A PDF file of some kilobytes whose pictures, all together, would fill any memory.
#[tokio::test]
async fn pictures_of_a_document_do_not_pile_up() {
    let server = with(|config| config.content_filter.worker_memory = 256).await;
    let packed = zeros(4000, 2500);
    let mut pdf = b"%PDF-1.7\n".to_vec();
    for number in 1..40 {
        let head = format!(
            "{number} 0 obj<</Subtype/Image/Width 4000/Height 2500/Filter/FlateDecode/Length {}>>stream\n",
            packed.len()
        );
        pdf.extend([head.as_bytes(), &packed, b"\nendstream endobj\n"].concat());
    }
    let answer = server.scan("application/pdf", &["ada"], pdf).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("too_many"), "{}", answer.body);
}

/// Zeros as zlib packs them: what a PNG file of a black picture has in its chunks.
fn zeros(width: u32, height: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(width, height).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let mut rest = &png.get_ref()[8..];
    let mut packed = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (chunk, after) = after.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap() + 8);
        if chunk.starts_with(b"IDAT") {
            packed.extend_from_slice(&chunk[4..chunk.len() - 4]);
        }
        rest = after;
    }
    packed
}

/// What a process may do that looks at messages: the system's own word for it.
#[tokio::test]
async fn a_process_can_open_nothing_and_has_nothing_of_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let (program, pid) = (folder.path().join("program"), folder.path().join("pid"));
    let script = format!(
        "#!/bin/sh\necho $$ > {}\nexec {} content-filter-worker\n",
        pid.display(),
        env!("CARGO_BIN_EXE_tandem")
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let server: TestServer = with(|config| config.content_filter.worker_program = Some(program)).await;
    assert_eq!(server.verdict("hello", &[]).await, "allow");
    let process = std::path::PathBuf::from("/proc").join(fs::read_to_string(pid).unwrap().trim());
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    for (name, most) in [
        ("Max open files", "0"),
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max processes", "0"),
        ("Max address space", "1073741824"),
        ("Max data size", "1073741824"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let words: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(words, [most, most], "{line}");
    }
    let cpu = limits.lines().find(|line| line.starts_with("Max cpu time")).unwrap();
    assert!(!cpu["Max cpu time".len()..].trim_start().starts_with("unlimited"), "{cpu}");
    // Whoever runs the tests may have left us something that every process of ours gets. What we open ourselves is not among it.
    let left_by_others = |number: &str| {
        let about = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags =
            about.lines().find_map(|line| line.strip_prefix("flags:")).map(str::trim).unwrap_or_default();
        u32::from_str_radix(flags, 8).is_ok_and(|flags| flags & 0o2_000_000 == 0)
    };
    let open: Vec<_> =
        fs::read_dir(process.join("fd")).unwrap().map(|one| one.unwrap().file_name()).collect();
    let open: Vec<_> =
        open.iter().filter_map(|name| name.to_str()).filter(|name| !left_by_others(name)).collect();
    assert!(
        open.iter().all(|name| ["0", "1", "2"].contains(name)),
        "no file, no socket and no database of the server: {open:?}"
    );
    let environment = fs::read_to_string(process.join("environ")).unwrap();
    for variable in environment.split('\0').filter(|variable| !variable.is_empty()) {
        assert!(
            ["PWD=", "OLDPWD=", "_=", "SHLVL=", SETS_NOTHING_ASIDE]
                .iter()
                .any(|name| variable.starts_with(name)),
            "{variable}"
        );
    }
    // What the allocator set aside before there was a limit could be used in spite of it.
    let status = fs::read_to_string(process.join("status")).unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let kib: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 512 * 1024, "{kib} KiB of address space, before anything was looked at");
    // It still works, message after message.
    for _ in 0..3 {
        let answer = server.scan("message/rfc822", &["ada"], mail("Your code is BCDF-GHJK")).await;
        assert!(!findings(&answer).is_empty(), "{}", answer.body);
    }
}
