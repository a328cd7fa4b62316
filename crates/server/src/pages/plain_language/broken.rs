//! Is each rule broken by its bad samples, and by nothing else?

use super::super::locale::Locale;
use super::pages;
use super::rules::{RULES, Seen};

/// A page that breaks nothing.
const GOOD: &str = r#"<title>Is this your TV?</title><h1>Is this your TV?</h1>
    <dl><dt>Who asks</dt><dd><bdi>OAuth client</bdi></dd><dt>Says it is</dt><dd>A TV</dd><dt>If yes, it can</dt><dd><ul><li>See your name</li></ul></dd>
    <dt>Until</dt><dd>You take it back</dd></dl>
    <form><p class="careful" id="careful">Didn’t start or expect it? Answer no.</p>
    <div aria-describedby="careful"><button class="button answer" name="decision" value="deny">No, deny</button>
    <button class="button answer" name="decision" value="allow">Yes, allow</button></div>
    <button name="decision" value="report">I didn’t start this</button></form>"#;

/// What is changed of the good page, and into what; and the one rule that this breaks.
const BAD: [(&str, &str, &str); 24] = [
    ("no protocol words", "See your name", "See your scopes"),
    ("no protocol words", "A TV", "An OAuth device"),
    ("no protocol words", "<dl>", "<p>Authorize application Cellar</p><dl>"),
    ("no protocol words", "<dl>", "<dl aria-label=\"The client\">"),
    (
        "short sentences",
        "<dl>",
        "<p>This page, which is shown to you because a device somewhere on the way to you has asked for \
        it, is about whether that may be so</p><dl>",
    ),
    ("no blame", "<dl>", "<p>You forgot to look at the code.</p><dl>"),
    ("no blame", "<dl>", "<p role=\"alert\">Invalid code</p><dl>"),
    ("no pressure", "<dl>", "<p>Answer immediately.</p><dl>"),
    ("buttons say what they do", ">Yes, allow<", ">OK<"),
    ("buttons say what they do", ">No, deny<", "><svg></svg> Cancel<"),
    ("the title is a question", "<h1>Is this your TV?", "<h1>Your TV"),
    ("the title is a question", "<h1>Is this your TV?</h1>", ""),
    ("deny first, and as prominent", "value=\"deny\"", "value=\"later\""),
    (
        "deny first, and as prominent",
        "class=\"button answer\" name=\"decision\" value=\"deny\"",
        "class=\"link\" value=\"deny\"",
    ),
    (
        "deny first, and as prominent",
        "<dl>",
        "<button class=\"button answer\" value=\"allow\">Yes, allow</button><dl>",
    ),
    ("deny first, and as prominent", "value=\"deny\"", "value=\"deny\" disabled"),
    ("deny first, and as prominent", "value=\"allow\"", "value=\"allow\" autofocus"),
    ("a way to report", "value=\"report\"", "value=\"help\""),
    ("who, why, what follows", "<dt>Who asks</dt>", "<dt>Name</dt>"),
    ("who, why, what follows", "<dd>A TV</dd>", "<dd> </dd>"),
    ("who, why, what follows", "<li>See your name</li>", ""),
    ("who, why, what follows", "<dt>Until</dt><dd>You take it back</dd>", ""),
    ("decline what you did not start or expect", "Didn’t start or expect it? Answer no.", "Are you sure?"),
    ("decline what you did not start or expect", "<div aria-describedby=\"careful\">", "<div>"),
];

#[test]
fn each_rule_is_broken_by_its_bad_samples_and_by_nothing_else() {
    let pages = pages();
    let broken = |html: &str| -> Vec<_> {
        let mut rules: Vec<_> =
            Seen::new(&pages, Locale::En, html).breaches().into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        rules
    };
    assert_eq!(broken(GOOD), [""; 0]);
    for (rule, from, to) in BAD {
        let bad = GOOD.replacen(from, to, 1);
        assert_ne!(bad, GOOD, "{from}");
        assert_eq!(broken(&bad), [rule], "{from} as {to}");
    }
    for rule in RULES {
        assert!(BAD.iter().any(|(name, ..)| *name == rule.name), "{} is never broken", rule.name);
    }
}
