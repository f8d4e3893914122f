//! The transforms: no text makes one of them panic, or show a number that stands in it.

use privet_redact::transform::date::Date;
use privet_redact::transform::facts::Facts;
use privet_redact::transform::phone_region::PhoneRegion;
use privet_redact::transform::pseudonym::Key;
use privet_redact::transform::{generalise, mask};
use privet_redact::{GeneraliseKind, MaskKind};
use std::borrow::Cow;

/// A number that no transform may show, and seven digits of it that none may show either.
const SECRET: &str = "13912345678";
const PART: &str = "9123456";

const MASKS: [MaskKind; 7] = [
    MaskKind::Name,
    MaskKind::NameStrict,
    MaskKind::Phone,
    MaskKind::Email,
    MaskKind::IdCard,
    MaskKind::Wechat,
    MaskKind::Qq,
];

const GENERALISATIONS: [GeneraliseKind; 8] = [
    GeneraliseKind::Year,
    GeneraliseKind::Month,
    GeneraliseKind::Day,
    GeneraliseKind::City,
    GeneraliseKind::Postal,
    GeneraliseKind::AgeBand,
    GeneraliseKind::SalaryBand,
    GeneraliseKind::Industry,
];

/// The first byte chooses where in the rest, a text, the number is put.
pub fn run(bytes: &[u8]) {
    let Some((place, text)) = bytes.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let mut at = usize::from(*place).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (head, tail) = text.split_at(at);
    let planted = format!("{head}{SECRET}{tail}");
    for region in ["", "CN", "US"] {
        let facts = Facts {
            phone_region: PhoneRegion::from_country_code(region),
            own_names: vec!["张三丰".to_owned(), "Richard Hendriks".to_owned()],
            today: Date::read("2021-04-28"),
            key: Key::new(b"0123456789abcdef"),
            ..Facts::default()
        };
        for text in [&*text, &*planted] {
            let masked = MASKS.iter().map(|kind| mask(*kind, text, &facts));
            let general = GENERALISATIONS
                .iter()
                .map(|kind| generalise(*kind, text, &facts).map(Cow::into_owned));
            for shown in masked.chain(general).flatten() {
                assert!(shown.len() <= 300, "{shown}");
                let is_planted = !text_has_part(head, tail);
                assert!(
                    !is_planted || !shown.contains(PART),
                    "{text:?} shows {shown:?}"
                );
            }
        }
    }
}

/// Whether the text has the digits without the number, so that they tell nothing.
fn text_has_part(head: &str, tail: &str) -> bool {
    head.contains(PART) || tail.contains(PART)
}
