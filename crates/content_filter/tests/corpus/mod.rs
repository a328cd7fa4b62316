//! Which pictures is it measured on, how many QR codes are read?
//!
//! They are made from a seed, so that everybody has the same ones; nothing in them was ever sent to anybody.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pictures are made of small numbers, and a mistake in them is a failed test"
)]

pub mod draw;
pub mod files;

use draw::{Canvas, Code, Placed, Random, Shape, lure};
use qrcode::EcLevel;

/// One picture, or document, and what stands in its codes.
pub struct Sample {
    pub kind: &'static str,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    pub expected: Vec<String>,
    pub pixels: usize,
    /// What another program is given in its place if it cannot read such files.
    pub stand_in: Option<Vec<u8>>,
}

/// All kinds, and how many of each make the whole corpus.
pub const KINDS: [(&str, usize); 30] = [
    ("clean", 40),
    ("small modules (2-3 px)", 60),
    ("large modules (12-30 px)", 30),
    ("rotated 0-360 degrees", 120),
    ("blurred", 60),
    ("JPEG quality 8-40", 60),
    ("inverted", 50),
    ("low contrast", 60),
    ("logo in the middle", 50),
    ("two codes", 50),
    ("GIF, one frame", 30),
    ("animated PNG", 12),
    ("transparent PNG", 40),
    ("colours", 50),
    ("huge photo, small code", 10),
    ("noise", 50),
    ("perspective", 60),
    ("mirrored", 30),
    ("WebP", 20),
    ("EXIF-rotated", 20),
    ("screenshot of a page", 50),
    ("shadow", 50),
    ("photographed", 100),
    ("dots", 40),
    ("no quiet zone", 40),
    ("scaled without smoothing", 50),
    ("PDF, picture", 50),
    ("PDF, rotated scan", 30),
    ("PDF, strips", 20),
    ("PDF, drawn", 20),
];

