//! Which elements does a style sheet hide?
//!
//! Only what mail programs obey and senders use: the element's own `style`, and rules that name one class, id or element. Rules with
//! conditions are taken to hold.

use std::collections::HashSet;

/// Names kept of a style sheet.
const MOST_NAMES: usize = 1_000;

/// How well an element is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Like any other.
    Plain,
    /// Displayed, but hardly legible, or white where the ground may be white.
    Faint,
    /// Not displayed.
    Hidden,
}

/// What style sheets hide: `.class`, `#id`, `element`.
#[derive(Debug, Default)]
pub(super) struct HiddenNames {
    hidden: HashSet<String>,
    faint: HashSet<String>,
}

impl HiddenNames {
    /// Reads a style sheet.
    pub(super) fn learn(&mut self, sheet: &str) {
        for block in sheet.split('}') {
            let Some((selectors, declarations)) = block.rsplit_once('{') else { continue };
            let names = match sight_of(declarations) {
                Sight::Plain => continue,
                Sight::Faint => &mut self.faint,
                Sight::Hidden => &mut self.hidden,
            };
            // A condition around the rule stands before another brace.
            let selectors = selectors.rsplit('{').next().unwrap_or_default();
            for selector in selectors.split(',') {
                let last = selector.split_ascii_whitespace().next_back().unwrap_or_default();
                let name = last.rfind(['.', '#']).map_or(last, |at| last.get(at..).unwrap_or_default());
                if !name.is_empty() && !name.contains(':') && names.len() < MOST_NAMES {
                    names.insert(name.to_ascii_lowercase());
                }
            }
        }
    }

    /// How well an element with these attributes is seen.
    pub(super) fn sight(&self, element: &str, attributes: &[(String, String)]) -> Sight {
        let mut sight = self.named(element);
        for (name, value) in attributes {
            let of_this = match name.as_str() {
                "hidden" => Sight::Hidden,
                "type" if element == "input" && value.eq_ignore_ascii_case("hidden") => Sight::Hidden,
                "style" => sight_of(value),
                "color" => sight_of(&format!("color:{value}")),
                "id" => self.named(&format!("#{}", value.to_ascii_lowercase())),
                "class" => self.classes(value),
                _ => Sight::Plain,
            };
            sight = hardest(sight, of_this);
        }
        sight
    }

    fn classes(&self, value: &str) -> Sight {
        if self.hidden.is_empty() && self.faint.is_empty() {
            return Sight::Plain;
        }
        let classes = value.split_ascii_whitespace().take(64);
        classes
            .map(|class| self.named(&format!(".{}", class.to_ascii_lowercase())))
            .fold(Sight::Plain, hardest)
    }

    fn named(&self, name: &str) -> Sight {
        if self.hidden.contains(name) {
            Sight::Hidden
        } else if self.faint.contains(name) {
            Sight::Faint
        } else {
            Sight::Plain
        }
    }
}

fn hardest(one: Sight, other: Sight) -> Sight {
    match (one, other) {
        (Sight::Hidden, _) | (_, Sight::Hidden) => Sight::Hidden,
        (Sight::Faint, _) | (_, Sight::Faint) => Sight::Faint,
        _ => Sight::Plain,
    }
}

fn sight_of(declarations: &str) -> Sight {
    declarations.split(';').take(256).map(declared).fold(Sight::Plain, hardest)
}

fn declared(declaration: &str) -> Sight {
    let Some((property, value)) = declaration.split_once(':') else { return Sight::Plain };
    let property = property.trim().to_ascii_lowercase();
    let value = value.to_ascii_lowercase().replace("!important", "");
    let value = value.trim();
    let number: Option<f32> =
        value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse().ok();
    let nothing = number.is_some_and(|number| number < 0.01);
    match property.as_str() {
        "display" if value == "none" => Sight::Hidden,
        "visibility" if matches!(value, "hidden" | "collapse") => Sight::Hidden,
        "mso-hide" if value == "all" => Sight::Hidden,
        "font-size" | "opacity" | "max-height" | "max-width" | "height" | "width" | "zoom" if nothing => {
            Sight::Hidden
        }
        "text-indent" | "left" | "top" | "margin-left" | "margin-top"
            if number.is_some_and(|n| n < -100.0) =>
        {
            Sight::Hidden
        }
        "clip" | "clip-path" => Sight::Hidden,
        "font-size" if number.is_some_and(|n| n <= 3.0) && value.ends_with(['x', 't']) => Sight::Faint,
        "opacity" if number.is_some_and(|n| n <= 0.2) => Sight::Faint,
        "color" if is_white(value) => Sight::Faint,
        _ => Sight::Plain,
    }
}

fn is_white(color: &str) -> bool {
    let color: String = color.split_ascii_whitespace().collect();
    matches!(
        color.as_str(),
        "transparent" | "white" | "#fff" | "#ffffff" | "#fefefe" | "#fffffe" | "rgb(255,255,255)"
    ) || (color.starts_with("rgba(") && (color.ends_with(",0)") || color.ends_with(",0.0)")))
}

/// Whether something is set from right to left, or in reverse.
pub(super) fn turns(style: &str) -> bool {
    let style: String = style.to_ascii_lowercase().split_ascii_whitespace().collect();
    ["bidi-override", "direction:rtl", "row-reverse", "column-reverse", "float:right"]
        .iter()
        .any(|turn| style.contains(turn))
}

/// Words that a style sheet puts before or after elements.
pub(super) fn generated(style: &str) -> Vec<String> {
    style
        .match_indices("content")
        .take(256)
        .filter_map(|(at, name)| {
            let value = style.get(at + name.len()..)?.trim_start().strip_prefix(':')?.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            value.get(1..)?.split(quote).next().map(str::to_owned)
        })
        .collect()
}
