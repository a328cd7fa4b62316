//! Is a QR code read, however it was turned, spoilt or packed? (BCP 6.1.5)
//!
//! A few pictures of each kind; `examples/qr_corpus.rs` measures on all of them.

#[expect(dead_code, reason = "no other program is asked here")]
mod corpus;

use corpus::draw::{Canvas, Code, Placed, Random, lure};
use corpus::files::png;
use corpus::{KINDS, Sample, sample};
use qrcode::EcLevel;
use tandem_content_filter::Limits;
use tandem_content_filter::image::{Reading, Spent, qr_codes};

fn look(sample: &Sample) -> Reading {
    let (limits, mut spent) = (Limits::default(), Spent::default());
    if sample.extension == "pdf" {
        tandem_content_filter::pdf::qr_codes(&sample.bytes, &limits, &mut spent, &|| true)
    } else {
        qr_codes(&sample.bytes, &limits, &mut spent, &|| true)
    }
}

/// R6.5: whatever another reader makes of a picture, what is found in it is what stands there, and nothing else.
#[test]
fn codes_of_every_kind_are_read() {
    let mut missed = Vec::new();
    for (kind, _) in KINDS {
        let count = if kind == "huge photo, small code" { 1 } else { 3 };
        let read = (0..count).filter(|number| {
            let picture = sample(kind, *number as u64);
            let reading = look(&picture);
            assert!(
                reading.texts.iter().all(|text| picture.expected.contains(text)),
                "{kind} {number}: {reading:?}"
            );
            assert_eq!(reading.troubles, [], "{kind} {number}");
            picture.expected.iter().all(|text| reading.texts.contains(text))
        });
        let read = read.count();
        // These are spoilt until some of them can hardly be read any more.
        let enough =
            if matches!(kind, "blurred" | "low contrast" | "scaled without smoothing") { 1 } else { count };
        if read < enough {
            missed.push((kind, read));
        }
    }
    assert_eq!(missed, []);
}

#[test]
fn a_code_is_read_at_every_angle() {
    for degrees in (0..360_u16).step_by(15) {
        let mut random = Random(degrees.into());
        let code = Code::new(lure(&mut random, degrees % 2 == 1), EcLevel::L);
        let mut canvas = Canvas::plain(330, 330, [255.0; 3]);
        let placed = Placed::at(code, (165.0, 165.0), 4.0, degrees.into());
        canvas.put(&placed);
        let reading = qr_codes(&png(&canvas), &Limits::default(), &mut Spent::default(), &|| true);
        assert_eq!(reading.texts, [placed.code.text], "{degrees}");
    }
}

/// A code that is easy to read must not keep one beside it from being found.
#[test]
fn a_decoy_hides_nothing() {
    let mut random = Random(3);
    let mut canvas = Canvas::plain(900, 500, [255.0; 3]);
    let decoy =
        Placed::at(Code::new("https://example.org/menu".into(), EcLevel::L), (220.0, 250.0), 12.0, 0.0);
    canvas.put(&decoy);
    let mut real = Placed::at(Code::new(lure(&mut random, false), EcLevel::M), (660.0, 250.0), 3.0, 30.0);
    real.light = Some([70.0; 3]);
    real.dark = [110.0; 3];
    canvas.put(&real);
    let reading = qr_codes(&png(&canvas), &Limits::default(), &mut Spent::default(), &|| true);
    assert!(
        reading.texts.contains(&decoy.code.text) && reading.texts.contains(&real.code.text),
        "{reading:?}"
    );
}

#[test]
fn pictures_without_codes_have_none() {
    let mut random = Random(9);
    for number in 0..6_u8 {
        let mut canvas = if number % 2 == 0 {
            Canvas::photo(700, 500, &mut random)
        } else {
            Canvas::page(700, 500, &mut random)
        };
        canvas.noise(8.0 * f32::from(number), &mut random);
        assert_eq!(
            qr_codes(&png(&canvas), &Limits::default(), &mut Spent::default(), &|| true),
            Reading::default()
        );
    }
}
