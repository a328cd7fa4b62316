//! What stands in a stream once its filters are taken off? (ISO 32000-2, 7.4)

use std::io::Read as _;

use flate2::bufread::{DeflateDecoder, ZlibDecoder};

use super::syntax::{Dictionary, Value, get};
use crate::image::Trouble;

/// What remains when all filters but that of a picture are taken off.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// Bytes, as the dictionary describes them.
    Raw(Vec<u8>),
    /// A JPEG file.
    Jpeg(Vec<u8>),
}

/// Filters that may follow each other.
const MOST_FILTERS: usize = 6;

const UNKNOWN: Trouble = Trouble::Undecodable("compression of a document that is not read");

/// Takes off the filters that the dictionary names, `names` and `parameters` being resolved already. What comes out of any of them
/// is at most `most` bytes long.
pub(super) fn decode(
    bytes: &[u8],
    names: &[Vec<u8>],
    parameters: &[Option<Dictionary>],
    most: usize,
) -> Result<Content, Trouble> {
    if names.len() > MOST_FILTERS {
        return Err(UNKNOWN);
    }
    let mut now = bytes.get(..bytes.len().min(most.max(bytes.len()))).unwrap_or_default().to_vec();
    for (at, name) in names.iter().enumerate() {
        let parameters = parameters.get(at).and_then(Option::as_ref);
        now = match name.as_slice() {
            b"FlateDecode" | b"Fl" => unpredict(inflate(&now, most)?, parameters)?,
            b"ASCIIHexDecode" | b"AHx" => from_hexadecimal(&now),
            b"ASCII85Decode" | b"A85" => from_base_85(&now),
            b"RunLengthDecode" | b"RL" => from_runs(&now, most)?,
            b"DCTDecode" | b"DCT" => return Ok(Content::Jpeg(now)),
            b"LZWDecode" | b"LZW" => return Err(Trouble::Undecodable("LZW picture in a document")),
            b"CCITTFaxDecode" | b"CCF" => return Err(Trouble::Undecodable("fax picture in a document")),
            b"JBIG2Decode" => return Err(Trouble::Undecodable("JBIG2 picture in a document")),
            b"JPXDecode" => return Err(Trouble::Undecodable("JPEG 2000 picture in a document")),
            _ => return Err(UNKNOWN),
        };
    }
    Ok(Content::Raw(now))
}

/// What can be inflated of it; a stream that breaks off counts as far as it goes, as readers do.
fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, Trouble> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut out = Vec::new();
    let whole = ZlibDecoder::new(bytes).take(limit).read_to_end(&mut out);
    if whole.is_err() && out.is_empty() {
        // Some programs leave out the two bytes at the beginning, or get them wrong.
        let raw = DeflateDecoder::new(bytes.get(2..).unwrap_or_default()).take(limit).read_to_end(&mut out);
        if raw.is_err() && out.is_empty() {
            return Err(Trouble::Undecodable("damaged stream in a document"));
        }
    }
    if out.len() > most { Err(Trouble::TooManyPixels) } else { Ok(out) }
}

pub(super) fn from_hexadecimal(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    digits.chunks(2).map(|pair| pair.first().unwrap_or(&0) << 4 | pair.get(1).unwrap_or(&0)).collect()
}

fn from_base_85(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 5 * 4);
    let mut group: Vec<u32> = Vec::with_capacity(5);
    for byte in text.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ => {}
        }
        if group.len() == 5 {
            let word = group.drain(..).fold(0_u32, |word, digit| word.wrapping_mul(85).wrapping_add(digit));
            out.extend(word.to_be_bytes());
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        let word = group.iter().fold(0_u32, |word, digit| word.wrapping_mul(85).wrapping_add(*digit));
        out.extend(word.to_be_bytes().get(..kept).unwrap_or_default());
    }
    out
}

fn from_runs(bytes: &[u8], most: usize) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((&length, after)) = rest.split_first() {
        if length == 128 {
            break;
        }
        let (taken, count) =
            if length < 128 { (usize::from(length) + 1, 1) } else { (1, 257 - usize::from(length)) };
        let part = after.get(..taken.min(after.len())).unwrap_or_default();
        out.extend(std::iter::repeat_n(part, count).flatten());
        if out.len() > most {
            return Err(Trouble::TooManyPixels);
        }
        rest = after.get(taken..).unwrap_or_default();
    }
    Ok(out)
}

