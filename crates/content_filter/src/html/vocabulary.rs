//! Which elements and attributes of HTML matter here?

/// Elements that do not part words.
pub(super) const INLINE: [&str; 36] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "o:p", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];

/// Elements that have no end.
pub(super) const VOID: [&str; 15] = [
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Attributes with an address.
pub(super) const ADDRESSES: [&str; 17] = [
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "poster",
    "cite",
    "data",
    "srcset",
    "longdesc",
    "xlink:href",
    "ping",
    "codebase",
    "archive",
    "classid",
    "dynsrc",
    "lowsrc",
];

/// Attributes with words.
pub(super) const LABELS: [&str; 11] = [
    "title",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "placeholder",
    "label",
    "summary",
    "content",
    "alt",
    "value",
    "datetime",
];
