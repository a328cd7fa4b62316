//! What in a Rust file is code? Blanks out comments and literals and marks what is compiled for tests only.

/// One line of a Rust file.
#[derive(Debug)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The line with comments and the content of literals replaced by spaces.
    pub code: String,
    /// Inside an item under `#[cfg(test)]`.
    pub in_test: bool,
}

/// The lines of a Rust file.
pub fn lines(text: &str) -> Vec<Line> {
    let code = blank(text);
    let in_test = test_lines(&code);
    let marked = code.lines().zip(in_test).enumerate();
    marked
        .map(|(index, (code, in_test))| Line { number: index + 1, code: code.to_owned(), in_test })
        .collect()
}

/// Whether `line` contains `pattern` as whole words.
pub fn has_word(line: &str, pattern: &str) -> bool {
    word_at(line, pattern).is_some()
}

/// Where `pattern` first stands in `text` as whole words: no identifier goes on to its left or right.
pub fn word_at(text: &str, pattern: &str) -> Option<usize> {
    let inside = |c: Option<char>| c.is_some_and(is_word);
    let (first, last) = (pattern.chars().next(), pattern.chars().next_back());
    text.match_indices(pattern).map(|(at, _)| at).find(|&at| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + pattern.len()..).and_then(|t| t.chars().next());
        let goes_on = (inside(first) && inside(before)) || (inside(last) && inside(after));
        !goes_on
    })
}

/// Whether `c` can stand in an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[derive(Clone, Copy)]
enum State {
    Code,
    LineComment,
    BlockComment(usize),
    Text,
    RawText(usize),
    Character,
}

/// `text` with comments and literals blanked; every newline stays where it is.
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\n');
    let mut out = String::with_capacity(text.len());
    let mut state = State::Code;
    let mut index = 0;
    while index < chars.len() {
        let (c, next) = (at(index), at(index + 1));
        let (length, new_state) = match state {
            State::Code => begin(&chars, index),
            State::LineComment if c == '\n' => (1, State::Code),
            State::BlockComment(1) if c == '*' && next == '/' => (2, State::Code),
            State::BlockComment(depth) if c == '*' && next == '/' => (2, State::BlockComment(depth - 1)),
            State::BlockComment(depth) if c == '/' && next == '*' => (2, State::BlockComment(depth + 1)),
            State::Text | State::Character if c == '\\' => (2, state),
            State::Text if c == '"' => (1, State::Code),
            State::Character if c == '\'' => (1, State::Code),
            State::RawText(hashes) if c == '"' && (1..=hashes).all(|n| at(index + n) == '#') => {
                (1 + hashes, State::Code)
            }
            same => (1, same),
        };
        let visible = matches!(state, State::Code) && matches!(new_state, State::Code);
        for step in index..(index + length).min(chars.len()) {
            let c = at(step);
            out.push(if visible || c == '\n' { c } else { ' ' });
        }
        state = new_state;
        index += length;
    }
    out
}

/// What begins at `index` of code: how many characters open it, and the state behind them.
fn begin(chars: &[char], index: usize) -> (usize, State) {
    let at = |index: usize| chars.get(index).copied().unwrap_or('\n');
    let after_word = index > 0 && is_word(at(index - 1));
    match at(index) {
        '/' if at(index + 1) == '/' => (2, State::LineComment),
        '/' if at(index + 1) == '*' => (2, State::BlockComment(1)),
        '"' => (1, State::Text),
        '\'' if at(index + 1) == '\\' || at(index + 2) == '\'' => (1, State::Character),
        'r' | 'b' | 'c' if !after_word => raw_text(chars, index).unwrap_or((1, State::Code)),
        _ => (1, State::Code),
    }
}

/// `r"`, `r#"`, `br##"` …
fn raw_text(chars: &[char], index: usize) -> Option<(usize, State)> {
    let at = |index: usize| chars.get(index).copied().unwrap_or('\n');
    let prefix = if at(index) == 'r' { 1 } else { 2 };
    if prefix == 2 && at(index + 1) != 'r' {
        return None;
    }
    let hashes = chars.iter().skip(index + prefix).take_while(|&&c| c == '#').count();
    (at(index + prefix + hashes) == '"').then_some((prefix + hashes + 1, State::RawText(hashes)))
}

/// For each line of blanked code, whether it belongs to an item under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0_usize;
        let mut end = code.len();
        for (offset, c) in code.get(start + attribute.len()..).unwrap_or_default().char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 1 => depth -= 1,
                '}' => {
                    end = start + attribute.len() + offset;
                    break;
                }
                ';' if depth == 0 => {
                    end = start + attribute.len() + offset;
                    break;
                }
                _ => {}
            }
        }
        let line_of = |offset: usize| code.get(..offset).unwrap_or(code).matches('\n').count();
        let (first, last) = (line_of(start), line_of(end));
        for mark in marks.iter_mut().skip(first).take(last - first + 1) {
            *mark = true;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "let a = \"tokio\"; // tokio\n/* tokio /* tokio */ tokio */ let b = r#\"tokio\"#;\nlet c: &'a str = 'x'; let d = '\\''; tokio\n";
        let found: Vec<usize> =
            lines(text).iter().filter(|l| has_word(&l.code, "tokio")).map(|l| l.number).collect();
        assert_eq!(found, [3]);
        assert_eq!(blank(text).lines().count(), text.lines().count());
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_literal() {
        assert!(!has_word(&blank("let a = \"\\\" tokio\";"), "tokio"));
        assert!(has_word(&blank("let a = \"\\\\\"; tokio"), "tokio"));
    }

    #[test]
    fn test_items_end_with_their_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { }\n}\nfn c() {}\n#[cfg(test)]\nmod far;\nfn d() {}\n";
        let marks: Vec<bool> = lines(text).iter().map(|line| line.in_test).collect();
        assert_eq!(marks, [false, true, true, true, true, false, true, true, false]);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use rand::Rng;", "rand::"));
        assert!(!has_word("operand::new()", "rand::"));
        assert!(has_word("xtokio tokio", "tokio"));
        assert!(!has_word("tokio_like", "tokio"));
    }
}
