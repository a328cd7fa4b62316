//! Which shades of grey stand in the bytes of a picture, and is it small enough to be looked at?
//!
//! The sides are read and held against the limits before anything is allocated.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder,
};
use image::{AnimationDecoder, ImageDecoder, ImageFormat, ImageResult};

use super::{Luma, Reading, Spent, Trouble, passes};
use crate::Limits;

const DAMAGED: Trouble = Trouble::Undecodable("damaged picture");
const UNKNOWN: Trouble = Trouble::Undecodable("unknown kind of picture");

/// Frames that are decoded at most, equal ones included.
const MOST_FRAMES: usize = 1000;

/// What looking at the frames of one file needs.
struct Look<'a> {
    limits: &'a Limits,
    spent: &'a mut Spent,
    go_on: &'a dyn Fn() -> bool,
    reading: &'a mut Reading,
    seen: HashSet<u64>,
}

/// Looks at each frame of a picture that differs from the ones before.
pub(super) fn each_frame(
    bytes: &[u8],
    limits: &Limits,
    spent: &mut Spent,
    go_on: &dyn Fn() -> bool,
    reading: &mut Reading,
) {
    let mut look = Look { limits, spent, go_on, reading, seen: HashSet::new() };
    // The decoders are other people's code, and pictures come from strangers.
    let outcome = catch_unwind(AssertUnwindSafe(|| look.file(bytes)));
    if let Err(trouble) = outcome.unwrap_or(Err(DAMAGED)) {
        reading.stopped_by(trouble);
    }
}

impl Look<'_> {
    fn file(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let format = image::guess_format(bytes).map_err(|_unknown| UNKNOWN)?;
        match format {
            ImageFormat::Jpeg => self.still(JpegDecoder::new(Cursor::new(bytes))),
            ImageFormat::Bmp => self.still(BmpDecoder::new(Cursor::new(bytes))),
            ImageFormat::Png => self.png(bytes),
            ImageFormat::Gif => {
                let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|_broken| DAMAGED)?;
                let canvas = self.admit(&decoder)?;
                decoder.set_limits(allocation(canvas)).map_err(|_large| Trouble::TooManyPixels)?;
                self.frames(decoder.into_frames(), canvas)
            }
            ImageFormat::WebP => {
                let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|_broken| DAMAGED)?;
                if decoder.has_animation() {
                    let canvas = self.admit(&decoder)?;
                    return self.frames(decoder.into_frames(), canvas);
                }
                self.still(Ok(decoder))
            }
            _ => Err(UNKNOWN),
        }
    }

    /// Where a PNG moves, its still picture is looked at too: not every program shows the moving one.
    fn png(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let most = image::Limits::default();
        let open = || PngDecoder::with_limits(Cursor::new(bytes), most.clone());
        self.still(open())?;
        let decoder = open().map_err(|_broken| DAMAGED)?;
        if decoder.is_apng().unwrap_or(false) {
            let canvas = self.admit(&decoder)?;
            let moving = decoder.apng().map_err(|_broken| DAMAGED)?;
            return self.frames(moving.into_frames(), canvas);
        }
        Ok(())
    }

    /// How many pixels it has, if they may be looked at.
    fn admit(&self, decoder: &impl ImageDecoder) -> Result<u64, Trouble> {
        let (width, height) = decoder.dimensions();
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Err(DAMAGED);
        }
        let mut after = *self.spent;
        after.picture(pixels, self.limits).map(|()| pixels)
    }

    fn still(&mut self, decoder: ImageResult<impl ImageDecoder>) -> Result<(), Trouble> {
        let decoder = decoder.map_err(|_broken| DAMAGED)?;
        let pixels = self.admit(&decoder)?;
        let (layout, width) = (Layout::of(decoder.color_type()), decoder.dimensions().0);
        let total = decoder.total_bytes();
        if total > pixels.saturating_mul(8) {
            return Err(Trouble::TooManyPixels);
        }
        let mut raw = vec![0_u8; usize::try_from(total).map_err(|_large| Trouble::TooManyPixels)?];
        // Programs show what there is of a picture whose end is missing, so that is looked at.
        let whole = decoder.read_image(&mut raw);
        for luma in layout.lumas(&raw, usize::try_from(width).unwrap_or(0)) {
            self.picture(&luma)?;
        }
        whole.map_err(|_broken| DAMAGED)
    }

    fn frames(&mut self, frames: image::Frames<'_>, canvas: u64) -> Result<(), Trouble> {
        let mut decoded = 0_u64;
        for (number, frame) in frames.enumerate() {
            if !(self.go_on)() {
                return Err(Trouble::OutOfTime);
            }
            if number >= MOST_FRAMES {
                return Err(Trouble::TooManyImages);
            }
            // Frames are cheaper to put together than to look at, and most are looked at only once.
            decoded = decoded.saturating_add(canvas);
            if decoded > self.limits.all_pixels.saturating_mul(4) {
                return Err(Trouble::TooManyPixels);
            }
            let frame = frame.map_err(|_broken| DAMAGED)?.into_buffer();
            let width = usize::try_from(frame.width()).unwrap_or(0);
            for luma in (Layout { channels: 4, bytes: 1 }).lumas(frame.as_raw(), width) {
                self.picture(&luma)?;
            }
        }
        Ok(())
    }

    fn picture(&mut self, luma: &Luma) -> Result<(), Trouble> {
        let mut hasher = DefaultHasher::new();
        luma.pixels().hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Ok(());
        }
        self.spent.picture(u64::try_from(luma.pixels().len()).unwrap_or(u64::MAX), self.limits)?;
        passes::read(luma, self.go_on, self.reading);
        Ok(())
    }
}