/// The picture of a kind with this number.
pub fn sample(kind: &'static str, number: u64) -> Sample {
    let seed = kind.bytes().fold(number, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
    let mut random = Random(seed);
    let random = &mut random;
    match kind {
        "GIF, one frame" | "animated PNG" => files::moving(kind, random),
        "PDF, picture" | "PDF, rotated scan" | "PDF, strips" | "PDF, drawn" => files::document(kind, random),
        "transparent PNG" => files::transparent(kind, random),
        "huge photo, small code" => huge(kind, random),
        "two codes" => two(kind, random),
        _ => single(kind, random),
    }
}

fn single(kind: &'static str, random: &mut Random) -> Sample {
    let (width, height) = (520 + random.below(500), 480 + random.below(400));
    let mut code = match kind {
        "logo in the middle" => {
            let signed = random.below(3) == 0;
            Code::new(lure(random, signed), EcLevel::H)
        }
        "dots" => Code::new(lure(random, false), EcLevel::M),
        _ => Code::draw(random),
    };
    let module = match kind {
        "small modules (2-3 px)" => random.real(2.0, 3.0),
        "large modules (12-30 px)" => {
            code = Code::new(lure(random, false), EcLevel::L);
            random.real(12.0, 30.0)
        }
        "photographed" | "perspective" | "noise" => random.real(4.0, 8.0),
        _ => random.real(3.2, 7.0),
    };
    let turned = match kind {
        "rotated 0-360 degrees" | "photographed" => random.real(0.0, 360.0),
        "perspective" => random.real(-15.0, 15.0),
        "mirrored" => 90.0 * random.below(4) as f32,
        _ => 0.0,
    };
    let span = (code.size as f32 + 10.0) * module * if turned == 0.0 { 1.0 } else { 1.42 };
    let (width, height) = (width.max(span as usize + 20), height.max(span as usize + 20));
    let mut canvas = match kind {
        "clean" | "small modules (2-3 px)" | "large modules (12-30 px)" | "dots" | "WebP" => {
            Canvas::plain(width, height, [255.0; 3])
        }
        "rotated 0-360 degrees" if random.below(2) == 0 => Canvas::plain(width, height, [255.0; 3]),
        "rotated 0-360 degrees" | "photographed" | "perspective" | "EXIF-rotated" => {
            Canvas::photo(width, height, random)
        }
        "no quiet zone" => {
            Canvas::plain(width, height, [random.real(150.0, 230.0), random.real(150.0, 230.0), 190.0])
        }
        _ => Canvas::page(width, height, random),
    };
    let room =
        |size: usize, random: &mut Random| random.real(span / 2.0 + 2.0, size as f32 - span / 2.0 - 2.0);
    let middle = (room(width, random), room(height, random));
    let mut placed = Placed::at(code, middle, module, turned);
    style(kind, &mut placed, random);
    canvas.put(&placed);
    let mut quality = None;
    spoil(kind, &mut canvas, module, random, &mut quality);
    if kind == "scaled without smoothing" {
        canvas = files::stretched(&canvas, random.real(0.8, 2.6), random.real(0.8, 2.6));
    }
    files::still(kind, &canvas, vec![placed.code.text], quality, random)
}

fn style(kind: &str, placed: &mut Placed, random: &mut Random) {
    match kind {
        "inverted" => {
            placed.dark = [255.0 - random.real(0.0, 60.0); 3];
            placed.light = Some([random.real(0.0, 60.0); 3]);
        }
        "low contrast" => {
            let (ground, apart) = (random.real(60.0, 240.0), random.real(18.0, 60.0));
            placed.light = Some([ground; 3]);
            placed.dark = [(ground - apart).max(0.0); 3];
        }
        "logo in the middle" => placed.logo = random.real(0.16, 0.26),
        "colours" => {
            // As a phone sees them: light ones and dark ones, of any hue.
            let hue = |random: &mut Random, low: f32, high: f32| [0; 3].map(|_| random.real(low, high));
            placed.dark = hue(random, 0.0, 120.0);
            placed.light = Some(hue(random, 165.0, 255.0));
            if random.below(4) == 0 {
                (placed.dark, placed.light) = (placed.light.unwrap(), Some(placed.dark));
            }
        }
        "perspective" | "photographed" => {
            let most = if kind == "perspective" { 0.0009 } else { 0.0003 };
            let half = placed.code.size as f32 / 2.0;
            let (p, q) = (random.real(-most, most), random.real(-most, most));
            // Seen from the side around the middle of the code: w = 1 + p(x - x0) + q(y - y0), and the middle stays where it is.
            let m = placed.map;
            let (x0, y0) = solve(&m, half);
            let bottom = [p, q, 1.0 - p * x0 - q * y0];
            for (row, top) in [0, 3].into_iter().zip([half, half]) {
                for column in 0..3 {
                    // (u - half) scaled, plus half times w, so that u = half + (u0 - half) / w.
                    let own = m[row + column] - if column == 2 { top } else { 0.0 };
                    placed.map[row + column] = own + top * bottom[column];
                }
            }
            placed.map[6..9].copy_from_slice(&bottom);
        }
        "mirrored" => placed.shape = Shape::Mirrored,
        "dots" => placed.shape = Shape::Dots,
        "no quiet zone" => {
            placed.quiet = random.real(0.0, 1.0);
        }
        _ => {}
    }
}

/// Where the middle of a code stands that is not seen from the side.
fn solve(m: &[f32; 9], half: f32) -> (f32, f32) {
    let determinant = m[0] * m[4] - m[1] * m[3];
    let (u, v) = (half - m[2], half - m[5]);
    ((u * m[4] - v * m[1]) / determinant, (v * m[0] - u * m[3]) / determinant)
}

fn spoil(kind: &str, canvas: &mut Canvas, module: f32, random: &mut Random, quality: &mut Option<u8>) {
    match kind {
        "blurred" => canvas.blur(module * random.real(0.2, 0.6)),
        "JPEG quality 8-40" => *quality = Some(8 + random.below(33) as u8),
        "noise" => canvas.noise(random.real(15.0, 60.0), random),
        "shadow" => {
            let (slope, edge) = (random.real(0.2, 0.75), random.real(0.3, 0.7));
            let (width, step) = (canvas.width as f32, random.below(2) == 0);
            canvas.each(|x, _, bright| {
                let along = x as f32 / width;
                bright * if step { if along > edge { 1.0 - slope } else { 1.0 } } else { 1.0 - slope * along }
            });
        }
        "photographed" => {
            canvas.blur(module * random.real(0.1, 0.45));
            let slope = random.real(0.0, 0.5);
            let height = canvas.height as f32;
            canvas.each(|_, y, bright| 20.0 + bright * 0.85 * (1.0 - slope * y as f32 / height));
            canvas.noise(random.real(2.0, 14.0), random);
            *quality = Some(45 + random.below(45) as u8);
        }
        "EXIF-rotated" => *quality = Some(80),
        _ => {}
    }
}

fn two(kind: &'static str, random: &mut Random) -> Sample {
    let (width, height) = (1000 + random.below(200), 560 + random.below(100));
    let mut canvas = Canvas::page(width, height, random);
    let mut expected = Vec::new();
    for place in [0.25, 0.75] {
        let code = Code::draw(random);
        let most = 440.0 / (code.size as f32 + 10.0);
        let module = random.real(2.8, most);
        let turned = if random.below(2) == 0 { 0.0 } else { random.real(-8.0, 8.0) };
        let placed = Placed::at(code, (width as f32 * place, height as f32 / 2.0), module, turned);
        canvas.put(&placed);
        expected.push(placed.code.text);
    }
    files::still(kind, &canvas, expected, None, random)
}

fn huge(kind: &'static str, random: &mut Random) -> Sample {
    let (width, height) = (3200 + random.below(800), 2400 + random.below(600));
    let mut canvas = Canvas::photo(width, height, random);
    let code = Code::new(lure(random, false), EcLevel::M);
    let middle = (random.real(200.0, width as f32 - 200.0), random.real(200.0, height as f32 - 200.0));
    let mut placed = Placed::at(code, middle, random.real(3.5, 6.0), random.real(0.0, 360.0));
    placed.light = Some([225.0; 3]);
    placed.dark = [35.0; 3];
    canvas.put(&placed);
    files::still(kind, &canvas, vec![placed.code.text], Some(85), random)
}
