//! Non-interference over every pack, viewer, view and field: two documents that differ only in what
//! is not disclosed give the same bytes.
//!
//! For a field that is removed the other document has any value there, of any type and length, or
//! none at all. For one that is masked, generalised, relayed, given a pseudonym or scrubbed it has
//! another value with the same permitted disclosure, which `disclosure` makes without asking the
//! redactor. `PRIVET_NONINTERFERENCE_PAIRS=10000000 PRIVET_SEED=7 cargo test --release -p
//! privet-tests --test noninterference` is the long run.

mod noninterference {
    pub mod disclosure;
    pub mod document;
    pub mod known;
}

use noninterference::disclosure::{self, Disclosure};
use noninterference::document::{Document, Field};
use privet_gateway::enforce;
use privet_host::{Facts, GateAnswer, KnownValues};
use privet_redact::{Rules, Settings, redact};
use privet_tests::random::Random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// One viewer's rules, and what they say of each field.
struct Case {
    name: String,
    rules: Arc<Rules>,
    /// The same, each with another name of the candidate known.
    named: [Arc<Rules>; 2],
    /// In the order of the document's fields.
    disclosures: Vec<Disclosure>,
}

/// Names of two candidates.
const NAMES: [&str; 2] = ["张三丰", "慕容复"];

fn setting(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}

/// Every open view of every viewer of a pack, with and without what renderings may need.
fn cases(pack: &privet_pack::Pack) -> (Document, Vec<Case>) {
    let compiled = privet_compiler::compile(&pack.source).unwrap_or_else(|e| panic!("{e}"));
    let policy = privet_tests::engine().load(&compiled.wasm).expect("loads");
    let mut instance = policy.instance().expect("an instance");
    let manifest = policy.manifest();
    let fields = manifest.classes.iter().flat_map(|class| &class.fields);
    let document = Document::new(fields.map(|path| path.parse::<Field>().expect("a path")));
    // The scan for known values may refuse one of two documents: the declared exception.
    let nothing_known = KnownValues::default();
    let mut cases = Vec::new();
    for viewer in pack.viewers().expect("viewers") {
        let text = pack.viewer(&viewer).expect("facts");
        for gate in &manifest.gates {
            for issued in [None, Some(disclosure::issued())] {
                let mut facts: Value = serde_json::from_str(&text).expect("JSON");
                if let Some(issued) = &issued {
                    facts["issued"] = issued.clone();
                }
                let facts = Facts::from_json(&policy, &facts.to_string(), Some(&gate.view));
                let facts = facts.unwrap_or_else(|e| panic!("{viewer}: {e}"));
                let plan = instance
                    .plan(&facts.entities, &facts.request, &gate.view)
                    .expect("a plan");
                if plan.gate() != GateAnswer::Open {
                    continue;
                }
                let disclosures = plan.rungs().flat_map(|(class, rung)| {
                    (0..class.fields.len()).map(move |field| match rung {
                        Some(rung) => Disclosure::of(&rung.renderings[field]),
                        None => Disclosure::Nothing,
                    })
                });
                let rules = |known: &KnownValues| {
                    Arc::new(enforce::rules(&plan, &facts.issued, known).expect("rules"))
                };
                cases.push(Case {
                    name: format!(
                        "{}, {viewer}, {}, issued: {}",
                        pack.file.name,
                        gate.view,
                        issued.is_some()
                    ),
                    disclosures: disclosures.collect(),
                    rules: rules(&nothing_known),
                    named: NAMES.map(|name| {
                        let known = serde_json::json!({ "name": [name] }).to_string();
                        rules(&KnownValues::from_json(&known).expect("a name"))
                    }),
                });
            }
        }
    }
    (document, cases)
}

/// The documents and cases of all packs.
static PACKS: LazyLock<Vec<(Document, Vec<Case>)>> =
    LazyLock::new(|| privet_tests::packs::packs().iter().map(cases).collect());

#[test]
fn what_is_not_disclosed_does_not_show() {
    let wanted = setting("PRIVET_NONINTERFERENCE_PAIRS", 100_000);
    let mut random = Random::new(setting("PRIVET_SEED", 2021));
    let packs = &*PACKS;
    assert!(packs.iter().all(|(_, cases)| !cases.is_empty()));
    let (mut pairs, mut shown) = (0, 0);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    while pairs < wanted {
        for (document, cases) in packs {
            for case in cases {
                let (made, bytes) = pairs_of(document, case, &mut random, &mut kinds);
                pairs += made;
                shown += bytes;
            }
        }
    }
    println!("{pairs} pairs, {shown} bytes shown; of each kind {kinds:?}");
    // A redactor that shows nothing would pass.
    assert!(shown > 0);
    assert!(kinds.len() >= 6, "{kinds:?}");
}