/// What decoding may allocate: the picture a few times over. A frame may say it is larger than the picture it stands in.
fn allocation(pixels: u64) -> image::Limits {
    let mut most = image::Limits::no_limits();
    most.max_alloc = Some(pixels.saturating_mul(12).saturating_add(1024 * 1024));
    most
}

/// A JPEG that stands in another file, as shades of grey. Of its sides it says itself how long they are.
pub(crate) fn jpeg(bytes: &[u8], most_pixels: u64) -> Result<Luma, Trouble> {
    let decode = || {
        let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|_broken| DAMAGED)?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > most_pixels {
            return Err(Trouble::TooManyPixels);
        }
        let layout = Layout::of(decoder.color_type());
        let mut raw =
            vec![0; usize::try_from(decoder.total_bytes()).map_err(|_large| Trouble::TooManyPixels)?];
        decoder.read_image(&mut raw).map_err(|_broken| DAMAGED)?;
        layout.on(&raw, usize::try_from(width).unwrap_or(0), 255).ok_or(DAMAGED)
    };
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(Err(DAMAGED))
}

/// How pixels stand in decoded bytes.
#[derive(Debug, Clone, Copy)]
struct Layout {
    channels: usize,
    bytes: usize,
}

impl Layout {
    fn of(color: image::ColorType) -> Self {
        let channels = usize::from(color.channel_count()).max(1);
        Self { channels, bytes: usize::from(color.bytes_per_pixel()) / channels }
    }

    /// On white; where much of it can be seen through, also on black, as with programs that are set to a dark look.
    fn lumas(self, raw: &[u8], width: usize) -> Vec<Luma> {
        let mut grounds = vec![255];
        if self.channels.is_multiple_of(2) {
            let clear =
                raw.chunks_exact(self.channels * self.bytes).filter(|pixel| self.alpha(pixel) < 128).count();
            if clear * self.channels * self.bytes * 50 > raw.len() {
                grounds.push(0);
            }
        }
        grounds.into_iter().filter_map(|ground| self.on(raw, width, ground)).collect()
    }

    fn on(self, raw: &[u8], width: usize, ground: u8) -> Option<Luma> {
        let grey = |pixel: &[u8]| {
            let bright = match self.channels {
                1 | 2 => u32::from(self.channel(pixel, 0)),
                _ => {
                    let weighed = [77, 150, 29]
                        .iter()
                        .zip(0..)
                        .map(|(weight, at)| weight * u32::from(self.channel(pixel, at)));
                    weighed.sum::<u32>() / 256
                }
            };
            let alpha = u32::from(self.alpha(pixel));
            let mixed = (bright * alpha + u32::from(ground) * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let data: Vec<u8> = raw.chunks_exact(self.channels * self.bytes).map(grey).collect();
        let height = data.len().checked_div(width)?;
        Luma::new(width, height, data)
    }

    fn alpha(self, pixel: &[u8]) -> u8 {
        if self.channels.is_multiple_of(2) { self.channel(pixel, self.channels - 1) } else { 255 }
    }

    /// The upper eight bits of one channel; decoders give sixteen in this machine's order.
    fn channel(self, pixel: &[u8], at: usize) -> u8 {
        let high = usize::from(self.bytes == 2 && cfg!(target_endian = "little"));
        pixel.get(at * self.bytes + high).copied().unwrap_or(0)
    }
}
