//! Is every reading of a document read?

use super::*;

fn readings(html: &str) -> Vec<String> {
    let squeeze = |text: &String| text.split_whitespace().collect::<String>();
    let document = read(html);
    document.readings.iter().chain(&document.labels).map(squeeze).collect()
}

/// R6.5
#[test]
fn words_are_read_over_tags() {
    for html in [
        "<b>BC</b><i>DF</i>-<span>GH</span>JK",
        "<table><tr><td>B<td>C<td>D<td>F</tr><tr><td>G<td>H<td>J<td>K</table>",
        "<ul><li>BCDF</li><li>GHJK</li></ul>",
        "BC<!-- not this -->DF<!-->GHJK",
        "&#66;&#x43;D&#70;GHJK",
        "BC<span style='display : none !important'>no</span>DFGHJK",
        "BC<span hidden>no<span>no</span>no</span>DFGHJK",
        "<style>@media all{.x, b.y{display:none}}</style>BC<i class='q X'>no</i>DF<b class=y>no</b>GHJK",
        "<style>#z{font-size:0px}</style>BC<p id=z>no</p>DFGHJK",
        "BC<font color=white>no</font>DF<i style='color:#FFF'>no</i>GHJK",
        "BC<span style='font-size:1px'>no</span>DFGHJK",
        "BC<span style='position:absolute;left:-9999px'>no</span>DFGHJK",
        "<img alt=B><img alt=C><img alt=D><img alt=F><img alt=GHJK>",
        "<img alt='BCDFGHJK'>no",
        "<input value=BCDF><input value=GHJK>",
        "<a title='BCDF GHJK'>no</a>",
        "<p aria-label=BCDFGHJK>no",
        "<input placeholder='BCDFGHJK'>",
        "<button value=BCDFGHJK>",
        "<meta name=description content=BCDFGHJK>",
        "<style>p::before{content: 'BCDFGHJK'}</style>",
        "<!-- BCDFGHJK -->",
        "<span style='display:none'>BCDFGHJK</span>",
        "<b style=\"x>BCDFGHJK",
        "BCDFGHJK<",
        "<svg><text>BCDF</text><text>GHJK</text></svg>",
        "<ruby>BC<rt></rt>DF</ruby>GHJK",
    ] {
        let readings = readings(html);
        assert!(
            readings.iter().any(|text| text.contains("BCDFGHJK") || text.contains("BCDF-GHJK")),
            "{html}: {readings:?}"
        );
    }
}

#[test]
fn turned_documents_say_so() {
    for html in [
        "<bdo dir=rtl>KJHG</bdo>",
        "<p style='unicode-bidi: bidi-override'>x",
        "<style>p{flex-direction:row-reverse}</style>x",
    ] {
        assert!(read(html).readings.iter().all(|text| text.contains('\u{202e}')), "{html}");
    }
    assert!(!read("<p>x").readings.iter().any(|text| text.contains('\u{202e}')));
}

#[test]
fn addresses_are_gathered() {
    let html = "<a href=' https://a.example/?x=1&amp;y=2 '>x</a><form action=https://b.example><button formaction='//c.example'>\
        <meta http-equiv=refresh content=\"0; URL='https://d.example/'\"><img src=https://e.example/i.png>\
        <td background='https://f.example'><base href='https://g.example/x/'><a href=device?user_code=1>";
    assert_eq!(
        read(html).addresses,
        [
            "https://a.example/?x=1&y=2",
            "https://b.example",
            "//c.example",
            "https://d.example/",
            "https://e.example/i.png",
            "https://f.example",
            "https://g.example/x/device?user_code=1"
        ]
    );
    let code = read("<script>location='https://h.example'</script><p onclick=\"go('https://i.example')\">")
        .code
        .concat();
    assert!(code.contains("h.example") && code.contains("i.example"));
}

#[test]
fn embedded_things_are_taken_out() {
    let html = "<img src='data:image/png;base64,QkM='><a href='DATA:text/html,%3Cb%3E'><iframe srcdoc='&lt;i&gt;'></iframe>\
        <!--[if mso]><b>BC</b><![endif]--><td style=\"background:url(data:image/gif;base64,QkM=)\"><img src=data:x>";
    let embedded: Vec<_> = read(html).embedded.into_iter().map(|one| (one.media_type, one.bytes)).collect();
    let one = |media_type: &str, bytes: &[u8]| (media_type.to_owned(), bytes.to_vec());
    assert_eq!(
        embedded,
        [
            one("image/png", b"BC"),
            one("text/html", b"<b>"),
            one("text/html", b"<i>"),
            one("text/html", b"[if mso]><b>BC</b><![endif]"),
            one("image/gif", b"BC"),
        ]
    );
}

/// Deep nesting, endless styles and names: each is passed a fixed number of times.
#[test]
fn hostile_documents_end() {
    for hostile in [
        "<div>",
        "<span hidden>",
        "<style>.a{display:none}",
        "<style></style>",
        "<p style='a:b;c:d'>",
        "<i style=\"content:'\">",
        "<p style='data:,'>",
    ] {
        let html = hostile.repeat(2 * 1024 * 1024 / hostile.len());
        let document = read(&html);
        let words: usize = document.readings.iter().map(String::len).sum();
        assert!(words <= 4 * html.len(), "{hostile}");
    }
}
