//! Reads rules from the table that cases and properties share.
//!
//! What must never be here: a check; it belongs to the test that uses this.

use privet_redact::known::{Known, KnownKind};
use privet_redact::transform::pseudonym::Key;
use privet_redact::{Rule, Rules, Settings};

/// One rule, fact or limit per line; see `cases.rs`.
pub fn read_rules(table: &str) -> (Rules, Settings) {
    let mut builder = Rules::builder();
    let mut rules = Vec::new();
    let mut settings = Settings::default();
    let mut known = Known::builder();
    for line in table.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        builder = match *cells {
            ["rule", path, class, rendering] => {
                let rendering = rendering.parse().expect(line);
                rules.push((path.parse().expect(line), Rule::new(class, rendering)));
                builder
            }
            ["issued", class, value] => builder.issued(class, value),
            ["region", country] => builder.phone_region(country),
            ["industry", employer, industry] => builder.industry(employer, industry),
            ["now", milliseconds] => builder.now(milliseconds.parse().expect(line)),
            ["key", key] => builder.pseudonym_key(Key::new(key.as_bytes()).expect(line)),
            ["name", name] => builder.own_name(name),
            ["known", kind, value] => {
                let kind = KnownKind::from_name(kind).expect(line);
                known = known.value(kind, value).expect(line);
                builder
            }
            ["home", path, kind] => {
                let kind = KnownKind::from_name(kind).expect(line);
                known = known.home(path.parse().expect(line), kind);
                builder
            }
            ["set", limit, number] => {
                let number = number.parse().expect(line);
                match limit {
                    "max_depth" => settings.max_depth = number,
                    "max_body_bytes" => settings.max_body_bytes = number,
                    "max_token_bytes" => settings.max_token_bytes = number,
                    "max_open_names" => settings.max_open_names = number,
                    "max_open_name_bytes" => settings.max_open_name_bytes = number,
                    "max_output_bytes" => settings.max_output_bytes = number,
                    _ => panic!("{line}"),
                }
                builder
            }
            _ => panic!("{line:?} is no rule"),
        };
    }
    let rules = builder.known(known.build()).build(rules);
    (rules.expect("the rules are valid"), settings)
}
