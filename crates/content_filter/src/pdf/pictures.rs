//! How bright are the pixels of a picture in a PDF file? (ISO 32000-2, 8.9)

use super::filters::Content;
use super::objects::{Objects, Stream};
use super::syntax::{Dictionary, Value};
use crate::Limits;
use crate::image::{Luma, Trouble, jpeg};

const DAMAGED: Trouble = Trouble::Undecodable("damaged picture in a document");

/// What the numbers of a pixel mean.
#[derive(Debug, Clone, PartialEq)]
enum Colors {
    Grey,
    Rgb,
    /// Ink instead of light.
    Cmyk,
    /// One ink.
    Ink,
    /// Numbers in this table of brightnesses.
    Table(Vec<u8>),
}

impl Colors {
    fn channels(&self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Cmyk => 4,
            _ => 1,
        }
    }

    fn brightness(&self, channels: &[u8]) -> u8 {
        match (self, channels) {
            (Self::Rgb, [red, green, blue]) => weighed(*red, *green, *blue),
            (Self::Cmyk, [cyan, magenta, yellow, black]) => {
                let light = weighed(255 - cyan, 255 - magenta, 255 - yellow);
                u8::try_from(u16::from(light) * u16::from(255 - black) / 255).unwrap_or(u8::MAX)
            }
            (Self::Ink, [ink]) => 255 - ink,
            (Self::Table(table), [index]) => table.get(usize::from(*index)).copied().unwrap_or(0),
            (_, channels) => channels.first().copied().unwrap_or(0),
        }
    }
}

fn weighed(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum / 256).unwrap_or(u8::MAX)
}

