//! What does a child process do that looks at messages of strangers?
//!
//! It gets the settings, gives up what it does not need ([`confinement`]), and then answers one message after the other until
//! nobody sends more. It knows no secret, and whatever goes wrong in it ends it alone.

mod confinement;
mod frame;

pub use frame::Kind;
pub(super) use frame::{Asking, MOST_ANSWERED, READY, Settings, head};

use rustix::time::{ClockId, clock_gettime};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::time::Duration;
use tandem_content_filter::{Find, Input, Limits, Scan, Skipped, Watch, What, scan};

/// The name of the subcommand.
pub const SUBCOMMAND: &str = "content-filter-worker";

/// When the time was over, the words of the rest may take so much more.
const TIME_FOR_WORDS: Duration = Duration::from_secs(1);

/// Works for whoever is at the other end of standard input and output.
pub fn run() -> io::Result<()> {
    serve(&mut io::stdin().lock(), &mut io::stdout().lock(), confinement::confine, confinement::allow_seconds)
}

fn serve(
    input: &mut impl Read,
    output: &mut impl Write,
    confine: impl FnOnce(&Settings) -> io::Result<()>,
    allow_seconds: impl Fn(u64) -> io::Result<()>,
) -> io::Result<()> {
    let Some((Asking::Settings, text)) = frame::read(input, frame::MOST_SETTINGS)? else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let settings: Settings = serde_json::from_slice(&text).map_err(io::Error::other)?;
    confine(&settings)?;
    let (watch, limits) = (settings.watch(), Limits { bytes: settings.bytes, ..Limits::default() });
    frame::write(output, READY)?;
    let time = Duration::from_millis(settings.millis);
    while let Some((asking, message)) = frame::read(input, settings.bytes)? {
        // The processor's time counts from the start of the process.
        allow_seconds(settings.millis.div_ceil(1000) + 2)?;
        let found = match asking {
            Asking::Message(kind) => look_twice(kind, &message, &watch, &limits, time),
            Asking::Words(kind) => look(kind, &message, &watch, &words(&limits), time),
            Asking::Settings => return Err(io::ErrorKind::InvalidData.into()),
        };
        frame::write(output, &answer(&found)?)?;
    }
    Ok(())
}

fn words(limits: &Limits) -> Limits {
    Limits { images: 0, ..limits.clone() }
}

/// Looks at all of it; if pictures took so long that there was no time for the rest, then at the words of it.
fn look_twice(kind: Kind, message: &[u8], watch: &Watch, limits: &Limits, time: Duration) -> Scan {
    let mut found = look(kind, message, watch, limits, time);
    if found.skipped.contains(&Skipped::OutOfTime) {
        let more = look(kind, message, watch, &words(limits), TIME_FOR_WORDS);
        let known: HashSet<Find> = found.finds.iter().cloned().collect();
        found.finds.extend(more.finds.into_iter().filter(|find| !known.contains(find)));
    }
    found
}

fn look(kind: Kind, message: &[u8], watch: &Watch, limits: &Limits, time: Duration) -> Scan {
    let deadline = since_boot() + time;
    let go_on = || since_boot() < deadline;
    let text;
    let input = match kind {
        Kind::Mail => Input::Mail(message),
        Kind::Image => Input::Image(message),
        Kind::Pdf => Input::Pdf(message),
        Kind::Text | Kind::Html => {
            text = String::from_utf8_lossy(message);
            if kind == Kind::Text { Input::Text(&text) } else { Input::Html(&text) }
        }
    };
    scan(input, watch, limits, &go_on)
}

/// The answer; if there is so much that it would be too long, the end of it is left out and that is said.
fn answer(found: &Scan) -> io::Result<Vec<u8>> {
    let whole = serde_json::to_vec(found).map_err(io::Error::other)?;
    if whole.len() <= MOST_ANSWERED {
        return Ok(whole);
    }
    // Codes are short, and must not be crowded out by links that are not.
    let fits = |find: &&Find| find.part.len() < 256;
    let (codes, links): (Vec<_>, Vec<_>) =
        found.finds.iter().filter(fits).cloned().partition(|find| matches!(find.what, What::UserCode(_)));
    let short = Scan {
        finds: codes.into_iter().take(6000).chain(links.into_iter().take(200)).collect(),
        skipped: vec![Skipped::TooLarge { part: "0".to_owned() }],
    };
    serde_json::to_vec(&short).map_err(io::Error::other)
}

fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn settings() -> Settings {
        let watch = Watch {
            alphabet: "BCDFGHJKLMNPQRSTVWXZ".to_owned(),
            length: 8,
            origins: vec!["https://id.example.com".to_owned()],
            schemes: vec!["openid4vp".to_owned()],
        };
        Settings::new(&watch, 1000, 5000, 256)
    }

    fn asked(asking: Asking, body: &[u8]) -> Vec<u8> {
        [&head(asking, body.len()).unwrap()[..], body].concat()
    }

    fn with_settings(rest: &[u8]) -> Vec<u8> {
        [&asked(Asking::Settings, &serde_json::to_vec(&settings()).unwrap()), rest].concat()
    }

    fn served(input: &[u8]) -> (io::Result<()>, Vec<u8>) {
        let mut output = Vec::new();
        let served = serve(&mut &*input, &mut output, |_| Ok(()), |_| Ok(()));
        (served, output)
    }

    #[test]
    fn nothing_is_looked_at_before_the_process_is_confined() {
        let message = asked(Asking::Message(Kind::Text), b"WDJB-MJHT");
        let mut output = Vec::new();
        let confine = |_: &Settings| Err(io::ErrorKind::PermissionDenied.into());
        let refused = serve(&mut &*with_settings(&message), &mut output, confine, |_| Ok(()));
        assert!(refused.is_err());
        assert!(output.is_empty());
        assert!(served(&message).0.is_err(), "a message before the settings");
    }

    #[test]
    fn each_message_gets_its_answer_and_its_time() {
        let times = Cell::new(0);
        let text = asked(Asking::Message(Kind::Text), b"Your code is WDJB-MJHT");
        let input = with_settings(&[text.clone(), text].concat());
        let mut output = Vec::new();
        serve(
            &mut &*input,
            &mut output,
            |_| Ok(()),
            |seconds| {
                assert_eq!(seconds, 7);
                times.set(times.get() + 1);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(times.get(), 2);
        let mut rest = &output[..];
        let mut next = || {
            let (length, more) = rest.split_first_chunk::<4>().unwrap();
            let (body, more) = more.split_at(u32::from_be_bytes(*length).try_into().unwrap());
            rest = more;
            body.to_vec()
        };
        assert_eq!(next(), READY);
        for _ in 0..2 {
            let scan: Scan = serde_json::from_slice(&next()).unwrap();
            let code = What::UserCode("WDJBMJHT".to_owned());
            assert!(scan.finds.iter().any(|find| find.what == code), "{scan:?}");
        }
        assert!(rest.is_empty());
    }

    /// Whatever a picture does to the time, the words beside it are read.
    #[test]
    fn words_are_read_although_the_time_is_over() {
        let (watch, limits) = (settings().watch(), Limits::default());
        let found = look_twice(Kind::Text, b"Your code is WDJB-MJHT", &watch, &limits, Duration::ZERO);
        assert!(found.skipped.contains(&Skipped::OutOfTime));
        let code = What::UserCode("WDJBMJHT".to_owned());
        assert_eq!(found.finds.iter().filter(|find| find.what == code).count(), 1, "{found:?}");
    }

    #[test]
    fn only_the_words_are_read_where_that_was_asked() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n\
                     --b\r\nContent-Type: text/plain\r\n\r\nWDJB-MJHT\r\n--b--\r\n";
        let (_, output) = served(&with_settings(&asked(Asking::Words(Kind::Mail), mail)));
        let answer = output.get(4 + READY.len() + 4..).unwrap();
        let found: Scan = serde_json::from_slice(answer).unwrap();
        assert_eq!((found.finds.len(), found.skipped), (1, vec![Skipped::TooManyImages]));
    }

    #[test]
    fn what_is_no_question_ends_the_process() {
        let too_long = [&1_002u32.to_be_bytes()[..], b"t", &[b'x'; 1001]].concat();
        let unknown = [&2u32.to_be_bytes()[..], b"?x"].concat();
        let empty = 0u32.to_be_bytes().to_vec();
        let cut = [&9u32.to_be_bytes()[..], b"tx"].concat();
        let settings_again = with_settings(&[]);
        for bad in [too_long, unknown, empty, cut, settings_again] {
            assert!(served(&with_settings(&bad)).0.is_err());
        }
        assert!(served(&with_settings(&[])).0.is_ok(), "nobody asks any more");
    }

    #[test]
    fn an_answer_has_a_bound_and_says_what_is_missing() {
        let find = |n: usize| Find {
            what: What::Link(format!("https://id.example.com/{}", "x".repeat(n % 9 + 5000))),
            part: n.to_string(),
            form: tandem_content_filter::Form::Link,
        };
        let code = Find {
            what: What::UserCode("WDJBMJHT".to_owned()),
            part: "0".to_owned(),
            form: tandem_content_filter::Form::Text,
        };
        let finds = (0..2000).map(find).chain([code.clone()]).collect();
        let many = Scan { finds, skipped: Vec::new() };
        let short = answer(&many).unwrap();
        assert!(short.len() <= MOST_ANSWERED, "{}", short.len());
        let read: Scan = serde_json::from_slice(&short).unwrap();
        assert_eq!(read.finds.len(), 201);
        assert_eq!(read.finds.first(), Some(&code), "no pile of links hides a code");
        assert_eq!(read.skipped.len(), 1);
    }
}
