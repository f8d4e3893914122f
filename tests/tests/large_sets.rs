//! Many policies that differ little: those that name an entity each are found through tables, more
//! than 64 have several words of outcomes, and conditions have beginnings in common. Sets of a few
//! policies, as `generated` makes, never get there. `PRIVET_LARGE_SETS` sets how many are compared.

use cedar_policy::{PolicySet, ValidationMode};
use privet_compiler::SourceFile;
use privet_tests::compare::{self, Size, Tally, World};
use privet_tests::generate::policy::Generated;
use privet_tests::random::Random;
use std::str::FromStr;

const SCHEMA: &str = r#"
entity Group in [Group];
entity User in [Group] { manager?: User, friends: Set<User>, level: Long };
entity Folder in [Folder];
entity Doc in [Folder] { owner: User, open: Bool, place: Folder };
action read, write, list appliesTo {
    principal: [User],
    resource: [Doc],
    context: { flag: Bool, number: Long, who: User },
};
"#;

/// Sizes in policies: about a table, about a word, more words than one function evaluates.
const SIZES: [usize; 8] = [10, 24, 40, 63, 66, 130, 200, 330];

const IDS: [&str; 3] = ["a", "b", "c"];

/// Comparisons with an entity; `?` is its id.
const COMPARISONS: [&str; 9] = [
    r#"principal in Group::"?""#,
    r#"principal == User::"?""#,
    r#"User::"?" == principal"#,
    r#"resource in Folder::"?""#,
    r#"resource.owner == User::"?""#,
    r#"resource.owner in Group::"?""#,
    r#"resource.place in Folder::"?""#,
    r#"context.who in Group::"?""#,
    r#"principal.manager == User::"?""#,
];

/// What names no entity, so that each policy has a bit; `#` is the policy's number.
const PLAIN: [&str; 2] = ["context.number < #", "principal.level * # < 200"];

const PREFIXES: [&str; 4] = [
    "true",
    "context.flag",
    "!context.flag",
    "principal.level > 1 && principal.friends.contains(context.who)",
];

const SUFFIXES: [&str; 6] = [
    "true",
    "resource.open",
    "context.number + 1 > 0",
    "principal.friends.contains(context.who) && resource.open",
    "principal.level > 1 && principal.friends.contains(context.who)",
    "(principal.level * 2 > 4 || context.who.level < principal.level)",
];

const SCOPES: [&str; 4] = [
    "action",
    r#"action == Action::"read""#,
    r#"action in [Action::"read", Action::"write"]"#,
    r#"action in [Action::"list", Action::"write"]"#,
];

/// A set with few kinds of policies, so that each kind has many.
fn text(random: &mut Random, size: usize, plain: bool) -> String {
    let mut kinds = Vec::new();
    for _ in 0..1 + random.below(6) {
        let effect = if random.chance(70) {
            "permit"
        } else {
            "forbid"
        };
        kinds.push((
            effect,
            match plain {
                true => "action",
                false => *random.pick(&SCOPES),
            },
            *random.pick(&PREFIXES),
            match plain {
                true => *random.pick(&PLAIN),
                false => *random.pick(&COMPARISONS),
            },
        ));
    }
    let mut text = String::new();
    for number in 0..size {
        let (effect, scope, prefix, comparison) = *random.pick(&kinds);
        let guard = match comparison.contains("manager") {
            true => "principal has manager && ",
            false => "",
        };
        let comparison = comparison
            .replace('?', IDS[random.below(IDS.len())])
            .replace('#', &number.to_string());
        let suffix = *random.pick(&SUFFIXES);
        text += &format!(
            "{effect}(principal, {scope}, resource) when {{ {prefix} && {guard}{comparison} && {suffix} }};\n"
        );
    }
    text
}

#[test]
fn large_sets_decide_as_cedar() {
    privet_tests::with_stack(|| {
        let sets: usize = std::env::var("PRIVET_LARGE_SETS")
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(16);
        let mut random = Random::new(6);
        let engine = privet_tests::quick_engine();
        let world = World::new(SCHEMA).expect("a schema");
        let environments: Vec<usize> = (0..world.manifest.environments.len()).collect();
        let mut tally = Tally::default();
        let (mut with_tables, mut with_words) = (0, 0);
        for number in 0..sets {
            let text = text(&mut random, SIZES[number % SIZES.len()], number % 16 > 11);
            let set = PolicySet::from_str(&text).expect("parses");
            let valid = world.validator.validate(&set, ValidationMode::Strict);
            assert!(valid.validation_passed(), "{valid}");
            let generated = Generated {
                file: SourceFile {
                    name: "policies.cedar".to_owned(),
                    text,
                },
                set,
                environments: environments.clone(),
                made: 0,
                refused: 0,
            };
            let size = Size {
                stores: 6,
                requests: 15,
            };
            let facts = Random::new(number as u64);
            let compared = compare::set(&engine, &world, &generated, facts, size, None, |source| {
                let compiled = privet_compiler::compile(source).expect("compiles");
                with_tables += usize::from(compiled.manifest.list_capacity > 0);
                with_words += usize::from(compiled.manifest.words > 4);
                compiled
            });
            match compared {
                Ok(more) => tally += more,
                Err(mismatch) => {
                    let folder = mismatch.save(&format!("large-{number}"));
                    panic!("set {number} differs: {}", folder.display());
                }
            }
        }
        println!("{tally:?}, {with_tables} with tables, {with_words} with more than 4 words");
        assert!(with_tables * 3 > sets && with_words > 0);
        assert!(tally.allowed * 20 > tally.requests && tally.erred * 20 > tally.requests);
    });
}
