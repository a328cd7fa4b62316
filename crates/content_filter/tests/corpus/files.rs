//! How does a picture with a QR code become a file?

use std::fmt::Write as _;
use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, Frame, ImageEncoder, RgbImage, Rgba, RgbaImage};
use qrcode::EcLevel;

use super::Sample;
use super::draw::{Canvas, Code, Placed, Random, lure};

pub fn png(canvas: &Canvas) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(&canvas.bytes(), canvas.width as u32, canvas.height as u32, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn jpeg(canvas: &Canvas, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .write_image(&canvas.bytes(), canvas.width as u32, canvas.height as u32, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn still(
    kind: &'static str,
    canvas: &Canvas,
    expected: Vec<String>,
    quality: Option<u8>,
    random: &mut Random,
) -> Sample {
    let pixels = canvas.width * canvas.height;
    let (extension, bytes, stand_in) = match (kind, quality) {
        ("WebP", _) => {
            let mut out = Vec::new();
            let sides = (canvas.width as u32, canvas.height as u32);
            WebPEncoder::new_lossless(&mut out)
                .write_image(&canvas.bytes(), sides.0, sides.1, ExtendedColorType::Rgb8)
                .unwrap();
            ("webp", out, Some(png(canvas)))
        }
        ("EXIF-rotated", _) => ("jpg", exif(&jpeg(canvas, 80), 2 + random.below(7) as u8), None),
        (_, Some(quality)) => ("jpg", jpeg(canvas, quality), None),
        _ => ("png", png(canvas), None),
    };
    Sample { kind, extension, bytes, expected, pixels, stand_in }
}

/// Puts the orientation of the camera behind the first marker.
fn exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, 0xE1]);
    out.extend((tiff.len() as u16 + 2).to_be_bytes());
    out.extend(tiff);
    out.extend(&jpeg[2..]);
    out
}

/// As programs enlarge that do not smooth: some modules become a pixel wider than others.
pub fn stretched(canvas: &Canvas, across: f32, down: f32) -> Canvas {
    let (width, height) = ((canvas.width as f32 * across) as usize, (canvas.height as f32 * down) as usize);
    let rgb = (0..width * height).map(|at| {
        let (x, y) = ((at % width) as f32 / across, (at / width) as f32 / down);
        canvas.rgb[(y as usize).min(canvas.height - 1) * canvas.width + (x as usize).min(canvas.width - 1)]
    });
    Canvas { width, height, rgb: rgb.collect() }
}

fn framed(random: &mut Random) -> (Canvas, Placed) {
    let code = Code::draw(random);
    let (width, height) = (420 + random.below(120), 400 + random.below(100));
    let module = random.real(3.5, 390.0 / (code.size as f32 + 9.0));
    let placed = Placed::at(code, (width as f32 / 2.0, height as f32 / 2.0), module, 0.0);
    (Canvas::page(width, height, random), placed)
}

/// Six frames, one of them (never the first) with a code.
pub fn moving(kind: &'static str, random: &mut Random) -> Sample {
    let (canvas, placed) = framed(random);
    let with_code = 1 + random.below(5);
    let frames: Vec<Canvas> = (0..6)
        .map(|number| {
            let mut frame = canvas.clone();
            frame.each(|x, _, bright| if x < 10 * number { 128.0 } else { bright });
            if number == with_code {
                frame.put(&placed);
            }
            frame
        })
        .collect();
    let stand_in = Some(png(&frames[with_code]));
    let bytes = if kind == "animated PNG" { apng(&frames) } else { gif(&frames) };
    let extension = if kind == "animated PNG" { "png" } else { "gif" };
    let pixels = frames.len() * canvas.width * canvas.height;
    Sample { kind, extension, bytes, expected: vec![placed.code.text], pixels, stand_in }
}

pub fn gif(frames: &[Canvas]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
    for frame in frames {
        let rgb = RgbImage::from_raw(frame.width as u32, frame.height as u32, frame.bytes()).unwrap();
        let rgba = image::DynamicImage::from(rgb).into_rgba8();
        encoder.encode_frame(Frame::new(rgba)).unwrap();
    }
    drop(encoder);
    out
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(4));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One chunk of a PNG.
pub fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(content);
    [&(content.len() as u32).to_be_bytes()[..], name, content, &crc.sum().to_be_bytes()].concat()
}

