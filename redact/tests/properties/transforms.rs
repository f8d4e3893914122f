//! What a transform discloses, and nothing else, decides its output.
//!
//! What must never be here: single vectors; they are lines of `vectors/*.tsv`.

use privet_redact::transform::date::Date;
use privet_redact::transform::facts::Facts;
use privet_redact::transform::mask_email::mask_email;
use privet_redact::transform::mask_id_card::mask_id_card;
use privet_redact::transform::mask_name::mask_name;
use privet_redact::transform::mask_phone::mask_phone;
use privet_redact::transform::phone_region::PhoneRegion;
use privet_redact::transform::pseudonym::Key;
use privet_redact::transform::{generalise, mask};
use privet_redact::{GeneraliseKind, MaskKind};
use proptest::prelude::*;

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,20}|.{0,40}|[0-9,.kw万元/月年~-]{0,16}") {
        let facts = Facts { today: Date::read("2021-04-28"), key: Key::new(b"0123456789abcdef"), ..Facts::default() };
        for kind in [MaskKind::Name, MaskKind::Phone, MaskKind::Email, MaskKind::IdCard, MaskKind::NameStrict, MaskKind::Wechat, MaskKind::Qq] {
            let _ = mask(kind, &text, &facts);
        }
        for kind in [
            GeneraliseKind::Year, GeneraliseKind::Month, GeneraliseKind::Day,
            GeneraliseKind::City, GeneraliseKind::Postal, GeneraliseKind::Industry, GeneraliseKind::AgeBand, GeneraliseKind::SalaryBand,
        ] {
            let _ = generalise(kind, &text, &facts);
        }
    }

    #[test]
    fn a_given_name_does_not_show(given in "[丽-龙]{1,5}", other in "[丽-龙]{1,5}") {
        prop_assert_eq!(mask_name(&format!("张{given}")), Some("张**".into()));
        prop_assert_eq!(mask_name(&format!("欧阳{given}")), mask_name(&format!("欧阳{other}")));
    }

    #[test]
    fn initials_are_all(first in "[A-Z][a-z]{1,9}", middle in "( [a-z]{1,9}){0,2}", last in "Q[a-z]{3,9}") {
        let shown = mask_name(&format!("{first}{middle} {last}")).unwrap();
        prop_assert!(shown.len() <= 5 && shown.ends_with("Q."), "{}", shown);
    }

    #[test]
    fn four_digits_in_the_middle_do_not_show(head in "1[3-9][0-9]", one in "[0-9]{4}", other in "[0-9]{4}", tail in "[0-9]{4}") {
        let shown = |middle: &str| mask_phone(&format!("{head}{middle}{tail}"), PhoneRegion::Unknown);
        prop_assert_eq!(shown(&one), shown(&other));
        prop_assert_eq!(shown(&one), Some(format!("{head}****{tail}")));
    }

    /// Whatever the text, seven digits at most, and two where it is foreign.
    #[test]
    fn few_digits_show(text in "[+0-9 ()a-z-]{0,24}|[+0-9 -]{8,18}") {
        let digits = |region| {
            let shown = mask_phone(&text, region).unwrap_or_default();
            shown.chars().filter(char::is_ascii_digit).count()
        };
        prop_assert!(digits(PhoneRegion::China) <= 7);
        prop_assert!(digits(PhoneRegion::Unknown) <= digits(PhoneRegion::China));
        if !text.contains("86") {
            prop_assert!(digits(PhoneRegion::Other) <= 2);
        }
    }

    #[test]
    fn a_local_part_shows_one_character(first in "[a-z]", one in "[a-z.]{1,12}x", other in "[a-z.]{1,12}x") {
        let shown = |rest: &str| mask_email(&format!("{first}{rest}@4711.cn"), &[]);
        prop_assert_eq!(shown(&one), shown(&other));
    }

    #[test]
    fn an_id_card_shows_two_characters(one in "[0-9]{16}", other in "[0-9]{16}", first in "[0-9]", last in "[0-9X]") {
        let shown = |middle: &str| mask_id_card(&format!("{first}{middle}{last}"));
        prop_assert_eq!(shown(&one), shown(&other));
        prop_assert!(shown(&one).is_some());
    }
}
