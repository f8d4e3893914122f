//! What strict validation rejects is refused with Cedar's own diagnostics, which say where.
//!
//! A case is a row: the policies, what the diagnostic must underline, what it must say. Nothing
//! compiles that Cedar did not typecheck in every request environment.

const SCHEMA: &str = "
    entity Group;
    entity User in [Group] = { age: Long, name?: String } tags Long;
    entity Robot = { age: String };
    entity Doc;
    action read appliesTo { principal: [User, Robot], resource: [Doc] };
    action write appliesTo { principal: [User], resource: [Doc] };
";

const CASES: &[(&str, &str, &str)] = &[
    (
        "permit (principal is User, action, resource) when { principal.nam == \"a\" };",
        "nam",
        "attribute",
    ),
    (
        "permit (principal is Nobody, action, resource);",
        "Nobody",
        "Nobody",
    ),
    (
        "permit (principal is User, action, resource) when { principal.age + \"a\" > 1 };",
        "\"a\"",
        "type",
    ),
    (
        "permit (principal is User, action, resource) when { principal.name == \"a\" };",
        "principal.name",
        "name",
    ),
    (
        "permit (principal, action == Action::\"delete\", resource);",
        "delete",
        "delete",
    ),
    // Right for users, wrong for robots.
    (
        "permit (principal, action == Action::\"read\", resource) when { principal.age > 1 };",
        "age",
        "type",
    ),
    (
        "permit (principal is User, action, resource) when { principal.getTag(\"k\") > 1 };",
        "getTag",
        "tag",
    ),
    (
        "permit (principal, action, resource) when { ip(\"x\").isIpv4() };",
        "ip",
        "ip",
    ),
    (
        "permit (principal is User, action, resource) when { [1, \"a\"].contains(1) };",
        "[1, \"a\"]",
        "type",
    ),
    (
        "permit (principal, action, resource) when { principal == };",
        "}",
        "unexpected",
    ),
];

#[test]
fn refusals_say_what_and_where() {
    for (policies, underlined, said) in CASES {
        let source = privet_tests::policy_set(SCHEMA, policies);
        let error = match privet_compiler::compile(&source) {
            Err(error) => error,
            Ok(_) => panic!("compiled: {policies}"),
        };
        assert!(error.is_cedar(), "{policies}: {error}");
        assert!(!error.reports().is_empty(), "{policies}: {error}");
        let report = error.reports().iter().find(|report| {
            let labels = report.labels().into_iter().flatten();
            labels.into_iter().any(|label| {
                let text = policies.get(label.offset()..label.offset() + label.len());
                text.is_some_and(|text| text.contains(underlined))
            })
        });
        let report = report.unwrap_or_else(|| panic!("`{underlined}` of {policies}: {error}"));
        assert!(report.source_code().is_some(), "{policies}");
        assert!(
            report
                .to_string()
                .to_lowercase()
                .contains(&said.to_lowercase()),
            "{policies}: {report}"
        );
    }
}

/// The schema's mistakes too.
#[test]
fn a_schema_is_refused_with_its_place() {
    for (schema, underlined) in [
        ("entity User = { age: Lon };", "Lon"),
        ("entity User = { age Long };", "Long"),
        (
            "entity User; action a appliesTo { principal: User, resource: Nobody };",
            "Nobody",
        ),
    ] {
        let error = privet_compiler::compile(&privet_tests::policy_set(schema, ""))
            .err()
            .unwrap_or_else(|| panic!("compiled: {schema}"));
        assert!(error.is_cedar(), "{error}");
        assert!(
            error.to_string().contains(underlined)
                || error.reports().iter().any(|r| {
                    r.labels()
                        .into_iter()
                        .flatten()
                        .any(|l| schema.get(l.offset()..l.offset() + l.len()) == Some(underlined))
                }),
            "{error}"
        );
    }
}
