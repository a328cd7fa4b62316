//! Is a picture or document that was made to do harm only ever not read?

#[expect(dead_code, reason = "a row for each kind is not made here")]
mod corpus;

use std::cell::Cell;

use corpus::draw::{Canvas, Code, Placed, Random, lure};
use corpus::files::{chunk, gif, jpeg, page, pdf, png, png_of, stream, zlib};
use corpus::sample;
use qrcode::EcLevel;
use tandem_content_filter::image::{Reading, Spent, Trouble, qr_codes};
use tandem_content_filter::{Limits, Skipped};

fn look(bytes: &[u8]) -> Reading {
    qr_codes(bytes, &Limits::default(), &mut Spent::default(), &|| true)
}

fn look_at_document(bytes: &[u8]) -> Reading {
    tandem_content_filter::pdf::qr_codes(bytes, &Limits::default(), &mut Spent::default(), &|| true)
}

fn nothing_but(trouble: Trouble) -> Reading {
    Reading { texts: vec![], troubles: vec![trouble] }
}

const DAMAGED: Trouble = Trouble::Undecodable("damaged picture");

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred"
)]
fn simple(module: f32) -> (Canvas, String) {
    let code = Code::new(lure(&mut Random(7), false), EcLevel::M);
    let side = (code.size as f32 + 10.0) * module;
    let mut canvas = Canvas::plain(side as usize, side as usize, [255.0; 3]);
    let placed = Placed::at(code, (side / 2.0, side / 2.0), module, 0.0);
    canvas.put(&placed);
    (canvas, placed.code.text)
}

fn bmp(width: i32, height: i32, bits: u16) -> Vec<u8> {
    let mut out = b"BM".to_vec();
    out.extend([0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]);
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    out.extend([1, 0]);
    out.extend(bits.to_le_bytes());
    out.extend([0; 24]);
    out
}

