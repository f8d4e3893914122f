//! Single characters that stand for digits or for Latin letters and that no Unicode folding maps.
//!
//! What must never be here: words, and Chinese numerals that are also part of ordinary words
//! without a second look (`homophone`).

/// The digits of a glyph that is neither a decimal digit nor unfolds to one.
pub(crate) fn digit_glyph(character: char) -> Option<&'static str> {
    const DIGITS: [&str; 11] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    let value = |base: char, first: u32| {
        let distance = u32::from(character).checked_sub(u32::from(base))?;
        DIGITS.get(usize::try_from(distance + first).ok()?).copied()
    };
    match character {
        // Roman numerals; from eleven on nobody dials them.
        '\u{2160}'..='\u{2168}' => value('\u{2160}', 1),
        '\u{2170}'..='\u{2178}' => value('\u{2170}', 1),
        // Dingbat and double circles.
        '\u{2776}'..='\u{277F}' => value('\u{2776}', 1),
        '\u{2780}'..='\u{2789}' => value('\u{2780}', 1),
        '\u{278A}'..='\u{2793}' => value('\u{278A}', 1),
        '\u{24F5}'..='\u{24FE}' => value('\u{24F5}', 1),
        '\u{24FF}' | '\u{1F10B}' | '\u{1F10C}' | '\u{25CB}' | '\u{25EF}' | '\u{2B55}' => Some("0"),
        // Digits with a comma or a full stop.
        '\u{1F100}' => Some("0"),
        '\u{1F101}'..='\u{1F10A}' => value('\u{1F101}', 0),
        '\u{2488}'..='\u{2490}' => value('\u{2488}', 1),
        // Suzhou numerals, dice, counting rods, Ethiopic, playing cards of one suit's rank.
        '\u{3021}'..='\u{3029}' => value('\u{3021}', 1),
        '\u{2680}'..='\u{2685}' => value('\u{2680}', 1),
        '\u{1D360}'..='\u{1D368}' => value('\u{1D360}', 1),
        '\u{1369}'..='\u{1371}' => value('\u{1369}', 1),
        '\u{1F51F}' => Some("10"),
        // Braille behind its number sign; the letters a to j are the same.
        '\u{2801}'..='\u{281B}' => {
            let digits = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊";
            let value = digits.chars().position(|digit| digit == character)?;
            DIGITS.get(value).copied()
        }
        // Recycling marks.
        '\u{2673}'..='\u{2679}' => value('\u{2673}', 1),
        // Clock faces: one to nine o'clock, and half past.
        '\u{1F550}'..='\u{1F558}' => value('\u{1F550}', 1),
        _ => None,
    }
}

/// The Latin small letter (or digit) that a small letter of another alphabet looks like.
pub(crate) fn latin_look_alike(small: char) -> Option<char> {
    // White on black in circles and squares, and the letters of flags.
    for first in ['\u{1F150}', '\u{1F170}', '\u{1F1E6}'] {
        let place = u32::from(small).wrapping_sub(u32::from(first));
        if let Some(letter) = u8::try_from(place).ok().filter(|place| *place < 26) {
            return Some(char::from(b'a' + letter));
        }
    }
    Some(match small {
        'а' | 'α' | 'ɑ' => 'a',
        'в' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' => 'e',
        'ɡ' => 'g',
        'н' | 'һ' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' | 'ǀ' => 'l',
        'м' => 'm',
        'п' => 'n',
        'о' | 'ο' | 'ø' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'з' => '3',
        'ч' => '4',
        'б' => '6',
        _ => return None,
    })
}

/// The value of a Chinese numeral, in its everyday, financial and spoken forms.
pub(crate) fn han_digit(character: char) -> Option<u8> {
    Some(match character {
        '零' | '〇' | '洞' => 0,
        '一' | '壹' | '弌' | '幺' | '么' | '弋' | '丨' => 1,
        '二' | '贰' | '貳' | '弍' | '弐' | '两' | '兩' => 2,
        '三' | '叁' | '參' | '弎' | '叄' | '仨' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' | '拐' => 7,
        '八' | '捌' => 8,
        '九' | '玖' | '勾' => 9,
        _ => return None,
    })
}

/// The power of ten of a Chinese unit.
pub(crate) fn han_power(character: char) -> Option<u32> {
    Some(match character {
        '十' | '拾' => 1,
        '百' | '佰' => 2,
        '千' | '仟' => 3,
        '万' | '萬' => 4,
        '亿' | '億' => 8,
        _ => return None,
    })
}

/// A word that sounds like a digit. Only a whole number of them in a row counts.
pub(crate) fn homophone(character: char) -> Option<u8> {
    Some(match character {
        '灵' | '玲' | '铃' | '领' | '令' | '凌' | '林' | '龄' | '菱' | '栋' | '动' | '欧'
        | '拎' | '另' => 0,
        '腰' | '妖' | '要' | '邀' | '夭' | '吆' | '衣' | '伊' | '医' | '依' | '亦' | '以'
        | '已' | '姚' => 1,
        '而' | '儿' | '耳' | '尔' | '贰' | '爱' | '俩' => 2,
        '散' | '伞' | '山' | '衫' => 3,
        '思' | '司' | '寺' | '死' | '丝' | '似' | '事' | '泗' | '驷' | '撕' => 4,
        '舞' | '午' | '武' | '吾' | '无' | '我' | '物' | '捂' => 5,
        '柳' | '刘' | '流' | '留' | '溜' | '路' | '鹿' | '榴' | '瘤' => 6,
        '起' | '气' | '妻' | '期' | '骑' | '漆' | '其' | '戚' | '欺' => 7,
        '巴' | '吧' | '爸' | '把' | '拔' | '霸' | '发' | '扒' | '叭' | '芭' => 8,
        '久' | '酒' | '旧' | '就' | '韭' | '救' | '狗' | '灸' | '舅' => 9,
        _ => return None,
    })
}

/// The digit that a small letter or sign is written for.
pub(crate) fn digit_look_alike(character: char) -> Option<u8> {
    Some(match character {
        'o' => 0,
        'l' | 'i' | '|' | '!' => 1,
        'z' => 2,
        's' | '$' => 5,
        'b' => 8,
        'g' | 'q' => 9,
        _ => return None,
    })
}
