//! Cedar's own front end: parsing and strict validation.
//!
//! There is no second parser and no second typechecker here. What Cedar refuses is refused with
//! Cedar's diagnostics; what it only warns of compiles.

use crate::error::{Caret, CompileError};
use crate::source::{Kind, Source, SourceFile};
use cedar_policy::{
    Policy, PolicyId, PolicySet, Schema, SchemaFragment, ValidationError, ValidationMode,
    ValidationWarning, Validator,
};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Brackets may nest this deep; Cedar's parser is recursive.
pub(crate) const MAX_NESTING: usize = 1000;

/// Signs of operators that may stand in one statement: a chain of operators is a tree as deep as it
/// is long, and Cedar walks it by recursion.
pub(crate) const MAX_OPERATORS: usize = 8000;

/// A policy or a template's link, with the file it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) policy: Policy,
}

/// What Cedar accepted.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) schema: Schema,
    /// The schema as JSON, for its annotations.
    pub(crate) schema_json: serde_json::Value,
    /// Sorted by id bytewise.
    pub(crate) policies: Vec<Parsed>,
    pub(crate) warnings: Vec<miette::Report>,
    /// Ids of the policies that Cedar's validator finds can never be satisfied.
    pub(crate) impossible: BTreeSet<String>,
}

/// Parses and validates.
pub(crate) fn run(source: &Source) -> Result<Front, CompileError> {
    for file in source.schema.iter().chain(&source.policies) {
        bound_nesting(file, source.schema.contains(file))?;
    }
    let (schema, schema_json) = schema(&source.schema)?;
    let (set, files) = match source.kind {
        Kind::Pack => pack(&source.policies)?,
        Kind::PolicySet => policy_set(&source.policies)?,
    };
    let validator = Validator::new(schema.clone());
    let result = validator.validate(&set, ValidationMode::Strict);
    if !result.validation_passed() {
        let errors: Vec<_> = result.validation_errors().cloned().collect();
        // Cedar's diagnostics have lines, but no names of files.
        let file = |e: &ValidationError| files.get(AsRef::<str>::as_ref(e.policy_id()));
        let of: BTreeSet<&str> = errors.iter().filter_map(file).map(String::as_str).collect();
        let of: Vec<&str> = of.into_iter().collect();
        let stage = format!("policies do not validate, in {}", of.join(", "));
        let at = |e: &ValidationError, _| {
            let name = file(e)?;
            let mut sources = source.policies.iter();
            sources.find(|f| f.name == *name).map(|f| (f, 0))
        };
        return Err(CompileError::cedar_in(stage, &errors, at));
    }
    let impossible: BTreeSet<String> = result
        .validation_warnings()
        .filter(|w| {
            matches!(
                w,
                ValidationWarning::ImpossiblePolicy(_)
                    | ValidationWarning::InvalidActionApplication(_)
            )
        })
        .map(|w| AsRef::<str>::as_ref(w.policy_id()).to_owned())
        .collect();
    // Of a forbid that can never apply `check` makes more than a warning.
    let is_fault = |w: &&ValidationWarning| {
        let forbids = |p: &Policy| p.effect() == cedar_policy::Effect::Forbid;
        source.kind == Kind::Pack
            && impossible.contains(AsRef::<str>::as_ref(w.policy_id()))
            && set.policy(w.policy_id()).is_some_and(forbids)
    };
    let warnings = result
        .validation_warnings()
        .filter(|w| !is_fault(w))
        .cloned()
        .map(miette::Report::new)
        .collect();
    let mut policies: Vec<Parsed> = set
        .policies()
        .map(|policy| {
            let id = AsRef::<str>::as_ref(policy.id()).to_owned();
            let file = files.get(&id).cloned().unwrap_or_default();
            Parsed {
                id,
                file,
                policy: policy.clone(),
            }
        })
        .collect();
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Front {
        schema,
        schema_json,
        policies,
        warnings,
        impossible,
    })
}

fn schema(files: &[SourceFile]) -> Result<(Schema, serde_json::Value), CompileError> {
    let failed = |e| {
        let stage = "the schema does not parse".to_owned();
        CompileError::cedar_in(stage, &[e], |_, offset| file_at(files, offset))
    };
    let fragment = match files {
        [file] if file.is_json() => SchemaFragment::from_json_str(&file.text)
            .map_err(|e| CompileError::cedar("the schema does not parse".to_owned(), [e]))?,
        _ => {
            let text: String = files.iter().flat_map(|f| [f.text.as_str(), "\n"]).collect();
            SchemaFragment::from_cedarschema_str(&text)
                .map_err(failed)?
                .0
        }
    };
    let json = fragment
        .clone()
        .to_json_value()
        .map_err(|e| CompileError::cedar("the schema has no JSON form".to_owned(), [e]))?;
    let schema = Schema::from_schema_fragments([fragment]).map_err(|e| {
        let stage = "the schema is not valid".to_owned();
        CompileError::cedar_in(stage, &[e], |_, offset| file_at(files, offset))
    })?;
    Ok((schema, json))
}

