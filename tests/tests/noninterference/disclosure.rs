//! What each rendering may disclose, as pairs of values that disclose the same.
//!
//! Written from the conventions, not from the redactor: a pair shares exactly what the convention
//! lets through and differs in all the rest, its length included.

use privet_tests::random::Random;
use serde_json::{Value, json};

/// What a rendering discloses of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclosure {
    /// All of it.
    All,
    /// Not even that there is one.
    Nothing,
    /// Not even that there is an item.
    NoItem,
    /// That there is a text.
    Presence,
    /// What this rendering lets through.
    Some(String),
}

/// The facts that renderings need. `KEY` makes pseudonyms of equal values equal, no others.
pub fn issued() -> Value {
    json!({
        "relay": { "phone": "17000000000", "email": "relay@relay.example" },
        "industry": { "甲公司": "软件", "乙科技有限公司": "软件" },
        "pseudonym": { "key": "000102030405060708090a0b0c0d0e0f" },
        "region": "CN",
    })
}

impl Disclosure {
    /// Of a rendering as packs write it.
    pub fn of(rendering: &str) -> Self {
        match rendering {
            "reveal" => Self::All,
            "remove" => Self::Nothing,
            "drop-item" => Self::NoItem,
            _ if rendering.starts_with("relay") => Self::Presence,
            other => Self::Some(other.to_owned()),
        }
    }

    /// What it is counted as; none where nothing may differ.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Nothing => Some("removed"),
            Self::NoItem => Some("dropped"),
            Self::Presence => Some("relayed"),
            Self::Some(rendering) => match rendering.split(':').next() {
                Some("mask") => Some("masked"),
                Some("generalise") => Some("generalised"),
                Some("pseudonym") => Some("pseudonym"),
                Some("scrub") => Some("scrubbed"),
                _ => panic!("{rendering}: what does it disclose?"),
            },
        }
    }

    /// Two values, as JSON, that disclose the same; the second may be absent.
    pub fn pair(&self, random: &mut Random) -> (String, Option<String>) {
        match self {
            Self::All => (text(random), None),
            Self::Nothing | Self::NoItem => {
                let absent = random.chance(10);
                (text(random), (!absent).then(|| anything(random)))
            }
            Self::Presence => (text(random), Some(text(random))),
            Self::Some(rendering) => {
                let (one, other) = same(rendering, random);
                (quoted(&one, random), Some(quoted(&other, random)))
            }
        }
    }
}

/// A text as JSON, some characters of it escaped.
fn quoted(text: &str, random: &mut Random) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        if character < ' ' || character == '"' || character == '\\' || random.chance(3) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out.push('"');
    out
}

fn digits(random: &mut Random, count: usize) -> String {
    (0..count)
        .map(|_| char::from(b'0' + random.below(10) as u8))
        .collect()
}

fn letters(random: &mut Random, least: usize, more: usize) -> String {
    let count = least + random.below(more);
    (0..count)
        .map(|_| char::from(b'a' + random.below(26) as u8))
        .collect()
}

fn han(random: &mut Random, least: usize, more: usize) -> String {
    let count = least + random.below(more);
    (0..count)
        .map(|_| *random.pick(&['伟', '芳', '娜', '敏', '静', '强', '磊', '洋']))
        .collect()
}

fn text(random: &mut Random) -> String {
    let text = match random.below(4) {
        0 => han(random, 1, 12),
        1 => letters(random, 0, 20),
        2 => format!("138{}", digits(random, 8)),
        _ => format!(
            "{}@{}.example",
            letters(random, 1, 8),
            letters(random, 3, 5)
        ),
    };
    quoted(&text, random)
}

/// Any JSON value.
fn anything(random: &mut Random) -> String {
    match random.below(8) {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => format!("-{}.5e{}", 1 + random.below(9), random.below(400)),
        3 => format!("1{}", digits(random, 10)),
        4 => format!("{{{}:{}}}", text(random), text(random)),
        5 => format!("[{},[[]],{{}}]", text(random)),
        6 => quoted(&han(random, 100, 300), random),
        _ => text(random),
    }
}

