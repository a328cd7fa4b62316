//! How many QR codes of the whole corpus are read, how many by another program, and how long does it take?
//!
//! `cargo run --release -p tandem-content-filter --example qr_corpus [FOLDER] [KIND]` prints a row for each kind. With a folder the
//! pictures stay there, otherwise they are gone afterwards. `zbarimg` is asked if it is there.

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use corpus::{KINDS, Sample, sample};
use tandem_content_filter::Limits;
use tandem_content_filter::image::{Spent, qr_codes};

/// What came of one kind.
#[derive(Default)]
struct Row {
    all: usize,
    ours: usize,
    theirs: usize,
    both: usize,
    milliseconds: Vec<f64>,
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder =
        arguments.first().filter(|name| !name.is_empty()).map_or_else(std::env::temp_dir, PathBuf::from);
    let keep = arguments.first().is_some_and(|name| !name.is_empty());
    let zbar = Command::new("zbarimg").arg("--version").output().is_ok();
    println!(
        "| kind | pictures | read | zbarimg | read of those | ms/MP median | ms/MP 95 % |\n|---|---|---|---|---|---|---|"
    );
    let mut total = Row::default();
    for (kind, count) in KINDS {
        if arguments.get(1).is_some_and(|only| !kind.contains(only.as_str())) {
            continue;
        }
        let mut row = Row::default();
        for number in 0..count {
            one(&sample(kind, number as u64), number, &folder, keep, zbar, &mut row)?;
        }
        print(kind, &row);
        total.all += row.all;
        total.ours += row.ours;
        total.theirs += row.theirs;
        total.both += row.both;
        total.milliseconds.extend(row.milliseconds);
    }
    print("**all**", &total);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "no picture has that many pixels")]
fn one(
    picture: &Sample,
    number: usize,
    folder: &Path,
    keep: bool,
    zbar: bool,
    row: &mut Row,
) -> io::Result<()> {
    let name =
        format!("{}-{number}", picture.kind.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
    let file = folder.join(format!("{name}.{}", picture.extension));
    let before = cpu();
    let reading = if picture.extension == "pdf" {
        tandem_content_filter::pdf::qr_codes(
            &picture.bytes,
            &Limits::default(),
            &mut Spent::default(),
            &|| true,
        )
    } else {
        qr_codes(&picture.bytes, &Limits::default(), &mut Spent::default(), &|| true)
    };
    row.milliseconds.push((cpu() - before) * 1e3 / (picture.pixels as f64 / 1e6));
    let ours = picture.expected.iter().all(|text| reading.texts.contains(text));
    if keep {
        std::fs::write(&file, &picture.bytes)?;
        if !ours {
            println!("- missed: {}", file.display());
        }
    }
    let theirs = zbar && {
        let stand_in = folder.join(format!("{name}.stand-in.png"));
        let path = if picture.stand_in.is_some() { &stand_in } else { &file };
        std::fs::write(path, picture.stand_in.as_ref().unwrap_or(&picture.bytes))?;
        let arguments = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted"];
        let output = Command::new("zbarimg").args(arguments).arg(path).output()?;
        if !keep || path == &stand_in {
            std::fs::remove_file(path)?;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        picture.expected.iter().all(|expected| text.lines().any(|line| line == expected))
    };
    row.all += 1;
    row.ours += usize::from(ours);
    row.theirs += usize::from(theirs);
    row.both += usize::from(ours && theirs);
    Ok(())
}

/// Seconds of processor time that this process has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of some thousand pictures"
)]
fn print(kind: &str, row: &Row) {
    let mut times = row.milliseconds.clone();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    let share = |part: usize, whole: usize| {
        if whole == 0 { "–".to_owned() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
    };
    println!(
        "| {kind} | {} | {} | {} | {} | {:.1} | {:.1} |",
        row.all,
        share(row.ours, row.all),
        share(row.theirs, row.all),
        share(row.both, row.theirs),
        at(0.5),
        at(0.95)
    );
}
