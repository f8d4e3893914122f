//! What paths and rules are refused, and what the message says.
//!
//! What must never be here: bodies.

use privet_redact::{Path, Rule, Rules, Segment};

fn path_error(path: &str) -> String {
    path.parse::<Path>().unwrap_err().to_string()
}

#[test]
fn paths() {
    for (written, canonical) in [
        ("$", "$"),
        ("$.a.b_1", "$.a.b_1"),
        ("$['a'][\"b\"]", "$.a.b"),
        ("$ .a\n[ * ]", "$.a[*]"),
        ("$['x-cn'].表", "$['x-cn'].表"),
        ("$['$schema']", "$['$schema']"),
        ("$['']", "$['']"),
        (r#"$["it's"]"#, r"$['it\'s']"),
        (r#"$['"']"#, r#"$['"']"#),
        (
            r#"$["\"\\\/\b\f\n\r\t\u0001\u0022"]"#,
            r#"$['"\\/\b\f\n\r\t\u0001"']"#,
        ),
        (r"$['\ud83d\ude00']", "$.😀"),
        (r"$['1']", "$['1']"),
    ] {
        let path: Path = written.parse().expect(written);
        assert_eq!(path.to_string(), canonical);
        assert_eq!(canonical.parse::<Path>().unwrap(), path);
    }
    let path: Path = "$.a[*]".parse().unwrap();
    assert_eq!(
        path.segments(),
        [Segment::Name("a".into()), Segment::AnyItem]
    );
}

#[test]
fn refused_paths() {
    for (path, message) in [
        ("", "expected '$' at byte 0 of the path"),
        ("a.b", "expected '$' at byte 0 of the path"),
        (" $.a", "expected '$' at byte 0 of the path"),
        ("$.a ", "expected '.' or '[' at byte 4 of the path"),
        ("$a", "expected '.' or '[' at byte 1 of the path"),
        ("$.", "expected a name after '.' at byte 2 of the path"),
        ("$. a", "expected a name after '.' at byte 2 of the path"),
        ("$.1a", "expected a name after '.' at byte 2 of the path"),
        ("$.x-cn", "expected '.' or '[' at byte 3 of the path"),
        (
            "$..a",
            "descendants ('..') are not supported at byte 1 of the path",
        ),
        (
            "$.*",
            "'.*' is not supported, write '[*]' at byte 1 of the path",
        ),
        (
            "$[0]",
            "indexes and slices are not supported at byte 2 of the path",
        ),
        ("$[?@.a]", "filters are not supported at byte 2 of the path"),
        (
            "$['a','b']",
            "several selectors in one segment are not supported at byte 5 of the path",
        ),
        ("$['a", "a quoted name does not end at byte 4 of the path"),
        ("$['a'", "expected ']' at byte 5 of the path"),
        (
            "$[a]",
            "expected '*' or a quoted name at byte 2 of the path",
        ),
        (
            "$['\t']",
            "control characters must be escaped at byte 3 of the path",
        ),
        (
            r"$['\x']",
            "not an escape of RFC 9535 at byte 3 of the path",
        ),
        (
            r#"$['\"']"#,
            "not an escape of RFC 9535 at byte 3 of the path",
        ),
        (
            r#"$["\'"]"#,
            "not an escape of RFC 9535 at byte 3 of the path",
        ),
        (
            r"$['\ud83d']",
            "not an escape of RFC 9535 at byte 3 of the path",
        ),
        (
            r"$['\u+123']",
            "not an escape of RFC 9535 at byte 3 of the path",
        ),
    ] {
        assert_eq!(path_error(path), message, "{path}");
    }
}

#[test]
fn refused_rules() {
    let build = |rules: &[(&str, &str)]| {
        let rules = rules.iter().map(|(path, rendering)| {
            (
                path.parse().unwrap(),
                Rule::new("c", rendering.parse().unwrap()),
            )
        });
        Rules::new(rules)
            .map(|rules| rules.len())
            .map_err(|error| error.to_string())
    };
    assert_eq!(build(&[]), Ok(0));
    assert_eq!(build(&[("$.a", "reveal"), ("$.b", "scrub")]), Ok(2));
    for (rules, message) in [
        (
            [("$.a", "reveal"), ("$['a']", "remove")].as_slice(),
            "cannot use the rule remove on $.a: the path has a rule already",
        ),
        (
            &[("$.a[*]", "drop-item"), ("$.a[*]", "drop-item")],
            "cannot use the rule drop-item on $.a[*]: the path has a rule already",
        ),
        (
            &[("$", "reveal")],
            "cannot use the rule reveal on $: it matches no scalar",
        ),
        (
            &[("$.a.b", "drop-item")],
            "cannot use the rule drop-item on $.a.b: there is no [*] on the path",
        ),
    ] {
        assert_eq!(build(rules), Err(message.to_owned()));
    }
}

#[test]
fn debug_output_holds_no_issued_value() {
    let builder = Rules::builder()
        .issued("phone", "17012345678")
        .own_name("Lei");
    assert!(!format!("{builder:?}").contains("170"));
    let rules = format!("{:?}", builder.build([]).unwrap());
    assert!(!rules.contains("170") && !rules.contains("Lei"), "{rules}");
}