/// Two texts of which a rendering lets the same through.
fn same(rendering: &str, random: &mut Random) -> (String, String) {
    let mut two = |make: &mut dyn FnMut(&mut Random) -> String| (make(random), make(random));
    match rendering {
        "mask:name" => {
            let kind = two(&mut |r| r.below(3).to_string()).0;
            match kind.as_str() {
                "0" => two(&mut |r| format!("张{}", han(r, 1, 3))),
                "1" => two(&mut |r| format!("欧阳{}", han(r, 1, 3))),
                _ => two(&mut |r| {
                    format!(
                        "Q{} {} P{}",
                        letters(r, 1, 8),
                        letters(r, 1, 5),
                        letters(r, 1, 8)
                    )
                }),
            }
        }
        // With a key the tag tells equal names, so only the spelling may differ.
        "mask:name-strict" => ("欧阳静".to_owned(), "欧\u{200b}阳静".to_owned()),
        "pseudonym" => {
            let one = two(&mut |r| letters(r, 1, 9)).0;
            (one.clone(), one)
        }
        "mask:phone" => {
            let ends = two(&mut |r| digits(r, 2));
            two(&mut |r| match r.below(3) {
                0 => format!("+86 138 {} 80{}", digits(r, 4), ends.0),
                1 => format!("138-{}-80{}", digits(r, 4), ends.0),
                _ => format!("138{}80{}", digits(r, 4), ends.0),
            })
        }
        "mask:email" => two(&mut |r| format!("z{}@mail.example", letters(r, 1, 12))),
        "mask:id-card" => two(&mut |r| format!("1{}X", digits(r, 16))),
        "mask:wechat" => two(&mut |r| format!("z{}8", letters(r, 4, 14))),
        "mask:qq" => two(&mut |r| {
            let count = 3 + r.below(8);
            format!("1{}9", digits(r, count))
        }),
        "generalise:year" => two(&mut |r| match r.below(3) {
            0 => "2015".to_owned(),
            1 => format!("2015-0{}", 1 + r.below(9)),
            _ => format!("2015-1{}-2{}", r.below(3), r.below(9)),
        }),
        "generalise:month" => two(&mut |r| match r.below(3) {
            0 => "2015-03".to_owned(),
            1 => "2015年3月".to_owned(),
            _ => format!("2015-03-1{}", r.below(10)),
        }),
        "generalise:day" => {
            two(&mut |r| format!("2021-04-28T1{}:3{}:00Z", r.below(10), r.below(10)))
        }
        "generalise:city" => {
            two(&mut |r| format!("北京市海淀区{}路{}号", han(r, 1, 4), digits(r, 2)))
        }
        "generalise:postal" => two(&mut |r| format!("10{}", digits(r, 4))),
        "generalise:age-band" => two(&mut |r| format!("{}岁", 25 + r.below(5))),
        "generalise:salary-band" => two(&mut |r| format!("{}", 20_000 + r.below(30_000))),
        // Two employers of one industry, or two that the facts do not know.
        "generalise:industry" => match two(&mut |r| r.below(2).to_string()).0.as_str() {
            "0" => ("甲公司".to_owned(), "乙科技有限公司".to_owned()),
            _ => two(&mut |r| format!("丙{}", han(r, 1, 9))),
        },
        "scrub" => {
            let around = two(&mut |r| han(r, 2, 6));
            let kind = two(&mut |r| r.below(2).to_string()).0;
            two(&mut |r| {
                let contact = match kind.as_str() {
                    "0" => format!("138{}", digits(r, 8)),
                    _ => format!("{}@{}.example", letters(r, 2, 8), letters(r, 3, 5)),
                };
                format!("{}，联系：{contact}，{}", around.0, around.1)
            })
        }
        other => panic!("{other}: what does it disclose?"),
    }
}
