//! `generalise:city`: an address with nothing smaller than its city.
//!
//! What must never be here: a search for the word "city" in free text. Places
//! are known by name or not at all: `城市花园` is a street address.

use super::chinese_places::{PROVINCES, Province};
use super::fold::fold;
use std::sync::LazyLock;

/// Shows the province and the city of a Chinese address
/// (`北京市海淀区中关村大街1号` → `北京市`, `深圳-南山区` → `广东省深圳市`), the
/// province alone if the city is not known, and of other addresses the forms
/// `City, CA` and `CA`. None for anything else.
pub fn generalise_city(address: &str) -> Option<String> {
    let address = fold(address)?;
    let address = address.trim();
    if address.is_ascii() {
        return city_and_state(address);
    }
    chinese(address).or_else(|| city_and_state(address))
}

fn chinese(address: &str) -> Option<String> {
    let known = |province: &Province, city| format!("{}{city}市", province.full);
    for province in places(address).filter(|place| place.city.is_none()) {
        let province = province.province;
        let Some((is_whole, rest)) = place(address, province.short, province.full) else {
            continue;
        };
        match city_of(rest.trim_start_matches(is_separator), |of| {
            of == province.full
        }) {
            Some((_, city)) => return Some(known(province, city)),
            None if is_whole => return Some(province.full.to_owned()),
            None => {}
        }
    }
    let (province, city) = city_of(address, |_| true)?;
    Some(known(province, city))
}

/// The first city that an address begins with, of the provinces whose full names are meant.
fn city_of(
    address: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Option<(&'static Province, &'static str)> {
    let mut cities = places(address).filter_map(|place| Some((place.province, place.city?)));
    cities.find(|(province, city)| {
        let rest = address.strip_prefix(city);
        is_meant(province.full) && rest.is_some_and(|rest| rest.starts_with('市') || is_end(rest))
    })
}

/// A province, or a city of it.
struct Place {
    first: char,
    province: &'static Province,
    city: Option<&'static str>,
}

/// Every place, in the order of first characters, and of the table among those.
static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let of = |province: &'static Province, city: Option<&'static str>| {
        let first = city.unwrap_or(province.short).chars().next()?;
        Some(Place {
            first,
            province,
            city,
        })
    };
    let mut places: Vec<Place> = PROVINCES
        .iter()
        .flat_map(|province| {
            let cities = province.cities.split_whitespace().map(Some);
            std::iter::once(None)
                .chain(cities)
                .filter_map(move |city| of(province, city))
        })
        .collect();
    places.sort_by_key(|place| place.first);
    places
});

/// The places that begin as an address does.
fn places(address: &str) -> impl Iterator<Item = &'static Place> {
    let first = address.chars().next().unwrap_or('\0');
    let from = PLACES.partition_point(|place| place.first < first);
    let from = PLACES.get(from..).unwrap_or_default().iter();
    from.take_while(move |place| place.first == first)
}

/// What follows a province at the start of the address, and whether its name
/// surely ends there: that of `吉林` does in `吉林省四平市` and `吉林-四平`.
fn place<'a>(address: &'a str, short: &str, full: &str) -> Option<(bool, &'a str)> {
    if let Some(rest) = address.strip_prefix(full) {
        return Some((true, rest));
    }
    let rest = address.strip_prefix(short)?;
    Some((is_end(rest), rest))
}

/// Whether a short name can end before this: `南京` does in `南京-玄武`, but not
/// in `南京路`.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(is_separator)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '/' | ',' | '、' | '·' | '|' | '.')
}

/// Words that end the name of a street.
const STREETS: &str = "street st road rd avenue ave lane ln drive dr boulevard blvd way court ct
place pl square sq terrace ter parkway pkwy highway hwy route rte alley close crescent row
floor fl apartment apt suite ste unit room rm building bldg house";

fn city_and_state(address: &str) -> Option<String> {
    let (city, state) = match address.split_once(',') {
        Some((city, state)) => (Some(city), state.trim()),
        None => (None, address),
    };
    if state.len() != 2 || !state.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let Some(city) = city else {
        return Some(state.to_owned());
    };
    let is_letter = |c: char| c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '\u{2019}' | '-');
    let words: Vec<&str> = city.split_whitespace().collect();
    let last = words.last()?.trim_end_matches('.').to_lowercase();
    let is_city = words.len() <= 3
        && city.chars().all(is_letter)
        && !STREETS.split_whitespace().any(|street| street == last);
    is_city.then(|| format!("{}, {state}", words.join(" ")))
}