/// Compares one document with one that differs in each field; how many pairs there were and how
/// many bytes were shown.
fn pairs_of(
    document: &Document,
    case: &Case,
    random: &mut Random,
    kinds: &mut BTreeMap<&'static str, u64>,
) -> (u64, u64) {
    let show = |text: &str| {
        redact(case.rules.clone(), Settings::default(), text.as_bytes())
            .unwrap_or_else(|e| panic!("{}: {e}\n{text}", case.name))
    };
    let values: Vec<_> = case.disclosures.iter().map(|d| d.pair(random)).collect();
    let counts: Vec<usize> = document.arrays().map(|_| 1 + random.below(2)).collect();
    let one = document.write(|field| Some(values[field].0.clone()), |array| counts[array]);
    let expected = show(&one);
    let mut pairs = 0;
    let mut check = |other: String, what: &dyn Fn() -> String| {
        let given = show(&other);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            given == expected,
            "{}: {} shows\n{one}\ngives {}\n{other}\ngives {}",
            case.name,
            what(),
            text(&expected),
            text(&given)
        );
        pairs += 1;
    };
    for (changed, disclosure) in case.disclosures.iter().enumerate() {
        let Some(kind) = disclosure.kind() else {
            continue;
        };
        *kinds.entry(kind).or_default() += 1;
        let other = document.write(
            |field| match field == changed {
                true => values[field].1.clone(),
                false => Some(values[field].0.clone()),
            },
            |array| counts[array],
        );
        check(other, &|| format!("{} ({kind})", document.path(changed)));
    }
    // The number of items of an array that shows nothing is nothing to see either.
    for (changed, fields) in document.arrays().enumerate() {
        let mut all = fields.iter().map(|field| &case.disclosures[*field]);
        if !all.all(|d| matches!(d, Disclosure::Nothing | Disclosure::NoItem)) {
            continue;
        }
        let count = random.below(6);
        let other = document.write(
            |field| Some(values[field].0.clone()),
            |array| {
                if array == changed {
                    count
                } else {
                    counts[array]
                }
            },
        );
        check(other, &|| {
            format!("{count} items at {}", document.path(fields[0]))
        });
    }
    (pairs, expected.len() as u64)
}

/// A protected name in free text is cut out, whose it is does not show, and the body leaves.
#[test]
fn a_protected_name_in_free_text_does_not_show() {
    let mut compared = 0;
    for (document, cases) in &*PACKS {
        for case in cases {
            let field =
                |path: &str| (0..case.disclosures.len()).find(|f| document.path(*f) == path);
            let name = field("$.basics.name").expect("a name in every pack");
            if case.disclosures[name] == Disclosure::All {
                continue;
            }
            let is_scrubbed = |field: &usize| matches!(&case.disclosures[*field], Disclosure::Some(r) if r == "scrub");
            let scrubbed = (0..case.disclosures.len()).filter(is_scrubbed).count();
            let [one, other] = [0, 1].map(|candidate| {
                let name: Vec<String> = NAMES[candidate].chars().map(String::from).collect();
                // The other candidate writes the name apart, and hides it from a plain search.
                let name = name.join(["", "\u{200b} "][candidate]);
                let text = Value::from(format!("我是{name}，十年经验")).to_string();
                let body = document.write(|field| is_scrubbed(&field).then(|| text.clone()), |_| 1);
                let rules = case.named[candidate].clone();
                redact(rules, Settings::default(), body.as_bytes())
                    .unwrap_or_else(|e| panic!("{}: {e}\n{body}", case.name))
            });
            let text = String::from_utf8_lossy(&one);
            assert!(
                one == other,
                "{}: {text}\n{}",
                case.name,
                String::from_utf8_lossy(&other)
            );
            assert_eq!(
                text.matches("我是[已隐藏]，十年经验").count(),
                scrubbed,
                "{text}"
            );
            compared += scrubbed;
        }
    }
    assert!(compared > 100, "{compared}");
}

/// The test itself must be able to fail: a field that is revealed does interfere.
#[test]
fn what_is_disclosed_does_show() {
    let document = Document::new(["$.a".parse::<Field>().expect("a path")]);
    let rule = privet_redact::Rule::new("c", "reveal".parse().expect("a rendering"));
    let rules = Rules::new([("$.a".parse().expect("a path"), rule)]).expect("rules");
    let rules = Arc::new(rules);
    let case = Case {
        name: "revealed".to_owned(),
        named: [(); 2].map(|()| Arc::clone(&rules)),
        rules,
        disclosures: vec![Disclosure::Nothing],
    };
    let failed = std::panic::catch_unwind(|| {
        pairs_of(&document, &case, &mut Random::new(1), &mut BTreeMap::new())
    });
    assert!(failed.is_err());
}
