//! Damaged codes against the ids of a ledger.
//!
//! Who has two copies can compare them and change what differs; what is the same in both he cannot
//! see (the marking assumption of Boneh and Shaw, 1998). Two random ids share half of their bits, and
//! no third one shares them. So it is computed how likely an id drawn at random would fit what is
//! left; ids *were* drawn at random, so that is the chance of an innocent one. What must never be
//! here: a suspect whose chance is not tiny against the number of ids that were compared.

use super::trace::{Run, Trace};
use super::{ID_BITS, LENGTH, at, word};
use crate::mark_id::MarkId;
use std::collections::BTreeMap;

/// The chance, over a whole ledger, of naming an innocent id.
const LIMIT: f64 = 1e-6;

/// Ids that are compared in pairs: those that contradict the least.
const MAX_PAIRED: usize = 4096;

/// Places that are counted as independent at most: the check sum's bits follow from the id's, but
/// fewer places than the id has are as good as never dependent.
const MAX_COUNTED: usize = ID_BITS - 4;

/// A mark id that fits damaged codes.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The id.
    pub mark_id: MarkId,
    /// An upper bound of the chance that any innocent id of the ledger fits as well.
    pub chance: f64,
}

impl Trace {
    /// The ids that fit the damaged codes, the surest first.
    ///
    /// Found are: one company's codes with many characters missing; what two companies leave when
    /// they delete all that differs; what they leave when they take each character from one copy or
    /// the other. Three companies that mix theirs are not.
    pub fn suspects(&self, ids: &[MarkId]) -> Vec<Suspect> {
        let mut chances = BTreeMap::new();
        let seen = Seen::new(&self.damaged);
        let words: Vec<u128> = ids.iter().map(|id| word(*id)).collect();
        let mut note = |word: u128, chance: f64| {
            let least = chances.entry(word).or_insert(1.0_f64);
            *least = least.min(chance);
        };
        for word in &words {
            let threaded = self.damaged.iter().map(|run| threaded(run, *word));
            note(*word, threaded.fold(seen.alone(*word), f64::min));
        }
        for (word, chance) in seen.in_pairs(&words) {
            note(word, chance);
        }
        // Each id has this many ways to fit.
        let tries = ids.len() as f64 * (self.damaged.len() + 2) as f64;
        let suspects = ids.iter().map(|id| Suspect {
            mark_id: *id,
            chance: chances
                .get(&word(*id))
                .map_or(1.0, |c| (c * tries).min(1.0)),
        });
        let mut suspects: Vec<Suspect> = suspects.filter(|s| s.chance <= LIMIT).collect();
        suspects.sort_by(|a, b| a.chance.total_cmp(&b.chance));
        suspects
    }
}

/// What was seen at each place, over the runs whose places are certain.
#[derive(Default)]
struct Seen {
    zeros: u128,
    ones: u128,
}

impl Seen {
    fn new(runs: &[Run]) -> Self {
        let mut seen = Self::default();
        let placed = runs.iter().filter(|run| run.is_placed());
        for (place, bit) in placed.flat_map(|run| &run.symbols) {
            match bit {
                true => seen.ones |= at(*place),
                false => seen.zeros |= at(*place),
            }
        }
        seen
    }

    /// The places where a code contradicts what was seen.
    fn contradictions(&self, word: u128) -> u128 {
        self.ones & !word | self.zeros & word
    }

    /// The chance of a random id to contradict nothing, if this one does not.
    fn alone(&self, word: u128) -> f64 {
        match self.contradictions(word) {
            0 => half_to_the(self.ones | self.zeros),
            _ => 1.0,
        }
    }

    /// Pairs of codes that together explain all that was seen. The chance of one is that of a random
    /// id to have the right bits where the other contradicts, or of both to fit by chance.
    fn in_pairs(&self, words: &[u128]) -> Vec<(u128, f64)> {
        let mut words = words.to_vec();
        words.sort_by_key(|word| self.contradictions(*word).count_ones());
        words.truncate(MAX_PAIRED);
        // By chance two codes explain one value of a place three times in four, and both its values,
        // by having one each, every second time.
        let id_places = !0 << (LENGTH - ID_BITS);
        let both = (self.ones & self.zeros & id_places).count_ones();
        let one = ((self.ones ^ self.zeros) & id_places).count_ones();
        let chance = f64::from(one) * 0.75_f64.ln() + f64::from(both) * 0.5_f64.ln();
        let chance = chance.exp() * words.len() as f64;
        let mut fitting = Vec::new();
        for (i, first) in words.iter().enumerate() {
            let missed = self.contradictions(*first);
            for second in words.iter().skip(i + 1) {
                let unexplained = self.ones & !(first | second) | self.zeros & first & second;
                if unexplained == 0 {
                    let by_second = half_to_the(self.contradictions(*second));
                    fitting.push((*first, by_second + chance));
                    fitting.push((*second, half_to_the(missed) + chance));
                }
            }
        }
        fitting
    }
}

