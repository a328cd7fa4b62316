//! How can a code be written so that a person reads it and a simple filter does not?

/// Ways of writing `code` in text. Each with a name.
pub fn written(code: &str) -> Vec<(&'static str, String)> {
    let (left, right) = code.split_at(4);
    let between = |gap: &str| code.chars().map(String::from).collect::<Vec<_>>().join(gap);
    let styled = |first: u32| {
        code.chars().filter_map(|c| char::from_u32(first + u32::from(c) - u32::from('A'))).collect::<String>()
    };
    vec![
        ("plain", code.to_owned()),
        ("lower", code.to_lowercase()),
        (
            "mixed case",
            code.chars()
                .enumerate()
                .map(|(i, c)| if i % 2 == 0 { c.to_ascii_lowercase() } else { c })
                .collect(),
        ),
        ("hyphen", format!("{left}-{right}")),
        ("en dash", format!("{left} – {right}")),
        ("spaces", between(" ")),
        ("wide spaces", between("\u{2003}")),
        ("dots", between(".")),
        ("slashes", between("/")),
        ("lines", between("\n")),
        ("quoted lines", format!("{left}-\n> {right}")),
        ("zero width", between("\u{200b}")),
        ("soft hyphens", between("\u{ad}")),
        ("word joiners", between("\u{2060}")),
        ("variation selectors", between("\u{fe0f}")),
        ("struck through", between("\u{336}")),
        ("accents", between("\u{301}")),
        ("emoji", between("✨")),
        ("full width", styled(0xff21)),
        ("full width lower", styled(0xff41)),
        ("bold", styled(0x1d400)),
        ("sans bold", styled(0x1d5d4)),
        ("monospace", styled(0x1d670)),
        ("circled", styled(0x24b6)),
        ("circled lower", styled(0x24d0)),
        ("dark circles", styled(0x1f150)),
        ("squares", styled(0x1f130)),
        ("dark squares", styled(0x1f170)),
        ("flags", styled(0x1f1e6)),
        ("in brackets", styled(0x249c)),
        ("Cyrillic", replaced(code, "BCHKMPTXSJQW", "ВСНКМРТХЅЈԚԜ")),
        ("Greek", replaced(code, "BCHKMNPTXZJF", "ΒϹΗΚΜΝΡΤΧΖͿϜ")),
        ("Cherokee", replaced(code, "JRTWMHZGLCPKVSB", "ᎫᎡᎢᎳᎷᎻᏃᏀᏞᏟᏢᏦᏙᏚᏴ")),
        ("Lisu", replaced(code, "BPDTGKJCZFMNLSRVHWX", "ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫ")),
        ("small capitals", replaced(code, "BCDFGHJKLMNPRSTVWZ", "ʙᴄᴅꜰɢʜᴊᴋʟᴍɴᴘʀꜱᴛᴠᴡᴢ")),
        ("beside letters", format!("code{code}.")),
        ("between words", format!("開く{code}です")),
        ("turned round", format!("\u{202e}{}\u{202c}", code.chars().rev().collect::<String>())),
        ("one digit", replaced_once(code)),
    ]
}

/// `code` with each of `letters` as the sign that looks like it and stands at the same place of `signs`.
fn replaced(code: &str, letters: &str, signs: &str) -> String {
    let sign =
        |c| letters.chars().zip(signs.chars()).find(|(letter, _)| *letter == c).map_or(c, |(_, sign)| sign);
    code.chars().map(sign).collect()
}

fn replaced_once(code: &str) -> String {
    let signs = [('S', "5"), ('Z', "2"), ('B', "8"), ('L', "1")];
    match signs.iter().find(|(letter, _)| code.contains(*letter)) {
        Some((letter, digit)) => code.replacen(*letter, digit, 1),
        None => code.to_owned(),
    }
}

/// Ways of writing `code` in HTML.
pub fn marked_up(code: &str) -> Vec<(&'static str, String)> {
    let written = |write: fn(char) -> String| code.chars().map(write).collect::<Vec<_>>().concat();
    let each = |before: &str, after: &str| {
        code.chars().flat_map(|c| [before.to_owned(), c.to_string(), after.to_owned()]).collect::<String>()
    };
    vec![
        ("tags", each("<b>", "</b>")),
        ("cells", format!("<table><tr>{}</tr></table>", each("<td>", "</td>"))),
        ("rows", format!("<table>{}</table>", each("<tr><td>", "</td></tr>"))),
        ("list", format!("<ul>{}</ul>", each("<li>", ""))),
        ("comments", each("", "<!-- nothing -->")),
        ("decimal references", written(|c| format!("&#{};", u32::from(c)))),
        ("hexadecimal references", written(|c| format!("&#x{:x}", u32::from(c)))),
        ("named references", written(|c| format!("&{c}opf;"))),
        ("soft hyphens", each("", "&shy;")),
        ("hidden chaff", each("", "<span style='display:none'>and</span>")),
        (
            "hidden chaff by class",
            format!("<style>.q{{display:none}}</style>{}", each("", "<i class=q>and</i>")),
        ),
        ("tiny chaff", each("", "<font style='font-size:1px'>and</font>")),
        ("white chaff", each("", "<font color='#ffffff'>and</font>")),
        ("hidden", format!("<div hidden>{code}</div>")),
        ("alt", format!("<img src=x alt='{code}'>")),
        ("alts", each("<img src=x alt='", "'>")),
        ("title", format!("<a title='{code}'>x</a>")),
        ("label", format!("<p aria-label='{code}'>x</p>")),
        ("inputs", each("<input value='", "'>")),
        ("placeholder", format!("<input placeholder='{code}'>")),
        ("style sheet", format!("<style>p::after{{content:'{code}'}}</style>")),
        ("bdo", format!("<bdo dir=rtl>{}</bdo>", code.chars().rev().collect::<String>())),
        ("for Outlook", format!("<!--[if mso]><p>{code}</p><![endif]-->")),
        ("frame", format!("<iframe srcdoc='&lt;p&gt;{code}'></iframe>")),
        ("data", format!("<iframe src='data:text/html,%3Cp%3E{code}'></iframe>")),
        ("link", format!("<a href='https://id.example.com/device?user_code={code}'>here</a>")),
        (
            "link elsewhere",
            format!(
                "<a href='https://r.example/?to=https%253A%252F%252Fid.example.com%252Fdevice%253Fuser_code%253D{code}'>here</a>"
            ),
        ),
        (
            "form",
            format!("<form action='//id.example.com/device?user_code={code}'><button>x</button></form>"),
        ),
        (
            "refresh",
            format!("<meta http-equiv=refresh content='0;url=https://id.example.com/device/{code}'>"),
        ),
        ("base", format!("<base href='https://id.example.com/'><a href='device?user_code={code}'>x</a>")),
        ("unclosed", format!("<p title=\"x>{code}")),
        ("SVG", format!("<svg>{}</svg>", each("<text>", "</text>"))),
        (
            "QR",
            format!(
                "<img src='data:image/png;base64,{}'>",
                super::mime::base64(&super::mime::qr(&format!(
                    "https://id.example.com/device?user_code={code}"
                )))
                .replace("\r\n", "")
            ),
        ),
        (
            "QR in the background",
            format!(
                "<td style=\"background:url('data:image/png;base64,{}')\">",
                super::mime::base64(&super::mime::qr(code)).replace("\r\n", "")
            ),
        ),
        ("QR of blocks", format!("<pre>{}</pre>", super::mime::qr_in_blocks(code))),
    ]
}
