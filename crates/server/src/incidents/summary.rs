//! What do operators hear once a day, by mail?

use crate::app::App;
use crate::config;
use crate::notifications::Mailed;
use crate::pages::Locale;
use jiff::ToSpan as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tandem_core::incident::State;
use tandem_core::time::Timestamp;
use tandem_store::{Incident, IncidentQuery, IncidentTally, StoreError};

/// How many open incidents a mail names.
const MOST_NAMED: u32 = 10;
/// Where operators find them.
const PAGE: &str = "/operator/incidents";

/// The day that a summary is about: its end is when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    since: Timestamp,
    until: Timestamp,
}

/// Begins to send the summary, if it is due and nobody has sent it. The mail server holds up nothing.
pub fn send_behind(app: &Arc<App>, now: Timestamp) {
    if due(app, now).is_some() {
        let app = Arc::clone(app);
        tokio::spawn(async move { send_due(&app, now).await });
    }
}

/// Sends the summary if it is due and nobody has sent it, also before a restart.
pub async fn send_due(app: &App, now: Timestamp) {
    let Some((settings, day)) = due(app, now) else { return };
    match app.store.claim_summary(day.until, now).await {
        Ok(claimed) => {
            app.incidents.summed_up.store(day.until.as_millis(), Relaxed);
            if !claimed {
                return;
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the daily summary cannot be sent now; it is tried again");
            return;
        }
    }
    match write(app, settings, day).await {
        Ok(None) => tracing::info!("nothing happened and nothing is open: no daily summary"),
        Ok(Some((subject, text))) => {
            for to in &settings.to {
                match app.notifier.mail(to, &subject, &text).await {
                    Mailed::Taken => tracing::info!("the daily summary was sent"),
                    Mailed::Failed => tracing::warn!(
                        "the mail server did not take the daily summary; the next one comes tomorrow"
                    ),
                }
            }
        }
        Err(error) => tracing::error!(%error, "the daily summary could not be written"),
    }
}

/// The summary that is due, unless it is known to have been sent.
fn due(app: &App, now: Timestamp) -> Option<(&config::Summary, Day)> {
    let settings = app.config.incidents.summary.as_ref()?;
    let day = day(settings, now)?;
    (app.incidents.summed_up.load(Relaxed) < day.until.as_millis()).then_some((settings, day))
}

/// The last whole day, from one time of the summary to the next. Where a clock is put forward over that time, the moment
/// after the gap counts.
fn day(settings: &config::Summary, now: Timestamp) -> Option<Day> {
    let (time, zone) = (settings.time()?, settings.zone()?);
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(now.as_millis()).ok()?).ok()?;
    let today = zone.to_datetime(instant).date().to_datetime(time);
    let at = |days: i64| moment(today.checked_sub(days.days()).ok()?, &zone);
    let last = i64::from(now < at(0)?);
    Some(Day { since: at(last + 1)?, until: at(last)? })
}

fn moment(at: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let at = zone.to_ambiguous_zoned(at).compatible().ok()?.timestamp();
    u64::try_from(at.as_millisecond()).ok().map(Timestamp::from_millis)
}

/// Subject and text; `None` if there is nothing to say.
async fn write(
    app: &App,
    settings: &config::Summary,
    day: Day,
) -> Result<Option<(String, String)>, StoreError> {
    let tally = app.store.tally_incidents(day.since, day.until).await?;
    let query = IncidentQuery { state: Some(State::Open), limit: MOST_NAMED, ..IncidentQuery::default() };
    let open = app.store.incidents(query).await?;
    if tally.is_empty() && open.is_empty() && !settings.always {
        return Ok(None);
    }
    let locale = Locale::from_tag(app.config.pages.default_language.as_str()).unwrap_or_default();
    let subject = app.pages.sentence(locale, "summary-subject", &[("operator", app.pages.operator())]);
    Ok(Some((subject, text(app, locale, settings, day, &tally, &open))))
}