#[test]
fn a_picture_that_says_it_is_huge_is_not_decoded() {
    let huge = png_of(10_000, 10_000, &[chunk(b"IDAT", &zlib(&[0; 100]))]);
    assert_eq!(look(&huge), nothing_but(Trouble::TooManyPixels));
    assert_eq!(look(&bmp(20_000, 20_000, 24)), nothing_but(Trouble::TooManyPixels));
    let mut gif = b"GIF89a\xff\xff\xff\xff\0\0\0".to_vec();
    gif.extend(b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x01\0\0\x3b");
    assert_eq!(look(&gif), nothing_but(Trouble::TooManyPixels));
    let mut large = jpeg(&simple(3.0).0, 80);
    let start = large.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    large[start + 5..start + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(look(&large), nothing_but(Trouble::TooManyPixels));
}

#[test]
fn what_it_skips_is_said_with_its_part() {
    assert_eq!(Trouble::TooManyPixels.in_part("1.2"), Skipped::TooManyPixels { part: "1.2".into() });
    assert_eq!(
        DAMAGED.in_part("3"),
        Skipped::Undecodable { part: "3".into(), why: "damaged picture".into() }
    );
}

#[test]
fn bombs_in_a_png_do_not_go_off() {
    let bomb = zlib(&vec![0; 30_000_000]);
    // More rows than there are, and a colour profile and a text that nobody needs.
    let profile = [&b"name\0\0"[..], &bomb].concat();
    for chunks in [
        vec![chunk(b"IDAT", &bomb)],
        vec![chunk(b"iCCP", &profile), chunk(b"IDAT", &zlib(&[0; 110]))],
        vec![chunk(b"zTXt", &profile), chunk(b"IDAT", &zlib(&[0; 110]))],
    ] {
        assert!(look(&png_of(10, 10, &chunks)).texts.is_empty());
    }
}

#[test]
fn pictures_without_pixels_and_very_long_ones_are_survived() {
    for (width, height) in [(0, 0), (0, 5), (5, 0)] {
        assert_eq!(
            look(&png_of(width, height, &[chunk(b"IDAT", &zlib(&[]))])),
            nothing_but(DAMAGED),
            "{width} {height}"
        );
    }
    assert_eq!(look(&bmp(0, 0, 24)).texts.len(), 0);
    assert_eq!(look(&bmp(i32::MIN, i32::MIN, 24)).texts.len(), 0);
    let stripes: Vec<u8> =
        (0..100_000_u32).flat_map(|at| [0, at.wrapping_mul(2_654_435_761).to_be_bytes()[0]]).collect();
    assert_eq!(look(&png_of(1, 100_000, &[chunk(b"IDAT", &zlib(&stripes))])), Reading::default());
    let across: Vec<u8> = stripes.iter().take(100_001).copied().collect();
    assert_eq!(look(&png_of(100_000, 1, &[chunk(b"IDAT", &zlib(&across))])), Reading::default());
    for side in 1..20 {
        let checked: Vec<u8> = (0..side * (side + 1))
            .map(|at| if at % (side + 1) == 0 || at % 2 == 0 { 0 } else { 255 })
            .collect();
        assert_eq!(look(&png_of(side, side, &[chunk(b"IDAT", &zlib(&checked))])).texts.len(), 0);
    }
}

#[test]
fn every_kind_of_file_may_be_cut_off_anywhere() {
    let kinds = ["clean", "JPEG quality 8-40", "GIF, one frame", "animated PNG", "WebP", "EXIF-rotated"];
    let samples = kinds.map(|kind| sample(kind, 1).bytes);
    for bytes in &samples {
        for end in (0..40).chain((1..10).map(|tenth| bytes.len() * tenth / 10)) {
            look(&bytes[..end]);
        }
    }
    for kind in ["PDF, picture", "PDF, strips", "PDF, drawn"] {
        let bytes = sample(kind, 1).bytes;
        for end in (0..40).chain((1..10).map(|tenth| bytes.len() * tenth / 10)) {
            look_at_document(&bytes[..end]);
        }
    }
}

#[test]
fn bytes_that_are_changed_at_random_are_survived() {
    let mut random = Random(11);
    let (canvas, _) = simple(2.0);
    let files = [png(&canvas), jpeg(&canvas, 60), gif(&[canvas.clone(), canvas.clone()])];
    for bytes in files {
        for _ in 0..60 {
            let mut changed = bytes.clone();
            for _ in 0..=random.below(8) {
                let at = random.below(changed.len());
                changed[at] = random.next().to_le_bytes()[0];
            }
            look(&changed);
        }
    }
    let document =
        page("q 400 0 0 500 90 200 cm /Im0 Do Q", &[stream("/Subtype /Image /Width 9", b"123")], "");
    for _ in 0..2000 {
        let mut changed = document.clone();
        for _ in 0..=random.below(8) {
            let at = random.below(changed.len());
            changed[at] = b"[]<>()/%R 0129\n"[random.below(15)];
        }
        look_at_document(&changed);
    }
}

#[test]
fn what_is_no_picture_is_said_to_be_none() {
    let unknown = Trouble::Undecodable("unknown kind of picture");
    for bytes in [&b""[..], b"hello", b"<svg/>", b"%PDF-1.7", b"II*\0\x08\0\0\0"] {
        assert_eq!(look(bytes), nothing_but(unknown.clone()));
    }
    assert_eq!(look(b"\x89PNG\r\n\x1a\n"), nothing_but(DAMAGED));
    assert_eq!(look_at_document(b"GIF89a"), nothing_but(Trouble::Undecodable("no PDF file")));
}

/// Programs show the part of a picture that arrived.
#[test]
fn a_code_in_a_picture_whose_end_is_missing_is_read() {
    let (mut canvas, text) = simple(4.0);
    canvas.rgb.extend(vec![[200.0; 3]; canvas.width * 40]);
    canvas.height += 40;
    let mut random = Random(5);
    let from = canvas.width * (canvas.height - 40);
    canvas.rgb[from..].iter_mut().for_each(|pixel| *pixel = [random.real(0.0, 255.0); 3]);
    let bytes = png(&canvas);
    let reading = look(&bytes[..bytes.len() - 4000]);
    assert_eq!(reading, Reading { texts: vec![text], troubles: vec![DAMAGED] });
}

#[test]
fn a_gif_of_endless_frames_ends() {
    let mut same = b"GIF89a\x64\0\x64\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    for _ in 0..10_000 {
        same.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    same.push(0x3b);
    let mut spent = Spent::default();
    let asked = Cell::new(0);
    let reading = qr_codes(&same, &Limits::default(), &mut spent, &|| {
        asked.set(asked.get() + 1);
        true
    });
    assert_eq!(reading, nothing_but(Trouble::TooManyImages));
    assert!(spent.images <= 2 && asked.get() < 2000, "{spent:?} {}", asked.get());
    let reading = qr_codes(&same, &Limits::default(), &mut Spent::default(), &|| false);
    assert_eq!(reading.troubles, [Trouble::OutOfTime]);
}

#[test]
fn a_frame_larger_than_its_picture_gets_no_room() {
    let mut large = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    large.extend(b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b");
    assert_eq!(look(&large), nothing_but(DAMAGED));
}

#[test]
fn limits_count_over_all_pictures() {
    let (canvas, text) = simple(3.0);
    let bytes = png(&canvas);
    let pixels = (canvas.width * canvas.height) as u64;
    let mut spent = Spent::default();
    let limits = Limits { images: 2, ..Limits::default() };
    for _ in 0..2 {
        assert_eq!(qr_codes(&bytes, &limits, &mut spent, &|| true).texts, std::slice::from_ref(&text));
    }
    assert_eq!(spent, Spent { images: 2, pixels: pixels * 2 });
    assert_eq!(qr_codes(&bytes, &limits, &mut spent, &|| true), nothing_but(Trouble::TooManyImages));
    let limits = Limits { all_pixels: pixels * 3 - 1, ..Limits::default() };
    assert_eq!(qr_codes(&bytes, &limits, &mut spent, &|| true), nothing_but(Trouble::TooManyPixels));
    let limits = Limits { pixels: pixels - 1, ..Limits::default() };
    assert_eq!(
        qr_codes(&bytes, &limits, &mut Spent::default(), &|| true),
        nothing_but(Trouble::TooManyPixels)
    );
}

/// A picture full of finder patterns, which belong together in very many ways.
#[test]
fn a_picture_of_finder_patterns_has_an_end() {
    let mut canvas = Canvas::plain(1500, 1500, [255.0; 3]);
    for y in 0..1500 {
        for x in 0..1500 {
            let (u, v): (usize, usize) = ((x / 2) % 9, (y / 2) % 9);
            let ring = u.abs_diff(3).max(v.abs_diff(3));
            if u < 7 && v < 7 && ring != 2 {
                canvas.rgb[y * 1500 + x] = [0.0; 3];
            }
        }
    }
    let asked = Cell::new(0);
    let reading = qr_codes(&png(&canvas), &Limits::default(), &mut Spent::default(), &|| {
        asked.set(asked.get() + 1);
        true
    });
    assert_eq!(reading, nothing_but(Trouble::Undecodable("too many finder patterns")));
    assert!(asked.get() < 5000, "{}", asked.get());
}

#[test]
fn a_document_that_goes_round_in_circles_ends() {
    let circles = pdf(&[
        b"<< /Type /Catalog /Pages 1 0 R /Length 1 0 R /Kids [1 0 R 1 0 R] >>".to_vec(),
        b"3 0 R".to_vec(),
        b"2 0 R".to_vec(),
        b"<< /Subtype /Image /Width 2 0 R /Height 3 0 R /Filter 4 0 R /Length 2 0 R >>\nstream\nabc\nendstream".to_vec(),
        b"<< /Subtype /Image /Width 2 /Height 2 /ColorSpace 6 0 R /BitsPerComponent 8 /Length 5 0 R >>\nstream\nabcd\nendstream".to_vec(),
        b"[/Indexed 6 0 R 1 6 0 R]".to_vec(),
    ]);
    assert!(look_at_document(&circles).texts.is_empty());
}

#[test]
fn bombs_in_a_document_do_not_go_off() {
    let bomb = zlib(&zlib(&vec![0; 60_000_000]));
    let filters = "/Filter [/FlateDecode /FlateDecode]";
    let image = "/Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8";
    let objects: Vec<Vec<u8>> = [image, "/Type /ObjStm /N 9 /First 9", "", "/Subtype /Form"]
        .iter()
        .map(|dictionary| stream(&format!("{dictionary} {filters}"), &bomb))
        .collect();
    let limits = Limits { pixels: 1_000_000, ..Limits::default() };
    let reading =
        tandem_content_filter::pdf::qr_codes(&pdf(&objects), &limits, &mut Spent::default(), &|| true);
    assert_eq!(reading, nothing_but(Trouble::TooManyPixels));
    let huge = stream("/Subtype /Image /Width 99999 /Height 99999 /BitsPerComponent 1", b"0");
    assert_eq!(look_at_document(&pdf(&[huge])), nothing_but(Trouble::TooManyPixels));
    let deep = format!("1 0 obj {}{} endobj", "[".repeat(500_000), "<<".repeat(500_000));
    look_at_document(format!("%PDF-1.0 {deep}").as_bytes());
    let endless = "1 0 obj << /Length 7 >> stream ".repeat(50_000);
    look_at_document(format!("%PDF-1.0 {endless}").as_bytes());
}

#[test]
fn an_encrypted_document_is_said_to_be_one() {
    let mut document = sample("PDF, picture", 1).bytes;
    let trailer = document.windows(7).rposition(|seven| seven == b"trailer").unwrap();
    document.splice(trailer + 11..trailer + 11, b" /Encrypt 9 0 R ".iter().copied());
    assert_eq!(look_at_document(&document), nothing_but(Trouble::Encrypted));
}

/// Lengths, tables and the tree of pages may all be wrong; readers repair that, and so the code would be seen.
#[test]
fn a_document_with_wrong_lengths_and_no_tables_is_read() {
    let picture = sample("PDF, picture", 3);
    let text = String::from_utf8_lossy(&picture.bytes).into_owned();
    assert!(text.contains("/Length "));
    let mut broken = Vec::new();
    let mut rest = picture.bytes.as_slice();
    while let Some(at) = rest.windows(8).position(|eight| eight == b"/Length ") {
        broken.extend(&rest[..at]);
        broken.extend(b"/Length 3");
        rest = &rest[at + 8..];
    }
    let end = rest.windows(4).rposition(|four| four == b"xref").unwrap_or(rest.len());
    broken.extend(&rest[..end.min(rest.len())]);
    assert_eq!(look_at_document(&broken).texts, picture.expected);
}

#[test]
fn pictures_that_are_written_in_a_way_that_is_not_read_are_named() {
    for (filter, why) in [
        ("/CCITTFaxDecode", "fax picture in a document"),
        ("/JBIG2Decode", "JBIG2 picture in a document"),
        ("/JPXDecode", "JPEG 2000 picture in a document"),
        ("/LZWDecode", "LZW picture in a document"),
        ("/Own", "compression of a document that is not read"),
    ] {
        let picture = stream(&format!("/Subtype /Image /Width 9 /Height 9 /Filter {filter}"), b"123");
        assert_eq!(look_at_document(&pdf(&[picture])), nothing_but(Trouble::Undecodable(why)));
    }
}

/// What is written into something else is passed again and again: time is asked for by bytes, not by things.
#[test]
fn values_inside_values_are_not_read_without_end() {
    let nested = [b"%PDF-1.7\n".to_vec(), b"1 0 obj<</A(".repeat(100_000), b")/B>>".repeat(100_000)].concat();
    let comments = [b"%PDF-1.7\n".to_vec(), b"1 0 obj%".repeat(900_000)].concat();
    for document in [nested, comments] {
        let why = "more objects in a document than are looked at";
        assert_eq!(look_at_document(&document), nothing_but(Trouble::Undecodable(why)));
    }
    // The same word a million times, each of which might be told to be the longest of all.
    let trailers = [b"%PDF-1.7\n".to_vec(), b"trailer".repeat(1_000_000)].concat();
    assert_eq!(look_at_document(&trailers), Reading::default());
    let steps = Cell::new(0);
    let trailers = [b"%PDF-1.7\n".to_vec(), b"trailer<</A(".repeat(20_000), b")/B>>".repeat(20_000)].concat();
    let reading =
        tandem_content_filter::pdf::qr_codes(&trailers, &Limits::default(), &mut Spent::default(), &|| {
            steps.set(steps.get() + 1);
            steps.get() < 10
        });
    assert_eq!(reading, nothing_but(Trouble::OutOfTime));
}

/// Some kilobytes that say a million times that the same object is half of what they inflate to.
#[test]
fn packed_objects_are_not_read_again_and_again() {
    let head = b"1 0 ".repeat(1_000_000);
    let content = [&head[..], b"(", &vec![b'x'; 20_000_000]].concat();
    let packed = zlib(&content);
    let mut document = format!(
        "%PDF-1.7\n1 0 obj<</Type/ObjStm/First {}/N 3/Filter/FlateDecode/Length {}>>stream\n",
        head.len(),
        packed.len()
    )
    .into_bytes();
    document.extend(packed);
    document.extend(b"\nendstream endobj");
    let why = "more objects in a document than are looked at";
    assert_eq!(look_at_document(&document).troubles, [Trouble::Undecodable(why)]);
}

/// What draws a page behind something that fills all the room is not left out in silence.
#[test]
fn a_page_for_which_there_is_no_room_is_told() {
    let bomb = zlib(&vec![b' '; 80_000_001]);
    let mut document =
        format!("%PDF-1.7\n1 0 obj<</Filter/FlateDecode/Length {}>>stream\n", bomb.len()).into_bytes();
    document.extend(bomb);
    document.extend(b"\nendstream endobj");
    assert_eq!(look_at_document(&document), nothing_but(Trouble::TooManyPixels));
}
