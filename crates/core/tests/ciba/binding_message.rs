//! Which binding messages can a person read aloud and compare?

use tandem_core::ciba::binding_message::check;
use tandem_core::ciba::refusal::Refusal;
use tandem_core::oauth::error_code::ErrorCode;

#[test]
fn what_people_write_is_taken() {
    for message in [
        "1234",
        "W4SCT",
        "Pay £34.50 to Wine & Co. (order #7/B)",
        "34,50 € an Weinhändler Müller",
        "Zahlung „Nr. 5“ – bestätigen?",
        "¿Pagar 20 $? ¡Sí!",
        "ワインの代金 3,400円",
        "ご注文（１２番）を確認・承認して下さい。",
        "が と か\u{3099}",
        "确认付款：¥88",
        "결제 확인 5,000₩",
        "Подтвердите № 7",
        "دفع ٥٠ ريال؟",
        "שלום, 5 ₪",
        "שָׁלוֹם",
        "भुगतान की पुष्टि करें।",
        "ยืนยันการชำระเงิน ฿50 น้ำ",
        "Xác nha\u{302}\u{323}n Việt",
        "𠮷野家 7",
        "2 × coffee",
    ] {
        assert_eq!(check(message).as_deref(), Ok(message));
    }
    assert_eq!(check("  1234 ").as_deref(), Ok("1234"), "spaces around it do not count");
    assert!(check(&"x".repeat(64)).is_ok() && check(&"電".repeat(64)).is_ok());
}

#[test]
fn what_hides_turns_or_imitates_text_is_refused() {
    let (long, long_cjk) = ("x".repeat(65), "電".repeat(65));
    let suite = "1234 \u{1F44D}\u{1F3FF} \u{54C1}\u{5B50} ".repeat(8);
    for message in [
        "",
        " ",
        "   ",
        &long,
        &long_cjk,
        &suite,
        "\u{1F44D}",
        "ok \u{2705}",
        "I \u{2764}\u{FE0F} wine",
        "1\u{FE0F}\u{20E3}",
        "\u{1F1E9}\u{1F1EA}",
        "\u{1F170}",
        "\u{1F130}lice",
        "\u{2139}",
        "\u{24B6}\u{24C2}",
        "\u{1D400}lice",
        "\u{2122} \u{A9}",
        "pay\u{202E}001\u{202C}",
        "\u{2066}a\u{2069}",
        "a\u{200F}b",
        "a\u{200B}b",
        "a\u{200D}b",
        "a\u{AD}b",
        "a\u{34F}b",
        "a\u{FEFF}b",
        "a\u{2060}b",
        "a\u{3164}b",
        "a\u{115F}b",
        "a\u{FFA0}b",
        "a\u{17B4}b",
        "a\u{2800}b",
        "a\u{E0041}b",
        "a\u{FE00}b",
        "a\u{E0100}b",
        "a\u{A0}b",
        "a\u{3000}b",
        "a\u{2028}b",
        "a\nb",
        "1234\n",
        "\t1234",
        "a\u{0}b",
        "a\u{7F}b",
        "a\u{85}b",
        "a\u{E000}b",
        "a\u{FFFD}b",
        "a\u{300}\u{301}\u{302}\u{303}",
        "\u{301}a",
        " \u{301}a",
        "a \u{301}b",
        "a-\u{301}",
        "<b>1234</b>",
        "{amount}",
        "a\\b",
        "`id`",
        "a|b",
        "a~b",
        "a^b",
    ] {
        assert_eq!(check(message), Err(Refusal::BindingMessageUnfit), "{message:?}");
    }
    assert_eq!(Refusal::BindingMessageUnfit.code(), ErrorCode::InvalidBindingMessage);
}

#[test]
fn every_character_that_is_taken_can_be_seen() {
    for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
        let taken = check(&format!("a{c}b")).is_ok();
        let unseen = c.is_control() || (c.is_whitespace() && c != ' ');
        let private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
        let format = matches!(c, '\u{AD}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFD}' | '\u{E0000}'..='\u{E0FFF}');
        let picture =
            matches!(c, '\u{2190}'..='\u{23FF}' | '\u{2500}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FBFF}');
        // The circled digits are numbers.
        let digit = matches!(c, '\u{2776}'..='\u{2793}');
        assert!(!taken || digit || !(unseen || private || format || picture), "U+{:04X}", c as u32);
    }
}
