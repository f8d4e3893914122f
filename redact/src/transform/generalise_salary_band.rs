//! `generalise:salary-band`: the band of a fixed series around a salary.
//!
//! What must never be here: words of the text. Currency and period are put
//! together anew from the table, and what is not in it removes the value.

use super::fold::fold;

/// Shows the band of the series 1, 2, 5, 10, 20, 50 … that an amount is in, with
/// currency and period if the text names them: `25k/月` → `20000–50000/月`,
/// `US$120,000 per year` → `USD 100000–200000/year`. Of a range the bands of both
/// ends are joined, the upper end not included: `20-30K` → `20000–50000`. An
/// amount with `+` or `以上` shows the lower end, `20000+`.
///
/// Units are `k`, `千` and `w`, `万`; a thirteenth salary (`·13薪`) is dropped.
/// None for any other text and for amounts below 1 or above twelve digits.
pub fn generalise_salary_band(text: &str) -> Option<String> {
    let text: String = fold(text)?
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let (amounts, is_open, [currency, period]) = words(&text)?;
    let (low, high) = match amounts.split_once(['-', '~', '\u{2013}', '\u{2014}', '至', '到']) {
        Some((low, high)) => {
            let (high, unit) = amount(high)?;
            // In `20-30k` the unit stands once.
            let (low, own) = amount(low)?;
            let low = if own == 1 {
                low.checked_mul(unit)?
            } else {
                low
            };
            (low, high)
        }
        None => {
            let (amount, _) = amount(amounts)?;
            (amount, amount)
        }
    };
    if low < SCALE || high < low {
        return None;
    }
    let (low, until) = (band(low / SCALE), band((high - 1).max(low) / SCALE));
    let upper = match is_open {
        true => "+".to_owned(),
        false => format!("–{}", until.1),
    };
    Some(format!("{currency}{}{upper}{period}", low.0))
}

/// Amounts are counted in thousandths.
const SCALE: u64 = 1000;

/// What may stand around amounts, and what is shown for it: currencies first,
/// then periods, then what is left out. Longer words before those they hold.
const WORDS: [(&str, usize, &str); 37] = [
    ("人民币", 0, "CNY "),
    ("cny", 0, "CNY "),
    ("rmb", 0, "CNY "),
    ("hk$", 0, "HKD "),
    ("hkd", 0, "HKD "),
    ("港币", 0, "HKD "),
    ("us$", 0, "USD "),
    ("usd", 0, "USD "),
    ("美元", 0, "USD "),
    ("eur", 0, "EUR "),
    ("€", 0, "EUR "),
    ("欧元", 0, "EUR "),
    ("gbp", 0, "GBP "),
    ("£", 0, "GBP "),
    ("英镑", 0, "GBP "),
    // On their own these leave open whose money it is.
    ("元", 0, ""),
    ("¥", 0, ""),
    ("$", 0, ""),
    ("/月", 1, "/月"),
    ("每月", 1, "/月"),
    ("月薪", 1, "/月"),
    ("/month", 1, "/month"),
    ("permonth", 1, "/month"),
    ("amonth", 1, "/month"),
    ("/mo", 1, "/month"),
    ("/年", 1, "/年"),
    ("每年", 1, "/年"),
    ("年薪", 1, "/年"),
    ("/year", 1, "/year"),
    ("peryear", 1, "/year"),
    ("ayear", 1, "/year"),
    ("/yr", 1, "/year"),
    ("perannum", 1, "/year"),
    ("p.a.", 1, "/year"),
    ("税前", 2, ""),
    ("约", 2, ""),
    (":", 2, ""),
];

/// The amounts in the middle, whether they are open to the top, and what is
/// shown for the words around them.
fn words(text: &str) -> Option<(&str, bool, [&'static str; 2])> {
    let mut rest = text;
    let mut found = [None; 3];
    let mut is_open = false;
    loop {
        if let Some(before) = ["以上", "+"].iter().find_map(|w| rest.strip_suffix(w)) {
            is_open = true;
            rest = before;
            continue;
        }
        if let Some(before) = thirteenth_salary(rest) {
            rest = before;
            continue;
        }
        let around = WORDS.iter().find_map(|(word, kind, shown)| {
            let inner = rest.strip_prefix(word).or_else(|| rest.strip_suffix(word));
            inner.map(|inner| (inner, *kind, *shown))
        });
        let Some((inner, kind, shown)) = around else {
            let [currency, period, _] = found.map(Option::unwrap_or_default);
            return Some((rest, is_open, [currency, period]));
        };
        let place = found.get_mut(kind)?;
        // `人民币 … 元` names one currency, `月薪 … /年` contradicts itself.
        match (&place, shown) {
            (Some(other), _) if *other == shown || shown.is_empty() => {}
            (Some(other), _) if !other.is_empty() => return None,
            _ => *place = Some(shown),
        }
        rest = inner;
    }
}

/// What stands before `·13薪` or `*14薪`.
fn thirteenth_salary(text: &str) -> Option<&str> {
    let before = text.strip_suffix('薪')?;
    let digits = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_count = before.len() - digits.len() == 2;
    digits
        .strip_suffix(['·', '*', 'x', '×'])
        .filter(|_| is_count)
}

/// The amount in thousandths, and its unit.
fn amount(text: &str) -> Option<(u64, u64)> {
    let (digits, unit) = match text.chars().last()? {
        'k' | '千' => (text.strip_suffix(['k', '千'])?, 1_000),
        'w' | '万' => (text.strip_suffix(['w', '万'])?, 10_000),
        _ => (text, 1),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| !first.is_empty())?;
    let is_grouped = first.len() <= 3 && groups.clone().all(|group| group.len() == 3);
    let whole: String = whole.split(',').collect();
    if groups.next().is_some() && !is_grouped
        || !is_digits(&whole)
        || !is_digits(fraction)
        || whole.len() > 12
        || fraction.len() > 3
        || (digits.contains('.') && fraction.is_empty())
    {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    let amount = (whole * SCALE + fraction).checked_mul(unit)?;
    Some((amount, unit))
}

/// The ends of the band; the upper one is not in it.
fn band(amount: u64) -> (u64, u64) {
    let power = 10_u64.pow(amount.max(1).ilog10());
    match amount / power {
        0 | 1 => (power, 2 * power),
        2..5 => (2 * power, 5 * power),
        _ => (5 * power, 10 * power),
    }
}