/// A PNG of these sides in grey, with these chunks between its header and its end.
pub fn png_of(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(b"IHDR", &header));
    for chunk in chunks {
        out.extend(chunk);
    }
    out.extend(chunk(b"IEND", &[]));
    out
}

fn grey(canvas: &Canvas) -> Vec<u8> {
    canvas.rgb.iter().map(|pixel| pixel[1].round().clamp(0.0, 255.0) as u8).collect()
}

fn apng(frames: &[Canvas]) -> Vec<u8> {
    let (width, height) = (frames[0].width, frames[0].height);
    let mut chunks = vec![chunk(b"acTL", &[0, 0, 0, frames.len() as u8, 0, 0, 0, 0])];
    let mut sequence = 0_u32;
    for (number, frame) in frames.iter().enumerate() {
        let mut control = sequence.to_be_bytes().to_vec();
        control.extend((width as u32).to_be_bytes());
        control.extend((height as u32).to_be_bytes());
        control.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0]);
        chunks.push(chunk(b"fcTL", &control));
        sequence += 1;
        let rows: Vec<u8> = grey(frame).chunks(width).flat_map(|row| [&[0], row].concat()).collect();
        if number == 0 {
            chunks.push(chunk(b"IDAT", &zlib(&rows)));
        } else {
            chunks.push(chunk(b"fdAT", &[&sequence.to_be_bytes()[..], &zlib(&rows)].concat()));
            sequence += 1;
        }
    }
    png_of(width as u32, height as u32, &chunks)
}

/// Only the dark modules, or (every third time) only the light ones, for programs with a dark ground.
pub fn transparent(kind: &'static str, random: &mut Random) -> Sample {
    let (mut canvas, mut placed) = framed(random);
    let light_ones = random.below(3) == 0;
    let ground = if light_ones { [0.0; 3] } else { [255.0; 3] };
    canvas = Canvas::plain(canvas.width, canvas.height, ground);
    if light_ones {
        placed.light = Some([0.0; 3]);
        placed.dark = [255.0; 3];
    }
    canvas.put(&placed);
    let ink = ground[0] as u8 ^ 255;
    let rgba = RgbaImage::from_fn(canvas.width as u32, canvas.height as u32, |x, y| {
        let bright = canvas.rgb[y as usize * canvas.width + x as usize][0];
        Rgba([ink, ink, ink, (bright - ground[0]).abs().round() as u8])
    });
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(rgba.as_raw(), rgba.width(), rgba.height(), ExtendedColorType::Rgba8)
        .unwrap();
    let pixels = canvas.width * canvas.height;
    Sample {
        kind,
        extension: "png",
        bytes,
        expected: vec![placed.code.text],
        pixels,
        stand_in: Some(png(&canvas)),
    }
}

/// A PDF of these objects; the first is the catalogue.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", number + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1)
            .bytes(),
    );
    out
}

/// A stream object.
pub fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn xobject(canvas: &Canvas, form: usize) -> Vec<u8> {
    let (width, height) = (canvas.width, canvas.height);
    let base = format!("/Type /XObject /Subtype /Image /Width {width} /Height {height}");
    match form {
        0 => stream(
            &format!("{base} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"),
            &jpeg(canvas, 75),
        ),
        1 => {
            let dictionary =
                format!("{base} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode");
            stream(&dictionary, &zlib(&canvas.bytes()))
        }
        2 => {
            // Each row as its difference to the one above.
            let rows = grey(canvas);
            let mut filtered = Vec::new();
            let mut above = vec![0; width];
            for row in rows.chunks(width) {
                filtered.push(2);
                filtered.extend(row.iter().zip(&above).map(|(now, before)| now.wrapping_sub(*before)));
                above = row.to_vec();
            }
            let dictionary = format!(
                "{base} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [/FlateDecode] \
                 /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns {width} >>"
            );
            stream(&dictionary, &zlib(&filtered))
        }
        3 => {
            let mut packed = Vec::new();
            for row in grey(canvas).chunks(width) {
                packed.extend(row.chunks(8).map(|eight| {
                    eight
                        .iter()
                        .enumerate()
                        .fold(0, |byte, (at, pixel)| byte | u8::from(*pixel < 128) << (7 - at))
                }));
            }
            let dictionary = format!(
                "{base} /ColorSpace /DeviceGray /Decode [1 0] /BitsPerComponent 1 /Filter /FlateDecode"
            );
            stream(&dictionary, &zlib(&packed))
        }
        _ => {
            let indices: Vec<u8> = grey(canvas).iter().map(|pixel| u8::from(*pixel < 128)).collect();
            let dictionary = format!(
                "{base} /ColorSpace [/Indexed /DeviceRGB 1 <f0f0e0102040>] /BitsPerComponent 8 /Filter [/ASCIIHexDecode /FlateDecode]"
            );
            let mut hex = String::new();
            for byte in zlib(&indices) {
                write!(hex, "{byte:02x}").unwrap();
            }
            stream(&dictionary, format!("{hex}>").as_bytes())
        }
    }
}

