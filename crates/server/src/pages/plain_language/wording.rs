//! Which words and sentences are not plain? The rules that hold for every text: a page, a button, a mail.

use super::super::locale::Locale;
use super::pages;
use super::reading::{lines, sentences};
use super::rules::Seen;

/// Words that come from protocols, or from those who build with them: whole words, and beginnings of words with a `-`.
const PROTOCOL_EN: [&str; 24] = [
    "authoriz-",
    "authoris-",
    "authentic-",
    "oauth",
    "openid",
    "scope-",
    "client-",
    "grant-",
    "token-",
    "credential-",
    "endpoint-",
    "redirect-",
    "parameter-",
    "backchannel-",
    "pkce",
    "dpop",
    "ciba",
    "jwt",
    "uri",
    "url",
    "api",
    "acr",
    "idp",
    "nonce",
];
const PROTOCOL_JA: [&str; 10] = [
    "スコープ",
    "クライアント",
    "トークン",
    "認可",
    "グラント",
    "エンドポイント",
    "リダイレクト",
    "パラメータ",
    "クレデンシャル",
    "OAuth",
];
/// The longest sentence: words in English, characters in Japanese.
const LONGEST_EN: usize = 25;
const LONGEST_JA: usize = 90;
/// What makes a mistake somebody's fault, or a message of it a riddle.
const BLAME_EN: [&str; 13] = [
    "you failed",
    "you forgot",
    "you must have",
    "you should have",
    "your mistake",
    "your error",
    "invalid",
    "illegal",
    "incorrect",
    "forbidden",
    "not allowed to",
    "bad request",
    "access denied",
];
const BLAME_JA: [&str; 7] =
    ["あなたの間違い", "あなたの誤り", "無効な", "不正な", "誤った", "エラー", "失敗しました"];
/// What hurries people on: a scam's way to talk.
const PRESSURE_EN: [&str; 8] = [
    "urgent",
    "immediately",
    "act now",
    "right away",
    "last chance",
    "before it’s too late",
    "final",
    "asap",
];
const PRESSURE_JA: [&str; 5] = ["至急", "今すぐ", "直ちに", "ただちに", "最終"];
/// Buttons that do not say what they do.
const VAGUE: [&str; 12] = [
    "ok",
    "okay",
    "submit",
    "cancel",
    "confirm",
    "proceed",
    "yes",
    "no",
    "送信",
    "キャンセル",
    "確定",
    "実行",
];

pub(super) fn protocol_words(seen: &Seen<'_>) -> Vec<String> {
    match seen.locale {
        Locale::Ja => containing(&seen.lines, &PROTOCOL_JA),
        Locale::En => {
            let words = seen.lines.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric()));
            let banned = |word: &str| {
                let word = word.to_lowercase();
                PROTOCOL_EN
                    .iter()
                    .any(|one| one.strip_suffix('-').map_or(*one == word, |stem| word.starts_with(stem)))
            };
            words.filter(|word| banned(word)).map(str::to_owned).collect()
        }
    }
}

pub(super) fn long_sentences(seen: &Seen<'_>) -> Vec<String> {
    let sentences = seen.lines.iter().flat_map(|line| sentences(line));
    let long = |sentence: &String| match seen.locale {
        Locale::En => sentence.split_whitespace().count() > LONGEST_EN,
        Locale::Ja => sentence.chars().count() > LONGEST_JA,
    };
    sentences.filter(long).collect()
}

pub(super) fn blame(seen: &Seen<'_>) -> Vec<String> {
    containing(&seen.lines, if seen.locale == Locale::En { &BLAME_EN } else { &BLAME_JA })
}

pub(super) fn pressure(seen: &Seen<'_>) -> Vec<String> {
    containing(&seen.lines, if seen.locale == Locale::En { &PRESSURE_EN } else { &PRESSURE_JA })
}

pub(super) fn vague_buttons(seen: &Seen<'_>) -> Vec<String> {
    let buttons = seen.html.split("<button").skip(1).filter_map(|rest| rest.split("</button>").next());
    let words = buttons.filter_map(|rest| rest.split_once('>')).map(|(_, inner)| lines(inner).join(" "));
    words.filter(|words| VAGUE.contains(&words.to_lowercase().as_str())).collect()
}

fn containing(lines: &[String], banned: &[&str]) -> Vec<String> {
    let breaks = |line: &&String| {
        let line = line.to_lowercase();
        banned.iter().any(|banned| line.contains(&banned.to_lowercase()))
    };
    lines.iter().filter(breaks).cloned().collect()
}

#[test]
fn japanese_pages_are_read_as_such() {
    let pages = pages();
    let long = "あ".repeat(LONGEST_JA + 1);
    for (rule, text) in [
        ("no protocol words", "このアプリケーションを認可します。"),
        ("short sentences", long.as_str()),
        ("no blame", "無効なコードです。"),
        ("no pressure", "至急お答えください。"),
        ("buttons say what they do", "<button>送信</button>"),
    ] {
        let breaches = Seen::new(&pages, Locale::Ja, text).breaches();
        assert_eq!(breaches.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [rule], "{text}");
    }
    // Two sentences of that length together are two.
    let two = format!("{0}。{0}。", "あ".repeat(LONGEST_JA - 1));
    assert!(Seen::new(&pages, Locale::Ja, &two).breaches().is_empty());
}