fn text(
    app: &App,
    locale: Locale,
    settings: &config::Summary,
    day: Day,
    tally: &[IncidentTally],
    open: &[Incident],
) -> String {
    let say = |key: &str, values: &[(&str, &str)]| app.pages.sentence(locale, key, values);
    let zone = settings.zone().unwrap_or(TimeZone::UTC);
    let (since, until) = (local(day.since, &zone), local(day.until, &zone));
    let count: u64 = tally.iter().map(|each| each.count).sum();
    let values =
        [("since", &*since), ("until", &until), ("zone", &settings.time_zone), ("count", &count.to_string())];
    let mut paragraphs = vec![say("summary-opened", &values)];
    if !tally.is_empty() {
        let line = |each: &IncidentTally| {
            let cause = say(&format!("summary-cause-{}", each.cause.as_str().replace('_', "-")), &[]);
            let state = say(&format!("summary-state-{}", each.state.as_str()), &[]);
            format!("- {} × {cause}: {state}", each.count)
        };
        paragraphs.push(tally.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
    if open.is_empty() {
        paragraphs.push(say("summary-none-open", &[]));
    } else {
        let line = |incident: &Incident| {
            let (number, summary) = (incident.id.to_string(), &*incident.summary);
            say("summary-one", &[("number", &number), ("summary", summary)])
        };
        let lines = open.iter().map(line).collect::<Vec<_>>().join("\n");
        paragraphs.push(format!("{}\n{lines}", say("summary-open", &[])));
    }
    paragraphs.push(format!("{}\n{}", say("summary-page", &[]), app.url(PAGE)));
    paragraphs.join("\n\n") + "\n"
}

/// A moment as people write it where they are.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let instant =
        i64::try_from(at.as_millis()).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    instant.map(|at| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(at: &str, time_zone: &str) -> config::Summary {
        let to = vec!["ops@example.com".to_owned()];
        config::Summary { to, at: at.to_owned(), time_zone: time_zone.to_owned(), always: false }
    }

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_millis(at.as_millisecond().try_into().unwrap())
    }

    #[test]
    fn a_summary_is_about_the_last_whole_day_where_its_readers_are() {
        for (now, since, until) in [
            ("2027-01-15T05:59:59Z", "2027-01-13T06:00:00Z", "2027-01-14T06:00:00Z"),
            ("2027-01-15T06:00:00Z", "2027-01-14T06:00:00Z", "2027-01-15T06:00:00Z"),
            ("2027-01-15T23:30:00Z", "2027-01-14T06:00:00Z", "2027-01-15T06:00:00Z"),
            // Summer time begins on 28 March: that day has 23 hours.
            ("2027-03-28T12:00:00Z", "2027-03-27T06:00:00Z", "2027-03-28T05:00:00Z"),
        ] {
            let wanted = Day { since: at(since), until: at(until) };
            assert_eq!(day(&settings("07:00", "Europe/Berlin"), at(now)), Some(wanted), "{now}");
        }
    }

    /// 02:30 does not exist on the day on which clocks go forward, and comes twice when they go back.
    #[test]
    fn a_time_that_is_skipped_or_comes_twice_is_due_once() {
        let night = settings("02:30", "Europe/Berlin");
        for (now, until) in [
            ("2027-03-28T00:59:00Z", "2027-03-27T01:30:00Z"),
            ("2027-03-28T01:30:00Z", "2027-03-28T01:30:00Z"),
            ("2027-10-31T00:30:00Z", "2027-10-31T00:30:00Z"),
            ("2027-10-31T01:30:00Z", "2027-10-31T00:30:00Z"),
        ] {
            assert_eq!(day(&night, at(now)).unwrap().until, at(until), "{now}");
        }
    }

    #[test]
    fn what_is_no_time_is_never_due() {
        for bad in [settings("7:00", "UTC"), settings("24:00", "UTC"), settings("07:00", "Moon/Crater")] {
            assert_eq!(day(&bad, at("2027-01-15T06:00:00Z")), None);
        }
    }
}
