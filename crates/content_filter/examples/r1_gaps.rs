//! scratch
#![allow(warnings, clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]
use std::cell::Cell;
use std::time::{Duration, Instant};
use tandem_content_filter::{Input, Limits, Watch, scan};
use std::io::Write;

fn png(w: u32, h: u32, f: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let img = image::GrayImage::from_fn(w, h, |x, y| image::Luma([f(x, y)]));
    let mut out = std::io::Cursor::new(Vec::new());
    img.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}
fn run(name: &str, input: Input<'_>) {
    let watch = Watch { alphabet: "BCDFGHJKLMNPQRSTVWXZ".into(), length: 8, origins: vec!["https://id.example.com".into()], schemes: vec!["openid4vp".into()] };
    let start = Instant::now();
    let last = Cell::new(start);
    let gap = Cell::new(Duration::ZERO);
    let s = scan(input, &watch, &Limits::default(), &|| {
        let now = Instant::now();
        gap.set(gap.get().max(now - last.get()));
        last.set(now);
        now - start < Duration::from_secs(10)
    });
    let now = Instant::now();
    gap.set(gap.get().max(now - last.get()));
    let hwm = std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmPeak")).unwrap().to_owned();
    println!("{name}: total {:?} gap {:?} finds {} skipped {:?} {hwm}", now - start, gap.get(), s.finds.len(), s.skipped.iter().take(3).collect::<Vec<_>>());
}
fn fp(x: u32, m: u32) -> u8 { // 1 1 3 1 1 with separator 1
    match (x / m) % 8 { 0 | 2 | 3 | 4 | 6 => 0, _ => 255 }
}
fn finder(x: u32, y: u32, m: u32) -> u8 {
    let (a, b) = ((x / m) % 9, (y / m) % 9);
    if a > 6 || b > 6 { return 255 }
    let d = (a as i32 - 3).abs().max((b as i32 - 3).abs());
    if d == 2 { 255 } else { 0 }
}
fn noise(x: u32, y: u32) -> u8 { let mut h = x.wrapping_mul(0x9E3779B1) ^ y.wrapping_mul(0x85EBCA6B); h ^= h >> 15; h = h.wrapping_mul(0x2C1B3C6D); h ^= h >> 12; h = h.wrapping_mul(0x297A2D39); (h >> 24) as u8 }
fn deflated(bytes: &[u8]) -> Vec<u8> { let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best()); e.write_all(bytes).unwrap(); e.finish().unwrap() }
fn main() {
    let which: Vec<String> = std::env::args().skip(1).collect();
    let on = |n: &str| which.is_empty() || which.iter().any(|w| n.contains(w.as_str()));
    for m in [1u32, 2, 3, 5] {
        let n = format!("img stripes {m}"); if on(&n) { let p = png(6300, 6300, |x, _| fp(x, m)); run(&n, Input::Image(&p)); }
        let n = format!("img finders {m}"); if on(&n) { let p = png(6300, 6300, |x, y| finder(x, y, m)); run(&n, Input::Image(&p)); }
        let n = format!("img jagged {m}"); if on(&n) { let p = png(6300, 6300, |x, y| fp(x + (y / m) * 3 * m, m)); run(&n, Input::Image(&p)); }
    }
    for k in [1u32, 2, 3, 4] { let n = format!("img noise {k}"); if on(&n) { let p = png(6300, 6300, |x, y| if noise(x / k, y / k) > 127 { 255 } else { 0 }); run(&n, Input::Image(&p)); } }
    if on("img wide") { let p = png(40_000_000 / 8, 8, |x, _| fp(x, 3)); run("img wide", Input::Image(&p)); let p = png(8, 5_000_000, |x, y| fp(y, 3)); run("img wide tall", Input::Image(&p)); }
    // PDFs
    let n = 1_400_000;
    if on("pdf nested") { let mut b = b"%PDF-1.7\n".to_vec(); b.extend(b"1 0 obj<</A(".repeat(n)); b.extend(b")/B>>".repeat(n)); run("pdf nested", Input::Pdf(&b)); }
    if on("pdf trailer") { let mut b = b"%PDF-1.7\n".to_vec(); b.extend(b"trailer".repeat(3_500_000)); run("pdf trailer", Input::Pdf(&b)); }
    if on("pdf hex") { let mut b = b"%PDF-1.7\n".to_vec(); b.extend(b"1 0 obj<".repeat(2_800_000)); run("pdf hex", Input::Pdf(&b)); }
    if on("pdf comment") { let mut b = b"%PDF-1.7\n".to_vec(); b.extend(b"1 0 obj%".repeat(2_800_000)); run("pdf comment", Input::Pdf(&b)); }
    if on("pdf objstm") { 
        let mut c = b"1 0 ".repeat(40_000_000/4); let first = c.len(); c.extend(b"("); c.extend(vec![b'x'; 40_000_000]);
        let d = deflated(&c);
        let mut b = format!("%PDF-1.7\n1 0 obj<</Type/ObjStm/First {first}/N 3/Filter/FlateDecode/Length {}>>stream\n", d.len()).into_bytes(); b.extend(&d); b.extend(b"\nendstream endobj");
        run("pdf objstm", Input::Pdf(&b));
    }
    if on("pdf bomb") {
        let d = deflated(&vec![0u8; 399_000_000]);
        let mut b = b"%PDF-1.7\n".to_vec();
        for i in 1..30 { b.extend(format!("{i} 0 obj<</Filter/FlateDecode/Length {}>>stream\n", d.len()).bytes()); b.extend(&d); b.extend(b"\nendstream endobj\n"); }
        run("pdf bomb", Input::Pdf(&b));
    }
    if on("pdf pics") {
        let d = deflated(&vec![0u8; 40_000_000]);
        let mut b = b"%PDF-1.7\n".to_vec();
        for i in 1..300 { b.extend(format!("{i} 0 obj<</Subtype/Image/Width 6000/Height 6001/Filter/FlateDecode/Length {}>>stream\n", d.len()).bytes()); b.extend(&d); b.extend(b"\nendstream endobj\n"); }
        run("pdf pics", Input::Pdf(&b));
    }
    if on("pdf drawing") {
        let c = "0 0 m 1 1 l ".repeat(8_000_000); let d = deflated(c.as_bytes());
        let mut b = b"%PDF-1.7\n".to_vec();
        for i in 1..10 { b.extend(format!("{i} 0 obj<</Filter/FlateDecode/Length {}>>stream\n", d.len()).bytes()); b.extend(&d); b.extend(b"\nendstream endobj\n"); }
        run("pdf drawing", Input::Pdf(&b));
    }
    if on("mail chain") {
        // 2 types x 2 encodings, each level, large body
        let mut m = String::new();
        for d in 0..15 { m += &format!("Content-Type: message/rfc822\r\nContent-Type: text/x\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n"); }
        m += "X: y\r\n\r\n"; let mut b = m.into_bytes(); b.extend(b"Q".repeat(24_000_000)); run("mail chain", Input::Mail(&b));
        let mut m = String::new();
        for d in 0..15 { m += &format!("Content-Type: multipart/mixed; boundary=b{d}\r\nContent-Type: multipart/x; boundary=c{d}\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: base64\r\n\r\n--b{d}\r\n"); }
        let mut b = m.into_bytes(); b.extend(b"\r\n".repeat(12_000_000)); run("mail chain2", Input::Mail(&b));
    }
    for (n, u) in [("txt apple", "id.example.com,"), ("txt fold", "\u{fdfa}"), ("txt comb", "B\u{336}"), ("txt code", "BCDFGHJK"), ("txt urls", "http://a.b/?u=http%3A%2F%2Fid.example.com%2F "), ("html attr", "<a b='//x' c='data:,' style='a:b;c:d'>"), ("html href", "<base href='https://a.example/'><a href='x'>"), ("html quote", "<a b=\"x'><c d='y>"), ("html style", "<style>a{color:white}</style><p class='a'>"), ("html cond", "<!--[if x]><p>B<!--[if y]--> ")] {
        if on(n) { let t = u.repeat(2_000_000 / u.len()); run(n, Input::Html(&t)); let t = u.repeat(24_000_000 / u.len()); run(&format!("{n} plain 24M"), Input::Text(&t)); run(&format!("{n} html 24M"), Input::Html(&t)); }
    }
}
