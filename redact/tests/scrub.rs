//! The detector over its corpus, and the figures of `docs/scrub.md`.
//!
//! A line of `scrub/evasions.tsv`, `scrub/innocent.tsv`, `scrub/invisible.tsv` and
//! `scrub/issued.tsv` (where two values were issued) is `input<TAB>expected`; one of
//! `scrub/out-of-reach.tsv` is `input<TAB>expected<TAB>kind<TAB>true value<TAB>scan`, where the
//! last says whether the known-value scan catches what is left (`caught` or `missed`). A line that
//! begins with `#` names the category of those below. `\u{…}` stands for a character. `BLESS=1`
//! writes what was found as expected, and the figures: read the change before you commit it.
//! `scrub/endless.tsv` has pieces for texts of any length, `piece<TAB>what it is`; the unit tests and
//! the benchmarks read it.
//! What must never be here: a case that is not a line of a file.

use std::fmt::Write;
use std::fs;

use privet_redact::known::{Known, KnownKind};
use privet_redact::scrub::Scrubber;

/// One category of a file: its name, its lines, and how many of them were changed.
struct Tally {
    name: String,
    lines: usize,
    changed: usize,
}

fn path(file: &str) -> String {
    format!("{}/tests/scrub/{file}.tsv", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a file; `result` turns a line's cells into what they must be.
fn run(file: &str, result: impl Fn(&[&str]) -> Vec<String>) -> Vec<Tally> {
    let path = path(file);
    let table = fs::read_to_string(&path).expect(&path);
    let mut tallies: Vec<Tally> = Vec::new();
    let (mut written, mut wrong) = (String::new(), Vec::new());
    for (number, line) in table.lines().enumerate() {
        if let Some(name) = line.strip_prefix("# ") {
            tallies.push(Tally {
                name: name.to_owned(),
                lines: 0,
                changed: 0,
            });
            writeln!(written, "{line}").unwrap();
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let result = result(&cells);
        let tally = tallies.last_mut().expect("a category");
        tally.lines += 1;
        tally.changed += usize::from(result[0] != result[1]);
        if result != cells {
            wrong.push(format!("{path}:{}: gave {}", number + 1, result.join("\t")));
        }
        writeln!(written, "{}", result.join("\t")).unwrap();
    }
    if is_blessing() {
        fs::write(&path, written).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    tallies
}

fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn scrubbed(cells: &[&str]) -> Vec<String> {
    scrubbed_by(&Scrubber::default(), cells)
}

fn scrubbed_by(scrubber: &Scrubber, cells: &[&str]) -> Vec<String> {
    let input = unescape(cells[0]);
    let output = scrubber.scrub(&input).text.into_owned();
    // Scrubbing what was scrubbed changes nothing.
    assert_eq!(scrubber.scrub(&output).text, output, "{input}");
    vec![cells[0].to_owned(), escape(&output, cells[0])]
}

/// The figures, as `docs/scrub.md` has them between its marks.
#[test]
fn every_line_gives_what_it_must() {
    let evasions = run("evasions", scrubbed);
    let innocent = run("innocent", scrubbed);
    let mut scan = [0, 0];
    let kinds = run("out-of-reach", |cells| {
        let mut result = scrubbed(cells);
        let output = unescape(&result[1]);
        let kind = KnownKind::from_name(cells[2]).expect("a kind");
        let known = Known::builder().value(kind, cells[3]).unwrap().build();
        let verdict = match known.scan_text(&output) {
            Some(_) => "caught",
            None => "missed",
        };
        result.extend([cells[2].to_owned(), cells[3].to_owned(), verdict.to_owned()]);
        result
    });
    let table = fs::read_to_string(path("out-of-reach")).unwrap();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        scan[usize::from(line.ends_with("caught"))] += 1;
    }
    let mut figures = String::new();
    let total = |tallies: &[Tally]| {
        let lines: usize = tallies.iter().map(|tally| tally.lines).sum();
        let changed: usize = tallies.iter().map(|tally| tally.changed).sum();
        (lines, changed)
    };
    let (lines, hidden) = total(&evasions);
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
    writeln!(figures, "| evasions | lines | hidden |\n|---|---|---|").unwrap();
    for tally in &evasions {
        writeln!(
            figures,
            "| {} | {} | {} |",
            tally.name, tally.lines, tally.changed
        )
        .unwrap();
    }
    writeln!(
        figures,
        "| **all** | {lines} | {hidden}: recall {:.1} % |",
        percent(hidden, lines)
    )
    .unwrap();
    let (lines, changed) = total(&innocent);
    writeln!(figures, "\n| innocent | lines | changed |\n|---|---|---|").unwrap();
    for tally in &innocent {
        writeln!(
            figures,
            "| {} | {} | {} |",
            tally.name, tally.lines, tally.changed
        )
        .unwrap();
    }
    writeln!(
        figures,
        "| **all** | {lines} | {changed}: false positives {:.1} % |",
        percent(changed, lines)
    )
    .unwrap();
    let lines: usize = kinds.iter().map(|tally| tally.lines).sum();
    writeln!(
        figures,
        "\nOut of reach of the detector: {lines} lines; with the true value known, the scan refuses {} of them.",
        scan[1]
    )
    .unwrap();
    println!("{figures}");
    check_figures(&figures);
}

fn check_figures(figures: &str) {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scrub.md");
    let text = fs::read_to_string(page).expect(page);
    let (head, rest) = text.split_once("<!-- figures -->\n").expect("a mark");
    let (given, tail) = rest.split_once("<!-- end of figures -->").expect("a mark");
    if is_blessing() {
        fs::write(
            page,
            format!("{head}<!-- figures -->\n{figures}<!-- end of figures -->{tail}"),
        )
        .unwrap();
    } else {
        assert_eq!(
            given, figures,
            "docs/scrub.md has other figures: BLESS=1 writes them"
        );
    }
}

#[test]
fn issued_numbers_stay() {
    let scrubber = Scrubber::allowing(["+8617012345678", "x-42@relay.example.com"]);
    run("issued", |cells| scrubbed_by(&scrubber, cells));
    let shown = format!("{scrubber:?}");
    assert!(!shown.contains("170"), "{shown}");
}

#[test]
fn what_shows_as_nothing_is_taken_out() {
    let tallies = run("invisible", scrubbed);
    assert!(tallies.iter().any(|tally| tally.changed > 0));
}

#[test]
fn findings_tell_where_and_what_and_no_value() {
    let text = "邮箱 zs@example.com，电话 138-0013-8000";
    let scrubbed = Scrubber::default().scrub(text);
    let spans: Vec<&str> = scrubbed
        .findings
        .iter()
        .map(|f| text.get(f.span.clone()).unwrap())
        .collect();
    assert_eq!(spans, ["zs@example.com", "138-0013-8000"]);
    let names: Vec<&str> = scrubbed.findings.iter().map(|f| f.kind.name()).collect();
    assert_eq!(names, ["email", "phone"]);
    assert!(!format!("{:?}", scrubbed.findings).contains("138"));
}

/// Writes a text as the input is written: with escapes where it has them.
fn escape(text: &str, input: &str) -> String {
    let mut cell = String::new();
    for character in text.chars() {
        let escape = format!("\\u{{{:x}}}", u32::from(character));
        match input.contains(&escape) || matches!(character, '\n' | '\t' | '\r') {
            true => cell.push_str(&escape),
            false => cell.push(character),
        }
    }
    cell
}

pub fn unescape(cell: &str) -> String {
    let mut parts = cell.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape ends");
        let code = u32::from_str_radix(code, 16).expect("an escape is hexadecimal");
        text.push(char::from_u32(code).expect("an escape is a character"));
        text.push_str(rest);
    }
    text
}