/// The picture, if it is small enough, and written in a way that is read.
pub(super) fn luma(objects: &Objects<'_>, stream: &Stream<'_>, limits: &Limits) -> Result<Luma, Trouble> {
    let dictionary = &stream.dictionary;
    let size = |name, short| objects.entry(dictionary, name, short).and_then(Value::size).ok_or(DAMAGED);
    let (width, height) = (size("Width", "W")?, size("Height", "H")?);
    let pixels = width.checked_mul(height).filter(|pixels| *pixels > 0).ok_or(DAMAGED)?;
    if u64::try_from(pixels).is_ok_and(|pixels| pixels > limits.pixels) {
        return Err(Trouble::TooManyPixels);
    }
    // Four bytes for each pixel of the largest picture, and a byte for each row; eight for smaller ones, the most a picture has.
    let largest = usize::try_from(limits.pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    let most = pixels.saturating_mul(8).min(largest).saturating_add(height);
    match objects.content(stream, most)? {
        Content::Jpeg(bytes) => jpeg(&bytes, limits.pixels),
        Content::Raw(bytes) => {
            let mask = matches!(objects.entry(dictionary, "ImageMask", "IM"), Some(Value::Word(word)) if word == b"true");
            let bits = if mask { 1 } else { size("BitsPerComponent", "BPC").unwrap_or(8) };
            let colors = if mask { Colors::Grey } else { colors(objects, dictionary) };
            raw(&bytes, width, height, bits, &colors, inverted(objects, dictionary))
        }
    }
}

fn inverted(objects: &Objects<'_>, dictionary: &Dictionary) -> bool {
    let Some(Value::Array(decode)) = objects.entry(dictionary, "Decode", "D") else { return false };
    let ends: Vec<f32> = decode.iter().take(2).filter_map(Value::number).collect();
    matches!(ends.as_slice(), [from, to] if from > to)
}

fn colors(objects: &Objects<'_>, dictionary: &Dictionary) -> Colors {
    objects.entry(dictionary, "ColorSpace", "CS").map_or(Colors::Grey, |space| space_of(objects, space, 0))
}

fn space_of(objects: &Objects<'_>, space: &Value, depth: usize) -> Colors {
    let (name, rest): (&[u8], &[Value]) = match space {
        Value::Name(name) => (name, &[]),
        Value::Array(values) => match values.split_first() {
            Some((Value::Name(name), rest)) => (name, rest),
            _ => return Colors::Grey,
        },
        _ => return Colors::Grey,
    };
    let inner = || rest.first().and_then(|value| objects.resolve(value));
    match name {
        b"DeviceRGB" | b"RGB" | b"CalRGB" | b"Lab" => Colors::Rgb,
        b"DeviceCMYK" | b"CMYK" => Colors::Cmyk,
        b"Separation" => Colors::Ink,
        b"ICCBased" => {
            match inner().and_then(Value::dictionary).and_then(|profile| objects.entry(profile, "N", "N")) {
                Some(Value::Number(3.0)) => Colors::Rgb,
                Some(Value::Number(4.0)) => Colors::Cmyk,
                _ => Colors::Grey,
            }
        }
        b"Indexed" | b"I" if depth == 0 => {
            let base = inner().map_or(Colors::Grey, |base| space_of(objects, base, 1));
            let table = rest.get(2).and_then(|value| objects.table(value)).unwrap_or_default();
            Colors::Table(table.chunks_exact(base.channels()).map(|entry| base.brightness(entry)).collect())
        }
        _ => Colors::Grey,
    }
}

/// Rows begin at whole bytes; what is missing at the end is white.
fn raw(
    bytes: &[u8],
    width: usize,
    height: usize,
    bits: usize,
    colors: &Colors,
    inverted: bool,
) -> Result<Luma, Trouble> {
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(DAMAGED);
    }
    let channels = colors.channels();
    let row_bytes = (width * channels * bits).div_ceil(8);
    let indexed = matches!(colors, Colors::Table(_));
    let mut data = Vec::with_capacity(width * height);
    let mut numbers: Vec<u8> = Vec::with_capacity(width * channels);
    for row in bytes.chunks_exact(row_bytes).take(height) {
        numbers.clear();
        match bits {
            8 => numbers.extend_from_slice(row),
            16 => numbers.extend(row.iter().step_by(2)),
            _ => unpack(row, bits, indexed, &mut numbers),
        }
        if inverted && !indexed {
            for number in &mut numbers {
                *number = 255 - *number;
            }
        }
        data.extend(numbers.chunks_exact(channels).take(width).map(|pixel| colors.brightness(pixel)));
    }
    data.resize(width * height, 255);
    Luma::new(width, height, data).ok_or(DAMAGED)
}

/// Numbers of fewer than eight bits, the highest bits first; stretched to 0 to 255 unless they are places in a table.
fn unpack(row: &[u8], bits: usize, indexed: bool, numbers: &mut Vec<u8>) {
    let most = (1_u8 << bits) - 1;
    let stretch = if indexed { 1 } else { 255 / most };
    for byte in row {
        numbers.extend((0..8 / bits).rev().map(|at| ((byte >> (at * bits)) & most) * stretch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_unpacked_from_the_highest() {
        let luma = raw(&[0b1010_0000, 0b0100_0000], 3, 2, 1, &Colors::Grey, false).unwrap();
        assert_eq!(luma.pixels(), [255, 0, 255, 0, 255, 0]);
        let table = Colors::Table(vec![9, 8, 7, 6]);
        assert_eq!(raw(&[0b0001_1011], 4, 1, 2, &table, true).unwrap().pixels(), [9, 8, 7, 6]);
    }

    #[test]
    fn what_is_missing_is_white() {
        assert_eq!(raw(&[1, 2, 3], 2, 2, 8, &Colors::Grey, false).unwrap().pixels(), [1, 2, 255, 255]);
        assert!(raw(&[1], 1, 1, 7, &Colors::Grey, false).is_err());
    }

    #[test]
    fn ink_darkens() {
        assert_eq!(Colors::Cmyk.brightness(&[0, 0, 0, 255]), 0);
        assert!(Colors::Cmyk.brightness(&[0, 0, 0, 0]) > 250);
        assert_eq!(Colors::Ink.brightness(&[255]), 0);
    }
}
