//! How does a QR code look in a picture that somebody might send?

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// A generator of numbers that gives the same ones again for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Between `low` and `high`.
    pub fn real(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.next() >> 40) as f32 / (1_u64 << 24) as f32)
    }

    /// About normal, with deviation 1.
    pub fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.real(-1.0, 1.0)).sum::<f32>() / 1.414
    }

    pub fn letters(&mut self, count: usize, from: &[u8]) -> String {
        (0..count).map(|_| char::from(from[self.below(from.len())])).collect()
    }
}

/// What stands in the QR codes of lures: an address with a user code, every second one signed.
pub fn lure(random: &mut Random, signed: bool) -> String {
    let code = random.letters(8, b"BCDFGHJKLMNPQRSTVWXZ");
    let address = format!("https://id.example.com/device?user_code={}-{}", &code[..4], &code[4..]);
    if !signed {
        return address;
    }
    let base64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    format!("{address}&qr={}", random.letters(80, base64))
}

/// A code as squares.
#[derive(Debug, Clone)]
pub struct Code {
    pub text: String,
    pub size: usize,
    dark: Vec<bool>,
}

impl Code {
    pub fn new(text: String, level: EcLevel) -> Self {
        let code = QrCode::with_error_correction_level(text.as_bytes(), level).unwrap();
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Self { text, size: code.width(), dark }
    }

    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark[y * self.size + x]
    }

    pub fn draw(random: &mut Random) -> Self {
        let signed = random.below(2) == 1;
        let level = [EcLevel::L, EcLevel::M][random.below(2)];
        Self::new(lure(random, signed), level)
    }
}

/// How modules look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Square,
    Dots,
    Mirrored,
}

/// A code at a place.
#[derive(Debug, Clone)]
pub struct Placed {
    pub code: Code,
    /// From pixels to modules, as a projective map.
    pub map: [f32; 9],
    pub dark: [f32; 3],
    pub light: Option<[f32; 3]>,
    /// In modules.
    pub quiet: f32,
    pub shape: Shape,
    /// How much of the width a logo covers.
    pub logo: f32,
}

impl Placed {
    pub fn at(code: Code, middle: (f32, f32), module: f32, degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let half = code.size as f32 / 2.0;
        let (a, b) = (cos / module, sin / module);
        let map = [
            a,
            b,
            half - a * middle.0 - b * middle.1,
            -b,
            a,
            half + b * middle.0 - a * middle.1,
            0.0,
            0.0,
            1.0,
        ];
        Self {
            code,
            map,
            dark: [0.0; 3],
            light: Some([255.0; 3]),
            quiet: 4.0,
            shape: Shape::Square,
            logo: 0.0,
        }
    }

    fn color(&self, x: f32, y: f32) -> Option<[f32; 3]> {
        let map = &self.map;
        let far = map[6] * x + map[7] * y + map[8];
        let mut u = (map[0] * x + map[1] * y + map[2]) / far;
        let v = (map[3] * x + map[4] * y + map[5]) / far;
        let size = self.code.size as f32;
        if far <= 0.0
            || u < -self.quiet
            || v < -self.quiet
            || u >= size + self.quiet
            || v >= size + self.quiet
        {
            return None;
        }
        if self.shape == Shape::Mirrored {
            u = size - u;
        }
        if u < 0.0 || v < 0.0 || u >= size || v >= size {
            return self.light;
        }
        let off = (u - size / 2.0).abs().max((v - size / 2.0).abs());
        if off < size * self.logo / 2.0 {
            return Some(if off > size * self.logo / 2.4 { [255.0; 3] } else { [200.0, 60.0, 40.0 + u] });
        }
        let at = v as usize * self.code.size + u as usize;
        let finder = (u < 7.0 || u >= size - 7.0) && v < 7.0 || u < 7.0 && v >= size - 7.0;
        let inside = self.shape != Shape::Dots || finder || (u.fract() - 0.5).hypot(v.fract() - 0.5) < 0.46;
        if self.code.dark[at] && inside { Some(self.dark) } else { self.light }
    }
}

/// A picture in colours.
#[derive(Debug, Clone)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<[f32; 3]>,
}

impl Canvas {
    pub fn plain(width: usize, height: usize, color: [f32; 3]) -> Self {
        Self { width, height, rgb: vec![color; width * height] }
    }

