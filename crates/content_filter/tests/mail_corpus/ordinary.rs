//! Which mails come in every day and have nothing of ours in them?

use super::mime::{self, file_part, html_part, mail, multipart, text_part};
use super::{ALPHABET, Dice};
use std::fmt::Write;

/// How many mails of each kind.
pub const EACH: u64 = 10;

type Make = fn(&mut Dice) -> Vec<u8>;

const KINDS: [(&str, Make); 28] = [
    ("newsletter", newsletter),
    ("invoice", invoice),
    ("booking", booking),
    ("verification", verification),
    ("foreign-qr", foreign_qr),
    ("device-code", device_code),
    ("blob", blob),
    ("tracking", tracking),
    ("pgp-signature", pgp_signature),
    ("hex-dump", hex_dump),
    ("listing", listing),
    ("similar", similar),
    ("calendar", calendar),
    ("table", table),
    ("forwarded", forwarded),
    ("redirectors", redirectors),
    ("russian", russian),
    ("greek", greek),
    ("licence-keys", licence_keys),
    ("bounce", bounce),
    ("certificate", certificate),
    ("uuids", uuids),
    ("consonants", consonants),
    ("chords", chords),
    ("tickers", tickers),
    ("japanese", japanese),
    ("office", office),
    ("photo", photo),
];

/// All of them, with names for files.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let one = |(kind, make): &(&str, Make), number: u64| {
        let seed =
            kind.bytes().fold(number, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
        (format!("{kind}-{number}"), make(&mut Dice(seed)))
    };
    KINDS.iter().flat_map(|kind| (0..EACH).map(move |number| one(kind, number))).collect()
}

