//! What is written at a place of a PDF file? (ISO 32000-2, 7.2 and 7.3)

/// How deep arrays and dictionaries are read into each other.
const DEEPEST: usize = 24;
/// How many values are read into one. Larger arrays are of no use here, and would take far more room than the file.
const MOST_VALUES: usize = 5000;

/// A value; what is of no use here (null, true, false, operators) is a word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f32),
    /// The number of another object.
    Reference(u32),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Value>),
    Dictionary(Dictionary),
    Word(Vec<u8>),
}

/// Names and their values, in the order in which they stand.
pub(super) type Dictionary = Vec<(Vec<u8>, Value)>;

/// The value of a name.
pub(super) fn get<'a>(dictionary: &'a Dictionary, name: &str) -> Option<&'a Value> {
    dictionary.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value)
}

impl Value {
    pub(super) fn number(&self) -> Option<f32> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// A whole number that is not negative.
    pub(super) fn size(&self) -> Option<usize> {
        let number = self.number().filter(|number| (0.0..1e9).contains(number))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds, as was just asked"
        )]
        let size = number as usize;
        Some(size)
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        if let Self::Dictionary(dictionary) = self { Some(dictionary) } else { None }
    }
}

/// Reads values one after the other. A number that is too long for its size loses digits, as with other readers.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
}

fn blank(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn ends_word(byte: u8) -> bool {
    blank(byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, left: 0 }
    }

    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.bytes.len());
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let comment = self.rest().iter().position(|byte| matches!(byte, 10 | 13));
                self.skip(comment.unwrap_or(usize::MAX));
            } else if blank(byte) {
                self.skip(1);
            } else {
                break;
            }
        }
    }

    /// The next value, or nothing at the end or where an array or dictionary ends.
    pub(super) fn value(&mut self) -> Option<Value> {
        self.left = MOST_VALUES;
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Option<Value> {
        self.skip_blanks();
        self.left = self.left.checked_sub(1)?;
        let rest = self.rest();
        match (rest.first()?, rest.get(1)) {
            (b'<', Some(b'<')) => self.dictionary(depth).map(Value::Dictionary),
            (b'<', _) => Some(Value::Text(self.hexadecimal())),
            (b'(', _) => Some(Value::Text(self.literal())),
            (b'[', _) => self.array(depth).map(Value::Array),
            (b'/', _) => {
                self.skip(1);
                Some(Value::Name(self.word()))
            }
            (b']' | b'>' | b')', _) => None,
            (b'{' | b'}', _) => {
                self.skip(1);
                Some(Value::Word(Vec::new()))
            }
            _ => Some(self.number_or_word()),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Dictionary> {
        self.skip(2);
        if depth >= DEEPEST {
            return None;
        }
        let mut dictionary = Dictionary::new();
        loop {
            match self.nested(depth + 1) {
                Some(Value::Name(name)) => dictionary.push((name, self.nested(depth + 1)?)),
                Some(_) => {}
                None => break,
            }
        }
        if self.rest().starts_with(b">>") {
            self.skip(2);
        }
        Some(dictionary)
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Value>> {
        self.skip(1);
        if depth >= DEEPEST {
            return None;
        }
        let values = std::iter::from_fn(|| self.nested(depth + 1)).collect();
        if self.peek() == Some(b']') {
            self.skip(1);
        }
        Some(values)
    }

    fn word(&mut self) -> Vec<u8> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| ends_word(*byte)).unwrap_or(rest.len());
        self.skip(length);
        rest.get(..length).unwrap_or_default().to_vec()
    }

    fn number_or_word(&mut self) -> Value {
        let word = self.word();
        let number = std::str::from_utf8(&word).ok().and_then(|word| word.parse::<f32>().ok());
        match number.filter(|number| number.is_finite()) {
            Some(number) => self.reference(&word).map_or(Value::Number(number), Value::Reference),
            None => Value::Word(word),
        }
    }

    /// `12 0 R`, of which the 12 is read.
    fn reference(&mut self, number: &[u8]) -> Option<u32> {
        let number: u32 = std::str::from_utf8(number).ok()?.parse().ok()?;
        let mut ahead = self.clone();
        ahead.skip_blanks();
        ahead.peek().filter(u8::is_ascii_digit)?;
        let generation = ahead.word();
        generation.iter().all(u8::is_ascii_digit).then_some(())?;
        ahead.skip_blanks();
        (ahead.word() == b"R").then(|| {
            *self = ahead;
            number
        })
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.skip(1);
        let rest = self.rest();
        let length = rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len());
        self.skip(length + 1);
        super::filters::from_hexadecimal(rest.get(..length).unwrap_or_default())
    }

    fn literal(&mut self) -> Vec<u8> {
        let (mut text, mut open) = (Vec::new(), 0_usize);
        while let Some(byte) = self.peek() {
            self.skip(1);
            match byte {
                b'\\' => {
                    text.extend(self.escaped());
                    continue;
                }
                b'(' => {
                    open += 1;
                    if open == 1 {
                        continue;
                    }
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escaped(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.skip(1);
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\n' | b'\r' => None,
            b'0'..=b'7' => {
                let mut octal = u16::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|digit| matches!(digit, b'0'..=b'7')) else { break };
                    self.skip(1);
                    octal = octal * 8 + u16::from(digit - b'0');
                }
                u8::try_from(octal & 0xFF).ok()
            }
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Value> {
        Reader::new(text.as_bytes(), 0).value()
    }

    #[test]
    fn values_are_read() {
        let dictionary =
            read("<< /Width 12 /Mask 7 0 R /Filter[/A /B]/X(a\\(b\\051(c))/Y<48 6> /Z -.5 % note\n>>")
                .unwrap();
        let dictionary = dictionary.dictionary().unwrap();
        assert_eq!(get(dictionary, "Width").unwrap().size(), Some(12));
        assert_eq!(get(dictionary, "Mask"), Some(&Value::Reference(7)));
        assert_eq!(get(dictionary, "X"), Some(&Value::Text(b"a(b)(c)".to_vec())));
        assert_eq!(get(dictionary, "Y"), Some(&Value::Text(b"H`".to_vec())));
        assert_eq!(get(dictionary, "Z").unwrap().number(), Some(-0.5));
        assert_eq!(get(dictionary, "Z").unwrap().size(), None);
    }

    #[test]
    fn nothing_is_deep_enough_to_fall_into() {
        assert!(read(&"[".repeat(100_000)).is_none() || read(&"[".repeat(100_000)).is_some());
        read(&"<</A".repeat(100_000));
        read(&"(".repeat(100_000));
        read(&"<</A [".repeat(50_000));
    }

    #[test]
    fn what_is_cut_off_ends() {
        let text = "<< /Width 12 /Mask 7 0 R /Filter [ /A (b\\0) <48 ] >>";
        for end in 0..text.len() {
            read(&text[..end]);
        }
        assert_eq!(read(""), None);
        assert_eq!(read(">>"), None);
        assert_eq!(read("1 0"), Some(Value::Number(1.0)));
        assert_eq!(read("nan"), Some(Value::Word(b"nan".to_vec())));
        assert_eq!(
            read("99999999999999999999999999999999999999999999999"),
            Some(Value::Word(vec![b'9'; 47]))
        );
    }
}
