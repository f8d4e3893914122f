//! Runs every line of `vectors/*.tsv` through its transform.
//!
//! A line is `input<TAB>expected[<TAB>fact]`; `-` as expected means that the
//! value is removed; `\u{…}` stands for a character. To add a case, add a line.
//! What must never be here: a case that is not a line of a file.

use privet_redact::GeneraliseKind;
use privet_redact::transform::date::Date;
use privet_redact::transform::facts::Facts;
use privet_redact::transform::generalise;
use privet_redact::transform::generalise_age_band::generalise_age_band;
use privet_redact::transform::generalise_city::generalise_city;
use privet_redact::transform::generalise_date::{Precision, generalise_date};
use privet_redact::transform::generalise_postal::generalise_postal;
use privet_redact::transform::generalise_salary_band::generalise_salary_band;
use privet_redact::transform::mask_email::mask_email;
use privet_redact::transform::mask_id_card::mask_id_card;
use privet_redact::transform::mask_name::mask_name;
use privet_redact::transform::mask_phone::mask_phone;
use privet_redact::transform::mask_qq::mask_qq;
use privet_redact::transform::mask_wechat::mask_wechat;
use privet_redact::transform::phone_region::PhoneRegion;
use privet_redact::transform::pseudonym::{Key, mask_name_strict, pseudonym};
use std::borrow::Cow;

/// `transform` gets the input and the fact (empty if the line has none).
fn check(file: &str, transform: impl Fn(&str, &str) -> Option<String>) {
    let path = format!("{}/tests/vectors/{file}.tsv", env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(&path).expect(&path);
    let mut lines = 0;
    let mut wrong = Vec::new();
    for (number, line) in table.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        lines += 1;
        let mut cells = line.split('\t').map(unescape);
        let input = cells.next().unwrap();
        let expected = cells.next().expect("a line has two cells");
        let fact = cells.next().unwrap_or_default();
        assert_eq!(cells.next(), None, "{path}:{}", number + 1);
        let given = transform(&input, &fact).unwrap_or("-".into());
        if given != expected {
            wrong.push(format!(
                "{path}:{}: {input:?} gave {given}, not {expected}",
                number + 1
            ));
        }
    }
    assert!(lines > 0, "{path} is empty");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn unescape(cell: &str) -> String {
    let mut parts = cell.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape ends");
        let code = u32::from_str_radix(code, 16).expect("an escape is hexadecimal");
        text.push(char::from_u32(code).expect("an escape is a character"));
        text.push_str(rest);
    }
    text
}

#[test]
fn name() {
    check("mask_name", |name, _| mask_name(name));
}

#[test]
fn phone() {
    check("mask_phone", |phone, country| {
        mask_phone(phone, PhoneRegion::from_country_code(country))
    });
}

#[test]
fn email() {
    check("mask_email", |email, name| {
        let names: Vec<String> = [name]
            .iter()
            .filter(|n| !n.is_empty())
            .map(|n| n.to_string())
            .collect();
        mask_email(email, &names)
    });
}

#[test]
fn id_card() {
    check("mask_id_card", |number, _| mask_id_card(number));
}

#[test]
fn date() {
    check("generalise_date", |date, precision| {
        let precision = match precision {
            "year" => Precision::Year,
            "month" => Precision::Month,
            "day" => Precision::Day,
            other => panic!("{other} is not a precision"),
        };
        generalise_date(date, precision).map(Cow::into_owned)
    });
}

#[test]
fn city() {
    check("generalise_city", |address, _| generalise_city(address));
}

#[test]
fn postal() {
    check("generalise_postal", |code, _| generalise_postal(code));
}

#[test]
fn name_strict() {
    check("mask_name_strict", |name, fact| {
        let (country, key) = fact.split_once(' ').unwrap_or((fact, ""));
        let facts = Facts {
            phone_region: PhoneRegion::from_country_code(country),
            key: Key::new(&bytes(key)),
            ..Facts::default()
        };
        mask_name_strict(name, &facts)
    });
}

#[test]
fn wechat() {
    check("mask_wechat", |id, _| mask_wechat(id));
}

#[test]
fn qq() {
    check("mask_qq", |number, _| mask_qq(number));
}

#[test]
fn age_band() {
    check("generalise_age_band", |text, today| {
        generalise_age_band(text, Date::read(today))
    });
}

#[test]
fn salary_band() {
    check("generalise_salary_band", |text, _| {
        generalise_salary_band(text)
    });
}

#[test]
fn industry() {
    let industries = [
        ("北京某某科技有限公司", "软件"),
        ("Example Bank", "Banking"),
    ];
    let facts = Facts {
        industries: industries
            .map(|(employer, industry)| (employer.to_owned(), industry.to_owned()))
            .into(),
        ..Facts::default()
    };
    check("generalise_industry", |employer, _| {
        generalise(GeneraliseKind::Industry, employer, &facts).map(Cow::into_owned)
    });
}

#[test]
fn pseudonyms() {
    check("pseudonym", |value, fact| {
        let (class, key) = fact.split_once(' ').expect("class and key");
        pseudonym(class, value, Key::new(&bytes(key)).as_ref())
    });
}

/// The bytes that pairs of hexadecimal digits write.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
