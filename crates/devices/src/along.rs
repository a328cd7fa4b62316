//! What can a terminal bring along when it asks? Extensions of Tandem, which other servers ignore.

use crate::failure::Failure;
use crate::secret_file;
use clap::Args;
use std::path::Path;

/// The options that `login` and `ciba` share.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// What was typed here, such as a seat or a serial number: it must be confirmed or typed on the phone (Tandem only)
    #[arg(long, value_name = "TEXT")]
    pub binding_data: Option<String>,
    /// What that is, in a word or two, such as "Seat" (Tandem only)
    #[arg(long, value_name = "TEXT", requires = "binding_data")]
    pub binding_label: Option<String>,
    /// Show a number here that must be picked or typed on the phone (Tandem only)
    #[arg(long, visible_alias = "number-matching")]
    pub number: bool,
    /// Where this terminal is, in degrees and metres, such as 35.6812,139.7671,50 (Tandem only)
    #[arg(long, value_name = "LAT,LON,ACCURACY", allow_hyphen_values = true)]
    pub coordinates: Option<String>,
    /// The ID token of a sign-in on this terminal: only the same person may approve (Tandem only); @FILE reads it
    #[arg(long, value_name = "TOKEN")]
    pub initiator_token: Option<String>,
}

/// What is brought along. May hold an ID token and what somebody typed, so it cannot be printed.
#[derive(Clone, Default)]
pub struct Along {
    /// What was typed here.
    pub binding_data: Option<String>,
    /// What that is.
    pub binding_label: Option<String>,
    /// Whether a number shall be shown here and given there.
    pub number: Number,
    /// Where this terminal is.
    pub coordinates: Option<String>,
    /// The ID token of who signed in here.
    pub initiator_token: Option<String>,
}

/// Whether number matching is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Number {
    /// As the server likes.
    #[default]
    AsTheServerLikes,
    /// Yes.
    Wanted,
}

impl Along {
    /// What the command line says.
    pub fn of(options: &Options) -> Result<Self, Failure> {
        Ok(Self {
            binding_data: options.binding_data.clone(),
            binding_label: options.binding_label.clone(),
            number: if options.number { Number::Wanted } else { Number::AsTheServerLikes },
            coordinates: options.coordinates.clone(),
            initiator_token: options.initiator_token.as_deref().map(text_or_file).transpose()?,
        })
    }

    /// The parameters, with those that are there.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let named = |name: &'static str, value: &Option<String>| value.clone().map(|value| (name, value));
        [
            named("tandem_device_coordinates", &self.coordinates),
            named("tandem_binding_data", &self.binding_data),
            named("tandem_binding_label", &self.binding_label),
            named("tandem_initiator_token", &self.initiator_token),
            (self.number == Number::Wanted).then(|| ("tandem_number_matching", "true".to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Refuses an answer without the number that was wanted: nobody could approve by it.
    pub fn check_number(&self, given: Option<&str>) -> Result<(), Failure> {
        match (self.number, given) {
            (Number::Wanted, None) => {
                Err(Failure::Server("the server gave no number, though one was wanted".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// A `tandem_number` that can be shown: digits only.
pub fn digits(number: &str) -> bool {
    (1..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `text`, or the contents of the file that it names after `@`.
pub fn text_or_file(text: &str) -> Result<String, Failure> {
    match text.strip_prefix('@') {
        Some(file) => secret_file::read(Path::new(file)),
        None if text.is_empty() => Err(Failure::Usage("an option must not be empty".to_owned())),
        None => Ok(text.to_owned()),
    }
}
