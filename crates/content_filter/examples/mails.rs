//! Writes the mails that the filter is tried on into a folder, to be sent through a real mail server.
//!
//! `cargo run -p tandem-content-filter --example mails FOLDER [CODE]`: `ordinary/*.eml`, and `disguised/*.eml` with CODE in them.

#[path = "../tests/mail_corpus/mod.rs"]
mod mail_corpus;

use mail_corpus::{Dice, disguises, mime, ordinary, places};
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "mails".to_owned()));
    let code =
        arguments.next().map_or_else(|| Dice(1).code(), |code| code.replace('-', "").to_ascii_uppercase());
    let (ordinary_folder, disguised_folder) = (folder.join("ordinary"), folder.join("disguised"));
    fs::create_dir_all(&ordinary_folder)?;
    fs::create_dir_all(&disguised_folder)?;
    let mut count = 0;
    for (name, mail) in ordinary::all() {
        fs::write(ordinary_folder.join(format!("{name}.eml")), mail)?;
        count += 1;
    }
    for (name, mail) in disguised(&code) {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        fs::write(disguised_folder.join(format!("{name}.eml")), mail)?;
        count += 1;
    }
    println!("{count} mails in {}, the disguised ones with {code}", folder.display());
    Ok(())
}

/// Each disguise once, each place once.
fn disguised(code: &str) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for ((way, text), (place, put)) in
        disguises::written(code).into_iter().zip(places::TEXT.into_iter().cycle())
    {
        out.push((format!("{way} {place}"), put(&text)));
    }
    for (way, html) in disguises::marked_up(code) {
        out.push((format!("html {way}"), mime::mail("Please confirm", &mime::html_part(&html))));
    }
    let picture = mime::qr(&format!("{}/device?user_code={code}", mail_corpus::ORIGIN));
    for (place, put) in places::PICTURE {
        out.push((place.to_owned(), put(&picture)));
    }
    out
}
