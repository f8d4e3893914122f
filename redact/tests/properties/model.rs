//! Rules as a plain list, and what they keep of a DOM: short, slow, recursive
//! and written apart from the crate.
//!
//! What must never be here: anything of the crate but its public types.

use privet_redact::transform::mask_phone::mask_phone;
use privet_redact::transform::phone_region::PhoneRegion;
use privet_redact::{Path, Rule, Rules, Segment};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::bodies::label;

/// What happens at a path. `Remove` also holds below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Reveal,
    MaskPhone,
    Relay,
    RelayWithoutValue,
    Remove,
}

#[derive(Clone, Debug)]
pub struct Fates(Vec<(Vec<Segment>, Fate)>);

pub fn rules() -> impl Strategy<Value = Fates> {
    let segment = prop_oneof![label().prop_map(Segment::Name), Just(Segment::AnyItem)];
    let rest = prop::collection::vec(segment, 0..3);
    let path = (label(), rest).prop_map(|(first, mut rest)| {
        rest.insert(0, Segment::Name(first));
        rest
    });
    let fate = prop_oneof![
        6 => Just(Fate::Reveal),
        2 => Just(Fate::MaskPhone),
        2 => Just(Fate::Relay),
        1 => Just(Fate::RelayWithoutValue),
        1 => Just(Fate::Remove),
    ];
    prop::collection::vec((path, fate), 0..24).prop_map(|mut fates| {
        fates.sort_by(|one, other| one.0.cmp(&other.0));
        fates.dedup_by(|one, other| one.0 == other.0);
        Fates(fates)
    })
}

impl Fates {
    pub fn compile(&self) -> Rules {
        let rules = self.0.iter().map(|(path, fate)| {
            let rendering = match fate {
                Fate::Reveal => "reveal",
                Fate::MaskPhone => "mask:phone",
                Fate::Relay => "relay",
                Fate::RelayWithoutValue => "relay:none",
                Fate::Remove => "remove",
            };
            // Through text, so that paths are written and read as well.
            let path: Path = path.iter().cloned().collect();
            let path = path
                .to_string()
                .parse()
                .expect("a path is read as it is written");
            (path, Rule::new("phone", rendering.parse().unwrap()))
        });
        Rules::builder()
            .issued("phone", "relayed")
            .build(rules)
            .unwrap()
    }

    fn at(&self, place: &[Segment]) -> Option<Fate> {
        let rule = self.0.iter().find(|(path, _)| path == place);
        rule.map(|(_, fate)| *fate)
    }

    /// Whether something at this place or below may be shown.
    fn is_ruled(&self, place: &[Segment]) -> bool {
        let is_removed = (1..=place.len()).any(|length| {
            matches!(
                self.at(&place[..length]),
                Some(Fate::Remove | Fate::RelayWithoutValue)
            )
        });
        !is_removed && self.0.iter().any(|(path, _)| path.starts_with(place))
    }
}

/// What is shown of a value, if anything.
pub fn keep(fates: &Fates, place: &mut Vec<Segment>, value: &Value) -> Option<Value> {
    if !fates.is_ruled(place) && !place.is_empty() {
        return None;
    }
    match value {
        Value::Object(members) => {
            let kept: Map<_, _> = members
                .iter()
                .filter_map(|(name, value)| {
                    place.push(Segment::Name(name.clone()));
                    let kept = keep(fates, place, value);
                    place.pop();
                    Some((name.clone(), kept?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            place.push(Segment::AnyItem);
            let kept: Vec<_> = items
                .iter()
                .filter_map(|item| keep(fates, place, item))
                .collect();
            place.pop();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        scalar => match fates.at(place)? {
            Fate::Reveal => Some(scalar.clone()),
            Fate::MaskPhone => mask_phone(scalar.as_str()?, PhoneRegion::Unknown).map(Value::from),
            Fate::Relay => scalar.as_str().map(|_| Value::from("relayed")),
            Fate::RelayWithoutValue | Fate::Remove => None,
        },
    }
}

/// Puts a value, or nothing, where no rule shows anything.
pub fn replace_unruled(
    fates: &Fates,
    place: &mut Vec<Segment>,
    value: &mut Value,
    replacement: Option<&Value>,
) {
    match value {
        Value::Object(members) => members.retain(|name, value| {
            place.push(Segment::Name(name.clone()));
            let stays = replace(fates, place, value, replacement);
            place.pop();
            stays
        }),
        Value::Array(items) => items.retain_mut(|item| {
            place.push(Segment::AnyItem);
            let stays = replace(fates, place, item, replacement);
            place.pop();
            stays
        }),
        _ => {}
    }
}

/// Whether the value stays in its container.
fn replace(
    fates: &Fates,
    place: &mut Vec<Segment>,
    value: &mut Value,
    replacement: Option<&Value>,
) -> bool {
    if fates.is_ruled(place) {
        replace_unruled(fates, place, value, replacement);
        return true;
    }
    if let Some(replacement) = replacement {
        *value = replacement.clone();
    }
    replacement.is_some()
}

/// Puts a value in the place of every scalar whose fate is chosen.
pub fn replace_scalars(
    fates: &Fates,
    place: &mut Vec<Segment>,
    value: &mut Value,
    replacement: &Value,
    is_chosen: fn(Fate) -> bool,
) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                place.push(Segment::Name(name.clone()));
                replace_scalars(fates, place, value, replacement, is_chosen);
                place.pop();
            }
        }
        Value::Array(items) => {
            place.push(Segment::AnyItem);
            for item in items {
                replace_scalars(fates, place, item, replacement, is_chosen);
            }
            place.pop();
        }
        scalar => {
            if fates.at(place).is_some_and(is_chosen) {
                *scalar = replacement.clone();
            }
        }
    }
}