/// Undoes the predictor (ISO 32000-2, 7.4.4.4): rows are written as differences to their neighbours.
fn unpredict(bytes: Vec<u8>, parameters: Option<&Dictionary>) -> Result<Vec<u8>, Trouble> {
    let number = |name: &str, otherwise: usize| {
        parameters.and_then(|parameters| get(parameters, name)).and_then(Value::size).unwrap_or(otherwise)
    };
    let predictor = number("Predictor", 1);
    if predictor < 2 {
        return Ok(bytes);
    }
    let (colors, bits, columns) = (number("Colors", 1), number("BitsPerComponent", 8), number("Columns", 1));
    if !(1..=8).contains(&colors) || !(1..=16).contains(&bits) || columns == 0 || columns > 1 << 20 {
        return Err(Trouble::Undecodable("damaged stream in a document"));
    }
    let (pixel, row) = ((colors * bits).div_ceil(8), (columns * colors * bits).div_ceil(8));
    if predictor == 2 {
        // Differences of single bits are so rare that they are taken for none.
        return Ok(if bits == 8 { tiff(bytes, pixel, row) } else { bytes });
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut above = vec![0_u8; row];
    for coded in bytes.chunks(row + 1) {
        let Some((&kind, coded)) = coded.split_first() else { break };
        let mut now: Vec<u8> = Vec::with_capacity(row);
        for (at, (byte, up)) in coded.iter().zip(&above).enumerate() {
            let left = at.checked_sub(pixel).and_then(|at| now.get(at)).copied().unwrap_or(0);
            let corner = at.checked_sub(pixel).and_then(|at| above.get(at)).copied().unwrap_or(0);
            now.push(byte.wrapping_add(predicted(kind, left, *up, corner)));
        }
        out.extend_from_slice(&now);
        now.resize(row, 0);
        above = now;
    }
    Ok(out)
}

fn tiff(mut bytes: Vec<u8>, pixel: usize, row: usize) -> Vec<u8> {
    for row in bytes.chunks_mut(row) {
        for at in pixel..row.len() {
            let left = row.get(at - pixel).copied().unwrap_or(0);
            if let Some(byte) = row.get_mut(at) {
                *byte = byte.wrapping_add(left);
            }
        }
    }
    bytes
}

/// What a byte is the difference to, as in PNG.
fn predicted(kind: u8, left: u8, up: u8, corner: u8) -> u8 {
    match kind {
        1 => left,
        2 => up,
        3 => left.midpoint(up),
        4 => {
            let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
            let away = |byte: u8| (estimate - i16::from(byte)).abs();
            if away(left) <= away(up) && away(left) <= away(corner) {
                left
            } else if away(up) <= away(corner) {
                up
            } else {
                corner
            }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let flate = b"FlateDecode".to_vec();
        let once = deflated(&vec![0; 5_000_000]);
        assert_eq!(decode(&once, std::slice::from_ref(&flate), &[], 1_000_000), Err(Trouble::TooManyPixels));
        let twice = deflated(&once);
        assert_eq!(
            decode(&twice, &[flate.clone(), flate.clone()], &[], 1_000_000),
            Err(Trouble::TooManyPixels)
        );
        assert_eq!(decode(&twice, &vec![flate; 7], &[], 1_000_000), Err(UNKNOWN));
        let runs = [129, 0].repeat(100_000);
        assert_eq!(decode(&runs, &[b"RL".to_vec()], &[], 1_000_000), Err(Trouble::TooManyPixels));
    }

    #[test]
    fn text_filters_are_taken_off() {
        let names = [b"A85".to_vec(), b"AHx".to_vec()];
        assert_eq!(
            decode(b"1G^pN2.J:~>", &names, &[], 100),
            decode(&from_base_85(b"1G^pN2.J:"), &names[1..], &[], 100)
        );
        assert_eq!(from_base_85(b"87cURDZ~>"), b"Hello");
        assert_eq!(from_hexadecimal(b"48 65 6C6c 6F>zz"), b"Hello");
        assert_eq!(from_runs(&[1, 7, 8, 254, 9, 128, 5], 100), Ok(vec![7, 8, 9, 9, 9]));
    }

    #[test]
    fn a_stream_that_breaks_off_counts_as_far_as_it_goes() {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let states = std::iter::successors(Some(1_u32), next);
        let noise: Vec<u8> = states.map(|state| state.to_be_bytes()[0]).take(10_000).collect();
        let whole = deflated(&noise);
        let Ok(Content::Raw(part)) = decode(&whole[..whole.len() / 2], &[b"Fl".to_vec()], &[], 100_000)
        else {
            panic!()
        };
        assert!(part.len() > 1000 && noise.starts_with(&part), "{}", part.len());
        assert!(decode(b"no stream", &[b"Fl".to_vec()], &[], 100).is_err());
    }
}
