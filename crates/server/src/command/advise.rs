//! `tandem advise`: which protocol fits, and with which configuration? (BCP section 6.2)

use super::Failure;
use super::output::{say, tell};
use clap::{Args, ValueEnum};
use std::io::{BufRead, BufReader, Read as _};
use tandem_core::assessment::advise::{Advice, Answer, Circumstances, Value, advise};

const EXAMPLES: &str = "\
What is not given as an option is asked; an empty line takes the answer in brackets. What is printed is a configuration,
with the advice as comments at its head.

Examples:
  tandem advise
  tandem advise --same-device no --browser no --ble no --user-identifier yes --channel yes --value low > tandem.toml";

/// How much is read of all answers together, in bytes.
const MAX_ANSWERS: u64 = 4096;
/// How often a question is asked.
const TRIES: u8 = 3;

/// The options of `advise`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Whether the person has only one device before them, which asks and answers
    #[arg(long, value_enum)]
    same_device: Option<YesNo>,
    /// Whether the consumption device has a browser, or the platform's API for passkeys
    #[arg(long, value_enum)]
    browser: Option<YesNo>,
    /// Whether both devices have Bluetooth Low Energy and reach the Internet
    #[arg(long, value_enum)]
    ble: Option<YesNo>,
    /// Whether the consumption device can learn who the person is
    #[arg(long, value_enum)]
    user_identifier: Option<YesNo>,
    /// Whether the server can reach the person on a device of theirs
    #[arg(long, value_enum)]
    channel: Option<YesNo>,
    /// What is at stake
    #[arg(long, value_enum)]
    value: Option<Stake>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    /// Yes
    Yes,
    /// No
    No,
}

/// What is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stake {
    /// Ordinary things
    Low,
    /// What is sensitive, of high value, or critical for a business
    High,
}

impl From<YesNo> for Answer {
    fn from(word: YesNo) -> Self {
        match word {
            YesNo::Yes => Self::Yes,
            YesNo::No => Self::No,
        }
    }
}

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    // Nobody answers at length.
    let mut input = BufReader::new(std::io::stdin().lock().take(MAX_ANSWERS));
    let yes_no = |given: Option<YesNo>, question: &str, usual: YesNo, input: &mut dyn BufRead| match given {
        Some(word) => Ok(Answer::from(word)),
        None => ask(question, usual, input).map(Answer::from),
    };
    let circumstances = Circumstances {
        same_device: yes_no(
            arguments.same_device,
            "Does the person do it all on one device (yes, no)?",
            YesNo::No,
            &mut input,
        )?,
        browser: yes_no(
            arguments.browser,
            "Has the device that asks a browser, or the platform's API for passkeys (yes, no)?",
            YesNo::No,
            &mut input,
        )?,
        ble: yes_no(
            arguments.ble,
            "Have both devices Bluetooth Low Energy, and reach the Internet (yes, no)?",
            YesNo::No,
            &mut input,
        )?,
        user_identifier: yes_no(
            arguments.user_identifier,
            "Can the device that asks learn who the person is: typed, picked, from a card (yes, no)?",
            YesNo::No,
            &mut input,
        )?,
        channel: yes_no(
            arguments.channel,
            "Can the server reach that person on a device of theirs: an app, a browser, mail (yes, no)?",
            YesNo::No,
            &mut input,
        )?,
        value: match arguments.value {
            Some(stake) => stake,
            None => ask("What is at stake (low, high)?", Stake::High, &mut input)?,
        }
        .into(),
    };
    say(text(&advise(circumstances)).trim_end());
    Ok(())
}

impl From<Stake> for Value {
    fn from(word: Stake) -> Self {
        match word {
            Stake::Low => Self::Low,
            Stake::High => Self::High,
        }
    }
}

/// Asks until the answer is one of the words. The end of the input is no answer.
fn ask<T: ValueEnum>(question: &str, usual: T, input: &mut dyn BufRead) -> Result<T, Failure> {
    let word = usual.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    for _ in 0..TRIES {
        tell(&format!("{question} [{word}]"));
        let mut line = String::new();
        if input.read_line(&mut line).map_err(Failure::of)? == 0 {
            return Err(Failure::Usage("no answer: `tandem advise --help` shows the options".to_owned()));
        }
        match line.trim() {
            "" => return Ok(usual),
            answer => match T::from_str(answer, true) {
                Ok(value) => return Ok(value),
                Err(_) => tell("that is none of the answers"),
            },
        }
    }
    Err(Failure::Usage("no answer that was understood: `tandem advise --help` shows the options".to_owned()))
}

/// The advice as comments, then the configuration.
fn text(advice: &Advice) -> String {
    let mut lines = vec![format!("Use: {}", advice.protocol.title())];
    lines.extend(advice.because.iter().map(|(statement, why)| format!("  {statement}: {why}")));
    if advice.configured != advice.protocol {
        lines.push(format!("Configured here meanwhile: {}", advice.configured.title()));
    }
    lines.push("With these mitigations beyond the profile:".to_owned());
    lines.extend(
        advice
            .mitigations
            .iter()
            .map(|(mitigation, why)| format!("  {} ({}): {why}", mitigation.as_str(), mitigation.section())),
    );
    lines.push(
        "Names, addresses and networks below are examples. Then: `tandem config check`, `tandem assess`."
            .to_owned(),
    );
    format!("# {}\n\n{}", lines.join("\n# "), advice.configuration)
}