/// The file that a place of the files' joined text is in, and where that file begins.
fn file_at(files: &[SourceFile], offset: usize) -> Option<(&SourceFile, usize)> {
    let mut start = 0;
    files.iter().find_map(|file| {
        let here = start;
        start += file.text.len() + 1;
        (offset < start).then_some((file, here))
    })
}

type Named = (PolicySet, BTreeMap<String, String>);

/// A pack's files: each policy takes its annotation `@id` as its id.
fn pack(files: &[SourceFile]) -> Result<Named, CompileError> {
    let mut all = PolicySet::new();
    let mut origin: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let set = parse(file)?;
        if set.templates().next().is_some() {
            return Err(CompileError::pack(format!(
                "{}: a pack has no templates; write the policy out",
                file.name
            )));
        }
        for policy in set.policies() {
            let refuse = |what: String, label: &str| {
                let core: &cedar_policy_core::ast::Policy = policy.as_ref();
                let loc = core.loc();
                Err(CompileError::fault(
                    what,
                    Caret {
                        file,
                        range: loc.map(|l| l.start()..l.end()).unwrap_or_default(),
                        label: label.to_owned(),
                    },
                ))
            };
            let Some(id) = policy.annotation("id").filter(|id| !id.is_empty()) else {
                return refuse("a policy without `@id`".to_owned(), "this one");
            };
            if let Some(other) = origin.get(id) {
                let what = format!("the id `{id}` is already in {other}");
                return refuse(what, "a second policy with this id");
            }
            origin.insert(id.to_owned(), file.name.clone());
            all.add(policy.new_id(PolicyId::new(id)))
                .map_err(|e| CompileError::cedar(format!("{}: cannot be added", file.name), [e]))?;
        }
    }
    Ok((all, origin))
}

fn policy_set(files: &[SourceFile]) -> Result<Named, CompileError> {
    let [file] = files else {
        return Err(CompileError::pack("a policy set is one file".to_owned()));
    };
    let set = parse(file)?;
    let origin = set
        .policies()
        .map(|p| (AsRef::<str>::as_ref(p.id()).to_owned(), file.name.clone()))
        .collect();
    Ok((set, origin))
}

fn parse(file: &SourceFile) -> Result<PolicySet, CompileError> {
    let stage = format!("{} does not parse", file.name);
    if !file.is_json() {
        return PolicySet::from_str(&file.text)
            .map_err(|e| CompileError::cedar_in(stage, &[e], |_, _| Some((file, 0))));
    }
    check_links(file)?;
    PolicySet::from_json_str(&file.text).map_err(|e| CompileError::cedar(stage, [e]))
}

/// A link whose template is a static policy makes Cedar's reader panic.
fn check_links(file: &SourceFile) -> Result<(), CompileError> {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&file.text) else {
        return Ok(()); // Cedar says what is wrong with it.
    };
    // Cedar's reader takes arrays for objects, and a link in that form would go unseen here.
    if !json.is_object() {
        return Err(CompileError::pack(format!(
            "{}: a policy set in JSON is an object",
            file.name
        )));
    }
    let links = json.get("templateLinks").and_then(|l| l.as_array());
    for link in links.into_iter().flatten() {
        if !link.is_object() {
            return Err(CompileError::pack(format!(
                "{}: a template's link is an object",
                file.name
            )));
        }
        let template = link
            .get("templateId")
            .and_then(|t| t.as_str())
            .unwrap_or_default();
        if json
            .get("staticPolicies")
            .and_then(|s| s.get(template))
            .is_some()
        {
            return Err(CompileError::pack(format!(
                "{}: a link names `{template}`, which is a static policy and no template",
                file.name
            )));
        }
    }
    Ok(())
}

fn bound_nesting(file: &SourceFile, is_schema: bool) -> Result<(), CompileError> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let (mut operators, mut most, mut last) = (0_usize, 0, ' ');
    let mut chars = file.text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            // Of types: `Set<Set<Long>>`.
            '<' if is_schema => depth += 1,
            '>' if is_schema => depth = depth.saturating_sub(1),
            ';' => operators = 0,
            '&' | '|' | '+' | '-' | '*' | '.' | '!' | '<' | '>' | '=' => operators += 1,
            'f' if last == 'i' => operators += 1,
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().take_while(|c| *c != '\n').for_each(drop);
            }
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => drop(chars.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        deepest = deepest.max(depth);
        most = most.max(operators);
        last = c;
    }
    if most > MAX_OPERATORS && !file.is_json() {
        return Err(CompileError::pack(format!(
            "{}: {most} signs of operators in one statement, more than {MAX_OPERATORS}",
            file.name
        )));
    }
    if deepest > MAX_NESTING {
        return Err(CompileError::pack(format!(
            "{}: brackets nest {deepest} deep, more than {MAX_NESTING}",
            file.name
        )));
    }
    Ok(())
}
