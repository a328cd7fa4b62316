//! Which ASCII character did somebody mean who typed it on another keyboard?

/// The ASCII character of which this is the full-width form, as Japanese keyboards write it; any other as it is.
pub fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_full_width_character_has_its_ascii_one_and_no_other_changes() {
        let wide: String = ('\u{ff01}'..='\u{ff5e}').map(narrow).collect();
        let ascii: String = ('!'..='~').collect();
        assert_eq!(wide, ascii);
        assert_eq!(narrow('\u{3000}'), ' ');
        for c in ['a', '\u{ff00}', '\u{ff5f}', 'é', '一', '\u{ff71}'] {
            assert_eq!(narrow(c), c);
        }
    }
}