/// A page that shows these objects (from the fifth on) as the content says.
pub fn page(content: &str, xobjects: &[Vec<u8>], more: &str) -> Vec<u8> {
    let mut names = String::new();
    for at in 0..xobjects.len() {
        write!(names, "/Im{at} {} 0 R ", at + 5).unwrap();
    }
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << {names}>> >> {more} >>"
        )
        .into_bytes(),
        stream("/Filter /FlateDecode", &zlib(content.as_bytes())),
    ];
    objects.extend(xobjects.iter().cloned());
    pdf(&objects)
}

pub fn document(kind: &'static str, random: &mut Random) -> Sample {
    let code =
        if kind == "PDF, drawn" { Code::new(lure(random, false), EcLevel::M) } else { Code::draw(random) };
    let (width, height) = (700 + random.below(300), 800 + random.below(200));
    let turned = if kind == "PDF, rotated scan" { random.real(0.0, 360.0) } else { 0.0 };
    let middle = (width as f32 / 2.0, height as f32 / 2.0);
    let placed = Placed::at(code, middle, random.real(3.0, 6.5), turned);
    let mut canvas = Canvas::page(width, height, random);
    canvas.put(&placed);
    if kind == "PDF, rotated scan" {
        canvas.blur(0.8);
        canvas.noise(6.0, random);
    }
    let bytes = match kind {
        "PDF, picture" => page("q 400 0 0 500 90 200 cm /Im0 Do Q", &[xobject(&canvas, random.below(5))], ""),
        "PDF, rotated scan" => {
            page("q 0 500 -400 0 500 100 cm /Im0 Do Q", &[xobject(&canvas, 0)], "/Rotate 90")
        }
        "PDF, strips" => {
            let form = random.below(3);
            let strips: Vec<Canvas> = canvas
                .rgb
                .chunks(width * 64)
                .map(|rows| Canvas { width, height: rows.len() / width, rgb: rows.to_vec() })
                .collect();
            let mut top = 800.0;
            let mut content = String::new();
            for (at, strip) in strips.iter().enumerate() {
                let tall = strip.height as f32 * 0.5;
                top -= tall;
                writeln!(content, "q {} 0 0 {tall} 50 {top} cm /Im{at} Do Q", width as f32 * 0.5).unwrap();
            }
            page(&content, &strips.iter().map(|strip| xobject(strip, form)).collect::<Vec<_>>(), "")
        }
        _ => page(&drawn(&placed, random.below(3)), &[], ""),
    };
    let pixels = canvas.width * canvas.height;
    Sample {
        kind,
        extension: "pdf",
        bytes,
        expected: vec![placed.code.text],
        pixels,
        stand_in: Some(png(&canvas)),
    }
}

/// As programs draw codes that have no picture of them: a rectangle for each module, or for each run of them.
fn drawn(placed: &Placed, form: usize) -> String {
    let mut out = String::from("q 1 1 1 rg 0 0 595 842 re f Q q 3 0 0 -3 100 700 cm 0 0 0 rg\n");
    let size = placed.code.size;
    for y in 0..size {
        for x in (0..size).filter(|x| placed.code.is_dark(*x, y)) {
            let (right, below) = (x + 1, y + 1);
            match form {
                0 => writeln!(out, "{x} {y} 1 1 re f"),
                1 => writeln!(out, "{x} {y} 1 1 re"),
                _ => writeln!(out, "{x} {y} m {right} {y} l {right} {below} l {x} {below} l h"),
            }
            .unwrap();
        }
    }
    out + if form == 0 { "Q" } else { "f Q" }
}
