//! Do rooms stay apart? A room imports no other room, and its `mod.rs` is a front door of at most 80 lines.

use super::source::{self, is_word};
use super::{Findings, Tree};

/// The code of one flow, the same folder name in every crate.
const ROOMS: [&str; 8] = [
    "device_authorization",
    "ciba",
    "authorization_data",
    "session_transfer",
    "openid4vp",
    "siopv2",
    "hybrid",
    "authorization_code",
];
const FRONT_DOOR: usize = 80;

pub fn check(tree: &Tree, findings: &mut Findings) {
    for (path, text) in tree.rust() {
        let Some(room) = room_of(path) else { continue };
        let length = source::lines(text).iter().filter(|line| !line.in_test).count();
        if path.ends_with(&format!("/{room}/mod.rs")) && length > FRONT_DOOR {
            findings.fail(
                path,
                FRONT_DOOR + 1,
                format!("a room's front door has at most {FRONT_DOOR} lines"),
            );
        }
        for (line, other) in imports(&source::blank(text)).into_iter().filter(|(_, other)| *other != room) {
            findings.fail(
                path,
                line,
                format!("room `{room}` imports room `{other}`; share through a common module"),
            );
        }
    }
}

/// The room a source file of a crate lies in.
fn room_of(path: &str) -> Option<&'static str> {
    let inside = path.strip_prefix("crates/")?.split_once("/src/")?.1;
    let mut folders = inside.split('/').rev().skip(1);
    folders.find_map(|folder| ROOMS.into_iter().find(|room| *room == folder))
}

/// Rooms that stand in a path (`a::room`, `room::a`) or in the list of a `use`, with their lines.
fn imports(code: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for room in ROOMS {
        let mut from = 0;
        while let Some(at) = code.get(from..).and_then(|rest| source::word_at(rest, room)).map(|at| at + from)
        {
            from = at + room.len();
            let before = code.get(..at).unwrap_or_default();
            let after = code.get(from..).unwrap_or_default();
            let statement = before.rsplit([';', '}']).next().unwrap_or_default();
            let in_use = use_statement(before).is_some_and(|statement| !statement.contains(';'));
            if before.ends_with("::") || after.starts_with("::") || in_use {
                let module = statement.trim_end().ends_with("mod");
                if !module {
                    found.push((before.matches('\n').count() + 1, room));
                }
            }
        }
    }
    found
}

/// What was written since the last `use` before this point.
fn use_statement(before: &str) -> Option<&str> {
    let start = before
        .match_indices("use ")
        .map(|(at, _)| at)
        .filter(|&at| before.get(..at).and_then(|text| text.chars().next_back()).is_none_or(|c| !is_word(c)));
    start.last().and_then(|at| before.get(at..))
}

#[cfg(test)]
mod tests {
    use super::super::test_support::failures;
    use super::check;

    #[test]
    fn a_room_that_imports_a_room_fails() {
        let path = "crates/server/src/ciba/endpoint.rs";
        for bad in [
            "use crate::device_authorization::Request;",
            "use tandem_core::{\n    ciba::X, openid4vp};",
            "let x = super::super::siopv2::start();",
            "use crate::{oauth, hybrid as h};",
        ] {
            let line = if bad.contains('\n') { 3 } else { 2 };
            assert_eq!(
                failures(check, &[(path, &format!("//! x\n{bad}\n"))]),
                [format!("{path}:{line}")],
                "{bad}"
            );
        }
        for good in [
            "use crate::ciba::Request; let a = config.device_authorization;",
            "// use crate::openid4vp::X\nuse tandem_core::ciba; fn f(hybrid: bool) {}",
        ] {
            assert!(failures(check, &[(path, good)]).is_empty(), "{good}");
        }
        let outside = [("crates/server/src/token.rs", "use crate::ciba::a; use crate::siopv2::b;")];
        assert!(failures(check, &outside).is_empty());
    }

    #[test]
    fn a_front_door_is_short() {
        let path = "crates/core/src/ciba/mod.rs";
        assert!(failures(check, &[(path, &"//! x\n".repeat(80))]).is_empty());
        assert_eq!(failures(check, &[(path, &"//! x\n".repeat(81))]), ["crates/core/src/ciba/mod.rs:81"]);
        assert!(failures(check, &[("crates/core/src/ciba/request.rs", &"//! x\n".repeat(81))]).is_empty());
    }
}