    /// Something like a photograph: soft areas, edges, and grain.
    pub fn photo(width: usize, height: usize, random: &mut Random) -> Self {
        let waves: Vec<[f32; 4]> = (0..7)
            .map(|_| {
                [
                    random.real(0.002, 0.03),
                    random.real(0.002, 0.03),
                    random.real(0.0, 6.0),
                    random.real(10.0, 40.0),
                ]
            })
            .collect();
        let mut canvas = Self::plain(width, height, [120.0; 3]);
        for y in 0..height {
            for x in 0..width {
                let mut bright = 120.0;
                for [fx, fy, phase, strength] in &waves {
                    let wave = (x as f32 * fx + y as f32 * fy + phase).sin();
                    bright += strength * if *strength > 25.0 { wave.signum() * 0.6 } else { wave };
                }
                let grain = (random.next() % 9) as f32 - 4.0;
                canvas.rgb[y * width + x] =
                    [bright + grain, bright * 0.95 + grain, bright * 0.85 + grain + 8.0];
            }
        }
        canvas
    }

    /// Something like a page of text: rows of dark strokes on white.
    pub fn page(width: usize, height: usize, random: &mut Random) -> Self {
        let mut canvas = Self::plain(width, height, [255.0; 3]);
        let mut y = 20;
        while y + 14 < height {
            let mut x = 24;
            while x + 30 < width {
                let word = 12 + random.below(60);
                for stroke in 0..word / 4 {
                    let (left, tall) = (x + stroke * 4, 4 + random.below(8));
                    for row in y + 12 - tall..y + 12 {
                        for column in left..(left + 1 + random.below(2)).min(width) {
                            canvas.rgb[row * width + column] = [30.0; 3];
                        }
                    }
                }
                x += word + 8;
            }
            y += 22;
        }
        canvas
    }

    /// Draws a code, each pixel as the mean of nine points of it.
    pub fn put(&mut self, placed: &Placed) {
        for y in 0..self.height {
            for x in 0..self.width {
                if placed.color(x as f32 + 0.5, y as f32 + 0.5).is_none() {
                    continue;
                }
                let mut sum = [0.0; 3];
                for (dx, dy) in (0..9).map(|at| (at % 3, at / 3)) {
                    let at = (x as f32 + (dx as f32 + 0.5) / 3.0, y as f32 + (dy as f32 + 0.5) / 3.0);
                    let color = placed.color(at.0, at.1).unwrap_or(self.rgb[y * self.width + x]);
                    for (sum, channel) in sum.iter_mut().zip(color) {
                        *sum += channel / 9.0;
                    }
                }
                self.rgb[y * self.width + x] = sum;
            }
        }
    }

    pub fn each(&mut self, mut change: impl FnMut(usize, usize, f32) -> f32) {
        for y in 0..self.height {
            for x in 0..self.width {
                for channel in &mut self.rgb[y * self.width + x] {
                    *channel = change(x, y, *channel);
                }
            }
        }
    }

    pub fn noise(&mut self, deviation: f32, random: &mut Random) {
        for pixel in &mut self.rgb {
            let noise = random.normal() * deviation;
            for channel in pixel {
                *channel += noise;
            }
        }
    }

    /// Three means over a row and a column each, which is near to a Gaussian blur of this deviation.
    pub fn blur(&mut self, deviation: f32) {
        for _ in 0..3 {
            self.rgb = smear(&self.rgb, self.width, self.height, deviation);
            // Smearing also turns the picture over its diagonal, so twice does both directions.
            self.rgb = smear(&self.rgb, self.height, self.width, deviation);
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.rgb.iter().flatten().map(|channel| channel.round().clamp(0.0, 255.0) as u8).collect()
    }
}

fn smear(rgb: &[[f32; 3]], width: usize, height: usize, deviation: f32) -> Vec<[f32; 3]> {
    // A mean over 2r+1 pixels (r may be a fraction) has the variance ((2r+1)^2 - 1) / 12; three of them have it threefold.
    let radius = ((4.0 * deviation * deviation + 1.0).sqrt() - 1.0) / 2.0;
    let (whole, rest) = (radius.floor() as usize, radius.fract());
    let last = 2 * whole + 2;
    let mut out = vec![[0.0; 3]; rgb.len()];
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0.0; 3];
            for step in 0..=last {
                let weight = if step == 0 || step == last { rest } else { 1.0 } / (2.0 * radius + 1.0);
                let column = (x + step).saturating_sub(whole + 1).min(width - 1);
                for (sum, channel) in sum.iter_mut().zip(rgb[y * width + column]) {
                    *sum += channel * weight;
                }
            }
            out[x * height + y] = sum;
        }
    }
    out
}