fn newsletter(dice: &mut Dice) -> Vec<u8> {
    let (subject, words) = dice.one(&[
        ("Autumn in our shop", "New this week: warm jackets, dry boots and strong umbrellas. Everything ships within 24 hours."),
        ("Herbst bei uns", "Neu diese Woche: warme Jacken, feste Stiefel und Schirme. Versand innerhalb von 24 Stunden, Rückschickschein liegt bei."),
        ("L'automne chez nous", "Nouveau cette semaine : vestes chaudes, bottes étanches et parapluies. Expédition sous 24 heures."),
        ("Otoño en nuestra tienda", "Novedades de la semana: chaquetas, botas y paraguas. Envío en 24 horas."),
        ("秋の新作", "今週の新作：暖かいジャケット、丈夫なブーツ、傘。24時間以内に発送します。"),
    ]);
    let number = dice.signs(24, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    let html = format!(
        "<!doctype html><html><head><style>@media (max-width:600px){{.w{{width:100%!important}}}} .pre{{display:none;max-height:0}}</style>\
         </head><body><div class=pre>{words}&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;</div><table><tr><td><h1>{subject}</h1><p>{words}</p>\
         <a href='https://click.example.org/t/{number}?utm_source=mail&amp;utm_campaign=KW41'>Shop</a>\
         <img src='https://img.example.org/o.gif?id={number}' alt='' width=1 height=1></td></tr></table></body></html>"
    );
    mail(subject, &multipart("alternative", &number, &[text_part(words), html_part(&html)]))
}

fn invoice(dice: &mut Dice) -> Vec<u8> {
    let number = dice.signs(7, b"0123456789");
    let letters = dice.signs(3, ALPHABET);
    let text = format!(
        "Dear customer,\n\ninvoice {letters}-{number}/2026, order PO-{number}, VAT DE{number}89, IBAN GB33 BUKB 2020 1555 {number}, BIC BUKBGB22XXX.\n\
         3 pcs. HDMI cable, 2 m  ...  23.97\n1 pc. USB-C/RJ45 adapter ... 17.50\nTotal 41.47 CHF\n\nKind regards"
    );
    mail(
        "Invoice",
        &multipart(
            "mixed",
            "=_inv",
            &[text_part(&text), file_part("application/octet-stream", "lines.csv", text.as_bytes())],
        ),
    )
}

fn booking(dice: &mut Dice) -> Vec<u8> {
    let locator = dice.signs(6, b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789");
    let seat = dice.signs(2, b"0123456789");
    mail(
        &format!("Your booking {locator}"),
        &text_part(&format!(
            "Booking reference: {locator}\nFlight LX 188 ZRH-PVG, seat {seat}K, baggage 2PC. Ticket 724-{seat}93847561.\nGate closes 20 min before departure.\n\
             Buchungscode {locator} | Code de réservation {locator} | 予約番号 {locator}"
        )),
    )
}

fn verification(dice: &mut Dice) -> Vec<u8> {
    let digits = dice.signs(6, b"0123456789");
    let letters = dice.signs(6, b"ABCDEFGHJKLMNPQRSTUVWXYZ");
    let line = dice.one(&[
        "Your code is {}. It expires in 10 minutes.",
        "Ihr Bestätigungscode lautet {}.",
        "Votre code de vérification : {}",
        "認証コード：{} 有効期限は10分です。",
        "Ваш код подтверждения: {}",
        "Su código es {}. No lo comparta.",
    ]);
    let text = format!("{}\n\n{}", line.replace("{}", &digits), line.replace("{}", &letters));
    mail(
        "Sign in",
        &multipart("alternative", "v", &[text_part(&text), html_part(&format!("<p><b>{text}</b>"))]),
    )
}

fn foreign_qr(dice: &mut Dice) -> Vec<u8> {
    let number = dice.signs(10, b"abcdefghijkmnpqrstuvwxyz23456789");
    let content = match dice.below(4) {
        0 => format!("https://menu.example.org/{number}"),
        1 => format!("WIFI:T:WPA;S:Guests;P:{number};;"),
        2 => format!(
            "otpauth://totp/Example:anna?secret={}&issuer=Example",
            dice.signs(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        ),
        _ => format!("SPC\n0200\n1\nCH44 3199 9123 0008 8901 2\nK\n{number}\nCHF\n199.95"),
    };
    let html = html_part("<p>Scan this:<br><img src='cid:qr'>");
    mail(
        "QR code",
        &multipart("related", "r", &[html, file_part("image/png", "qr.png", &mime::qr(&content))]),
    )
}

fn device_code(dice: &mut Dice) -> Vec<u8> {
    let text = match dice.below(4) {
        0 => format!(
            "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code {} to authenticate.",
            dice.signs(9, b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        ),
        1 => format!(
            "First copy your one-time code: {}-{}\nOpen https://github.com/login/device",
            dice.signs(4, b"ABCDEF0123456789"),
            dice.signs(4, b"ABCDEF0123456789")
        ),
        2 => format!(
            "Visit https://www.google.com/device and enter {}-{}",
            dice.signs(4, ALPHABET),
            dice.signs(4, ALPHABET)
        ),
        _ => format!("Activate your TV at https://tv.example.org/activate?user_code={}", dice.code()),
    };
    mail("Activate your device", &text_part(&text))
}

fn blob(dice: &mut Dice) -> Vec<u8> {
    let bytes: Vec<u8> = (0..600 + dice.below(600)).map(|_| dice.byte()).collect();
    mail("The token you asked for", &text_part(&format!("Here it is:\n\n{}\n\nTom", mime::base64(&bytes))))
}

fn tracking(dice: &mut Dice) -> Vec<u8> {
    let (a, b) = (dice.signs(9, b"0123456789"), dice.signs(16, b"0123456789ABCDEF"));
    mail(
        "Your parcel",
        &text_part(&format!(
            "RR{a}CH, 1Z{b}, JJD{a}00, https://track.example.org/?n=LX{a}DE&h={b}\nDHL/UPS/GLS/DPD/FedEx: 2 kg, PLZ 8048"
        )),
    )
}

fn pgp_signature(dice: &mut Dice) -> Vec<u8> {
    let bytes: Vec<u8> = (0..480).map(|_| dice.byte()).collect();
    let signature = format!(
        "-----BEGIN PGP SIGNATURE-----\n\n{}\n=XkQz\n-----END PGP SIGNATURE-----\n",
        mime::base64(&bytes)
    );
    let part = format!("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n{signature}");
    mail(
        "Re: minutes",
        &multipart(
            "signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"",
            "s",
            &[text_part("Fine with me.\nTim"), part],
        ),
    )
}

fn hex_dump(dice: &mut Dice) -> Vec<u8> {
    let mut text = String::from("It fails here:\n");
    for line in 0..40 {
        let bytes: Vec<String> = (0..16).map(|_| format!("{:02x}", dice.below(256))).collect();
        writeln!(text, "{:08x}  {}  |{}|", line * 16, bytes.join(" "), dice.signs(16, b"....BCDFGHJKabc@#!"))
            .unwrap();
    }
    mail("core dump", &text_part(&text))
}

fn listing(dice: &mut Dice) -> Vec<u8> {
    let name = dice.signs(3, b"xyzklmn");
    let text = format!(
        "diff --git a/src/{name}.c b/src/{name}.c\n@@ -12,7 +12,9 @@\n #define MSK_PTR(x) ((x) & 0xFFFF)\n+static const char *fmt = \"%s: %s\\n\";\n\
         -  strncpy(dst, src, sz);\n+  memcpy(dst, src, sz); /* xfrm_clnt_hndl */\n   for (int k = 0; k < n; k++) {name}[k] = ptr->hdr->cmd;\n\
         HTTP/1.1 XML/JSON CSS RGB HSL PNG, TCP/TLS: SSH, DNS, DHCP, NTP\n$ grep -rnw ./src | xargs -n1 wc -l && make -j8 vmlinux bzImage\n"
    );
    mail("[PATCH v2 3/7] drivers", &text_part(&text))
}

/// One letter off a live code, two letters changed places, one short.
fn similar(dice: &mut Dice) -> Vec<u8> {
    let live = super::live_codes();
    let mut text = String::from("Are these the part numbers that you meant?\n");
    while text.len() < 200 {
        let mut letters: Vec<u8> = live[dice.below(live.len())].bytes().collect();
        let at = dice.below(letters.len());
        match dice.below(4) {
            0 => letters[at] = dice.one(ALPHABET),
            1 => letters[at] = dice.one(b"34679"),
            2 => letters.swap(at, 7 - at),
            _ => letters.truncate(7),
        }
        let similar = String::from_utf8(letters).unwrap();
        if !live.contains(&similar) {
            writeln!(
                text,
                "a {} e,",
                dice.one(&[similar.clone(), similar.to_lowercase()].each_ref().map(String::as_str))
            )
            .unwrap();
        }
    }
    mail("Part numbers", &text_part(&text))
}

fn calendar(dice: &mut Dice) -> Vec<u8> {
    let uid = dice.signs(40, b"0123456789ABCDEF");
    let part = format!(
        "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nPRODID:-//Example//NONSGML//DE\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTART:20261005T090000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH\r\nSUMMARY:Jour fixe\r\nLOCATION:https://meet.example.org/{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        dice.signs(11, b"bcdfghjkmnpqrstvwxyz-")
    );
    mail("Invitation", &multipart("mixed", "c", &[text_part("See you there."), part]))
}

fn table(dice: &mut Dice) -> Vec<u8> {
    let mut text = String::from("id;sku;qty;cur\n");
    for row in 0..80 {
        writeln!(
            text,
            "{row};{}-{};{};CHF",
            dice.signs(3, ALPHABET),
            dice.signs(5, b"0123456789KX"),
            dice.below(99)
        )
        .unwrap();
    }
    mail(
        "Stock list",
        &multipart(
            "mixed",
            "t",
            &[text_part("As asked."), file_part("text/csv; charset=utf-8", "stock.csv", text.as_bytes())],
        ),
    )
}

fn forwarded(dice: &mut Dice) -> Vec<u8> {
    let inner = String::from_utf8(newsletter(dice)).unwrap();
    let part = format!("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{inner}");
    mail("Fwd: look at this", &multipart("mixed", "outer", &[text_part("For you, hope it helps!"), part]))
}

fn redirectors(dice: &mut Dice) -> Vec<u8> {
    let token = dice.signs(120, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    let html = format!(
        "<a href=\"https://eur02.safelinks.protection.example/?url=https%3A%2F%2Fwww.example.org%2Fshop%3Fid%3D{0}&amp;data=05%7C02%7C{1}&amp;reserved=0\">a</a>\
         <a href=\"https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a-3Fb-3Dc&d={1}\">b</a><a href=\"https://t.example/{1}\">c</a>",
        dice.below(9999),
        token
    );
    mail("Three links", &html_part(&html))
}

fn russian(dice: &mut Dice) -> Vec<u8> {
    let text = dice.one(&[
        "Здравствуйте! Ваш заказ передан в службу доставки. Взгляд вскользь, контрстратегия, всплеск и мудрствование.",
        "Уважаемые коллеги, встреча переносится на вторник. С уважением, отдел кадров. Стр. 3, см. п. 2, т. к. срок короткий.",
        "Счёт № 48213 от 05.10.2026, сумма 12 300 руб. В т. ч. НДС. Спасибо, что выбрали нас!",
    ]);
    mail("Ваш заказ", &text_part(&format!("{text}\n{}", dice.signs(5, b"0123456789"))))
}

fn greek(dice: &mut Dice) -> Vec<u8> {
    let text = "Καλημέρα σας! Η παραγγελία σας έχει αποσταλεί. ΚΩΔΙΚΟΣ ΠΑΡΑΓΓΕΛΙΑΣ, ΤΜΗΜΑ ΠΩΛΗΣΕΩΝ, ΑΘΗΝΑ. Ευχαριστούμε πολύ.";
    mail("Η παραγγελία σας", &text_part(&format!("{text} {}", dice.signs(6, b"0123456789"))))
}

fn licence_keys(dice: &mut Dice) -> Vec<u8> {
    let keys: Vec<String> = (0..5).map(|_| dice.signs(5, b"BCDFGHJKMPQRTVWXY2346789")).collect();
    mail(
        "Your licence",
        &text_part(&format!(
            "Product key: {}\nSerial: SN-{}\nThank you for your purchase.",
            keys.join("-"),
            keys.concat()
        )),
    )
}

fn bounce(dice: &mut Dice) -> Vec<u8> {
    let id = dice.signs(15, b"BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz0123456789");
    let status = format!(
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\nX-Postfix-Queue-ID: {id}\r\n\r\nFinal-Recipient: rfc822; tom@example.net\r\n\
         Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <tom@example.net>: unknown\r\n"
    );
    let headers = format!(
        "Content-Type: text/rfc822-headers\r\n\r\nSubject: hello\r\nMessage-ID: <{id}@example.org>\r\n"
    );
    mail(
        "Undelivered Mail Returned to Sender",
        &multipart("report; report-type=delivery-status", "b", &[text_part("Sorry."), status, headers]),
    )
}

fn certificate(dice: &mut Dice) -> Vec<u8> {
    let bytes: Vec<u8> = (0..900).map(|_| dice.byte()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", mime::base64(&bytes));
    mail(
        "The new certificate",
        &multipart(
            "mixed",
            "p",
            &[
                text_part("Attached. Please install it."),
                file_part("application/x-pem-file", "ca.pem", pem.as_bytes()),
            ],
        ),
    )
}

fn uuids(dice: &mut Dice) -> Vec<u8> {
    let mut text = String::from("Failed jobs:\n");
    for _ in 0..30 {
        let hex = b"0123456789abcdef";
        writeln!(
            text,
            "{}-{}-4{}-{}-{}",
            dice.signs(8, hex),
            dice.signs(4, hex),
            dice.signs(3, hex),
            dice.signs(4, hex),
            dice.signs(12, hex)
        )
        .unwrap();
    }
    mail("Nightly report", &text_part(&text))
}

fn consonants(dice: &mut Dice) -> Vec<u8> {
    let text = dice.one(&[
        "Strč prst skrz krk. Vlk zmrzl, zhltl hrst zrn. Ve čtvrtek v 9 hodin.",
        "Angstschweiß, Weltschmerz und Schlittschuhschritt: Rechtsschutz, Matschschnee, Borschtschschüssel.",
        "W Szczebrzeszynie chrząszcz brzmi w trzcinie. Źdźbło, bezwzględny.",
        "Rhythms of Llanfairpwllgwyngyll, tsk-tsk, pfft, hmm, shh, brrr! Nth cwm fjord-bank glyphs vext quiz.",
        "Smrk, vrh, trg, krst, prst, vrč. Čvrst crn brk. Grb, srp, vrt.",
    ]);
    mail(
        "Zungenbrecher",
        &multipart("alternative", "z", &[text_part(text), html_part(&format!("<p>{text}</p>"))]),
    )
}

fn chords(dice: &mut Dice) -> Vec<u8> {
    let mut text = String::from("For the rehearsal:\n\n");
    for _ in 0..12 {
        let line: Vec<&str> =
            (0..8).map(|_| dice.one(&["C", "D", "G", "F", "Am", "Em", "B", "D7", "Gm", "Dm7"])).collect();
        writeln!(text, "| {} |\n  la la la", line.join("  ")).unwrap();
    }
    mail("Songs", &text_part(&text))
}

fn tickers(dice: &mut Dice) -> Vec<u8> {
    let names = [
        "MSFT", "NVDA", "GOOG", "TSM", "BRK.B", "JPM", "HD", "CRM", "PFE", "CSCO", "WMT", "XOM", "BMW",
        "SAP", "UBSG", "NESN",
    ];
    let list: Vec<String> = (0..20).map(|_| format!("{} {:+}%", dice.one(&names), dice.below(9))).collect();
    mail(
        "Markets",
        &html_part(&format!("<table><tr><td>{}</table><p>{}", list.join("<td>"), names.join(", "))),
    )
}

fn japanese(dice: &mut Dice) -> Vec<u8> {
    let number = dice.signs(8, b"0123456789");
    let text = dice.one(&[
        "いつもご利用ありがとうございます。ご注文番号は ＢＫ－{} です。ＰＤＦをご確認ください。",
        "会議のご案内：Ｗｅｂ会議（ＨＴＴＰＳ）、資料はＵＲＬから。番号 {}",
        "領収書 No.{}、ＪＣＢカード、ＳＭＢＣ、合計 ￥12,300",
    ]);
    mail("ご注文の確認", &text_part(&text.replace("{}", &number)))
}

fn office(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\x00\x06\x00".to_vec();
    bytes.extend((0..3000).map(|_| dice.byte()));
    let media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    mail(
        "Minutes",
        &multipart(
            "mixed",
            "o",
            &[text_part("See attached."), file_part(media_type, "minutes.docx", &bytes)],
        ),
    )
}

fn photo(dice: &mut Dice) -> Vec<u8> {
    let picture =
        image::GrayImage::from_fn(160, 120, |x, y| image::Luma([((x * y) as u8) ^ dice.below(64) as u8]));
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    mail(
        "Holidays",
        &multipart(
            "mixed",
            "f",
            &[text_part("Look!"), file_part("image/png", "IMG_2741.png", &out.into_inner())],
        ),
    )
}