/// The chance of a random id to have given bits at so many places.
fn half_to_the(places: u128) -> f64 {
    0.5_f64.powf((places.count_ones() as usize).min(MAX_COUNTED) as f64)
}

/// The chance that a random id can be thinned out to this run, if this one can.
///
/// Greedily each character takes the first later place with its phase and bit. A random code misses
/// every second time and then goes four places on; it has room for few misses.
fn threaded(run: &Run, word: u128) -> f64 {
    let mut next = 0;
    for (least, bit) in &run.symbols {
        let fits = |place: &usize| place % 4 == least % 4 && (word & at(*place) != 0) == *bit;
        match (next..LENGTH).find(fits) {
            Some(place) => next = place + 1,
            None => return 1.0,
        }
    }
    let Some((last, _)) = run.symbols.last() else {
        return 1.0;
    };
    let misses = (LENGTH - 1 - last) / 4;
    let characters = run.symbols.len().min(MAX_COUNTED);
    // Σ C(characters - 1 + j, j) 2^-(characters + j): at most so many misses before so many hits.
    let mut term = 0.5_f64.powf(characters as f64);
    let mut chance = term;
    for j in 1..=misses {
        term *= (characters + j - 1) as f64 / j as f64 / 2.0;
        chance += term;
    }
    chance
}

#[cfg(test)]
mod tests {
    use super::super::{Trace, code};
    use crate::mark_id::MarkId;
    use sha2::{Digest, Sha256};

    const ROUNDS: usize = 40;

    /// Ids that look random, others in each round.
    fn ids(round: usize, count: usize) -> Vec<MarkId> {
        let digests = (0..count).map(|i| Sha256::digest(format!("{round} {i}")));
        digests
            .map(|d| MarkId::from_bytes(std::array::from_fn(|i| d[i])))
            .collect()
    }

    fn named(text: &str, ids: &[MarkId]) -> Vec<MarkId> {
        let suspects = Trace::of(text).suspects(ids);
        let mut named: Vec<_> = suspects.iter().map(|s| s.mark_id).collect();
        named.sort();
        named
    }

    fn pair(ids: &[MarkId]) -> (Vec<MarkId>, Vec<(char, char)>) {
        let mut both = ids[..2].to_vec();
        both.sort();
        let characters = code(ids[0]).chars().zip(code(ids[1]).chars()).collect();
        (both, characters)
    }

    /// In how many rounds one of the two was named, and in how many both. Nobody else may ever be.
    fn named_in(text: impl Fn(usize, &[(char, char)]) -> String) -> (usize, usize) {
        let mut rounds = (0, 0);
        for round in 0..ROUNDS {
            let ids = ids(round, 300);
            let (both, pair) = pair(&ids);
            let text = text(round, &pair);
            let named = named(&text, &ids);
            assert!(
                named.iter().all(|id| both.contains(id)),
                "{round}: {named:?}"
            );
            rounds.0 += usize::from(!named.is_empty());
            rounds.1 += usize::from(named == both);
            assert_eq!(self::named(&text, &ids[2..]), [], "{round}");
        }
        rounds
    }

    /// Deleting all that differs leaves what both share, and only these two share it.
    #[test]
    fn two_copies_without_their_differences_name_both() {
        let (one, both) = named_in(|_, pair| {
            pair.iter()
                .filter(|(a, b)| a == b)
                .map(|(a, _)| *a)
                .collect()
        });
        assert!(
            one >= ROUNDS * 9 / 10 && both >= ROUNDS * 9 / 10,
            "{one} {both}"
        );
    }

    /// Taking each differing character from one copy or the other, the same way in each code.
    #[test]
    fn mixed_copies_name_one_or_both() {
        let (one, both) = named_in(|round, pair| {
            let choices = ids(1000 + round, 11);
            let bits = choices.iter().flat_map(MarkId::as_bytes);
            pair.iter()
                .zip(bits)
                .map(|((a, b), bit)| if bit % 2 == 0 { *a } else { *b })
                .collect()
        });
        // What one gave little to is little evidence against that one.
        assert!(one >= ROUNDS * 3 / 4 && both >= ROUNDS / 4, "{one} {both}");
    }

    /// The same, another way in each code.
    #[test]
    fn copies_mixed_in_many_ways_name_both() {
        let (one, both) = named_in(|round, pair| {
            let mut text = String::new();
            for copy in 0..4 {
                let choices = ids(5000 + 10 * round + copy, 11);
                let bits = choices.iter().flat_map(MarkId::as_bytes);
                let mixed = pair.iter().zip(bits);
                text.extend(mixed.map(|((a, b), bit)| if bit % 2 == 0 { *a } else { *b }));
                text.push(' ');
            }
            text
        });
        assert_eq!((one, both), (ROUNDS, ROUNDS));
    }
}
