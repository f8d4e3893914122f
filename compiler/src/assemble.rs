//! Puts a guest together: conditions, layouts, functions, manifest, module.
//!
//! Emission runs twice. Addresses in code depend on how many constants there are, and constants are
//! found while emitting; their number does not depend on an address, so the second run fits.

use crate::broken::Broken;
use crate::conditions::{self, Condition};
use crate::emit::ballot::{Ballot, Entry, Verdict};
use crate::emit::body::{Body, at};
use crate::emit::plan::Ladder;
use crate::emit::{Emitter, Layouts, MemoryMap};
use crate::error::CompileError;
use crate::front::Front;
use crate::link::{self, Parts, Runtime};
use crate::pack::{self, OBLIGATIONS, PackModel, PolicyAnnotations};
use crate::schema::{Model, count};
use crate::source::{Kind, Source};
use crate::usage::Usage;
use crate::{Compiled, lower};
use privet_frame::abi::output::Shape;
use privet_frame::abi::page;
use privet_frame::manifest::{
    Effect, EntityKind, Environment, FORMAT, Manifest, Plan, PlanEntry, Policy,
};
use privet_frame::table;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{BlockType, Instruction as I, ValType};

pub(crate) fn assemble(
    source: &Source,
    front: Front,
    broken: Broken,
) -> Result<Compiled, CompileError> {
    let mut model = Model::new(front.schema.as_ref())?;
    let (pack, annotations) = match source.kind {
        Kind::Pack => (
            PackModel::new(&model, &front.schema_json, &source.schema)?,
            front
                .policies
                .iter()
                .map(|policy| pack::annotations(&source.policies, policy))
                .collect::<Result<Vec<_>, _>>()?,
        ),
        Kind::PolicySet => (
            PackModel::default(),
            front
                .policies
                .iter()
                .map(|_| PolicyAnnotations::default())
                .collect(),
        ),
    };
    let conditions = broken.conditions(conditions::all(&model, &front)?);
    let mut usage = Usage::default();
    for condition in &conditions {
        if let Some(signature) = model.signatures.get(condition.signature as usize) {
            usage.add(&model, signature.context, &condition.expr);
        }
    }
    let literals = usage.mark(&mut model);
    let policies = policies(&front, annotations);
    let runtime = Runtime::read()?;
    let mut manifest = manifest(source, model, pack, policies, literals);
    let program = Program::new(&mut manifest, conditions, broken);
    let layouts = layouts(&manifest);
    // The first run measures, the second has the right addresses.
    let start = MemoryMap {
        output: runtime.free,
        constants: runtime.free + manifest.output().size(),
        ..MemoryMap::default()
    };
    let map = emit(&manifest, &program, &layouts, &runtime, start)?
        .0
        .fitted();
    manifest.frame_base = map.frame;
    manifest.output_base = map.output;
    let (emitter, hooks, page) = emit(&manifest, &program, &layouts, &runtime, map)?;
    if emitter.fitted() != map {
        return Err(CompileError::internal("addresses moved between two runs"));
    }
    let encoded = manifest
        .encode()
        .map_err(|e| CompileError::internal(format!("manifest: {e}")))?;
    let wasm = link::link(&Parts {
        hooks,
        page,
        functions: &emitter.functions,
        constants: emitter.constants.bytes(),
        map,
        manifest: &encoded,
    })?;
    Ok(Compiled {
        wasm,
        manifest,
        warnings: front.warnings,
    })
}

fn policies(front: &Front, annotations: Vec<PolicyAnnotations>) -> Vec<Policy> {
    let all = front.policies.iter().zip(annotations);
    all.map(|(parsed, annotations)| {
        let core: &cedar_policy_core::ast::Policy = parsed.policy.as_ref();
        let position = core
            .loc()
            .map(|loc| lower::position(&parsed.file, &loc.src, loc.start()))
            .unwrap_or_default();
        Policy {
            id: parsed.id.clone(),
            effect: match parsed.policy.effect() {
                cedar_policy::Effect::Permit => Effect::Permit,
                cedar_policy::Effect::Forbid => Effect::Forbid,
            },
            position,
            obligations: annotations.obligations,
            answers_forbidden: annotations.answers_forbidden,
        }
    })
    .collect()
}

fn manifest(
    source: &Source,
    model: Model,
    pack: PackModel,
    policies: Vec<Policy>,
    literals: Vec<privet_frame::manifest::EntityUid>,
) -> Manifest {
    let mut digest = Sha256::new();
    for file in &source.schema {
        digest.update(file.text.as_bytes());
    }
    let obligations = match source.kind {
        Kind::Pack => OBLIGATIONS.map(str::to_owned).to_vec(),
        Kind::PolicySet => Vec::new(),
    };
    let mut environments = Vec::new();
    for (signature, types) in (0..).zip(&model.signatures) {
        for action in conditions::actions_of(&model, types) {
            environments.push(Environment {
                signature,
                action,
                policies: Vec::new(),
            });
        }
    }
    Manifest {
        format: FORMAT,
        name: source.name.clone(),
        revision: source.revision,
        strict: source.strict,
        schema_digest: digest.finalize().into(),
        frame_base: 0,
        output_base: 0,
        words: 0,
        list_capacity: 0,
        schema: model.schema,
        literals,
        signatures: model.signatures,
        environments,
        plans: Vec::new(),
        action_sets: Vec::new(),
        policies,
        classes: pack.classes,
        gates: pack.gates,
        obligations,
    }
}

fn layouts(manifest: &Manifest) -> Layouts {
    let schema = &manifest.schema;
    Layouts {
        entities: schema.entity_types.iter().map(|t| t.layout()).collect(),
        contexts: schema.contexts.iter().map(|c| c.layout()).collect(),
        tags: schema
            .entity_types
            .iter()
            .map(|t| match &t.kind {
                EntityKind::Standard { tags, .. } => tags.clone(),
                _ => None,
            })
            .collect(),
        literals: manifest.literals.iter().cloned().zip(0..).collect(),
    }
}

/// What is decided: a plan for each signature with gates or rungs, one environment at a time for
/// the others.
struct Program {
    plans: BTreeMap<u32, Ballot>,
    environments: BTreeMap<u32, Ballot>,
    broken: Broken,
}

impl Program {
    fn new(manifest: &mut Manifest, conditions: Vec<Condition>, broken: Broken) -> Self {
        let rungs = manifest
            .classes
            .iter()
            .flat_map(|c| &c.rungs)
            .map(|r| r.action);
        let wanted: BTreeSet<u32> = manifest
            .gates
            .iter()
            .map(|g| g.action)
            .chain(rungs)
            .collect();
        let mut by_signature: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for condition in conditions {
            let Some(policy) = manifest.policies.get(condition.policy as usize) else {
                continue;
            };
            let entry = Entry {
                policy: condition.policy,
                expr: condition.expr,
                verdict: Verdict {
                    effect: policy.effect,
                    actions: condition.actions,
                    obligations: policy.obligations.iter().fold(0, |m, o| m | 1 << o),
                    answers_forbidden: policy.answers_forbidden,
                },
            };
            let entries = by_signature.entry(condition.signature).or_default();
            entries.push(entry);
        }
        let mut program = Self {
            plans: BTreeMap::new(),
            environments: BTreeMap::new(),
            broken,
        };
        let mut sets: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        for signature in 0..count(manifest.signatures.len()) {
            let entries = by_signature.remove(&signature).unwrap_or_default();
            let mut environments = (0..).zip(&mut manifest.environments);
            let planned =
                environments.any(|(_, e)| e.signature == signature && wanted.contains(&e.action));
            if !planned {
                for (index, environment) in (0..).zip(&mut manifest.environments) {
                    if environment.signature != signature {
                        continue;
                    }
                    let ballot = Ballot::new(deciding(&entries, environment.action));
                    environment.policies = ballot.entries.iter().map(|e| e.policy).collect();
                    program.environments.insert(index, ballot);
                }
                continue;
            }
            let ballot = Ballot::new(entries);
            let mut planned = Vec::new();
            for entry in &ballot.entries {
                let actions: Vec<u32> = entry.verdict.actions.iter().copied().collect();
                let next = count(sets.len());
                planned.push(PlanEntry {
                    policy: entry.policy,
                    actions: *sets.entry(actions).or_insert(next),
                });
            }
            manifest.plans.push(Plan {
                signature,
                entries: planned,
            });
            program.plans.insert(signature, ballot);
        }
        let mut ordered: Vec<(Vec<u32>, u32)> = sets.into_iter().collect();
        ordered.sort_by_key(|(_, index)| *index);
        manifest.action_sets = ordered.into_iter().map(|(set, _)| set).collect();
        let ballots = || program.plans.values().chain(program.environments.values());
        let words = ballots().map(Ballot::direct_words).max();
        manifest.words = count(words.unwrap_or_default());
        let tabled = ballots().map(Ballot::tabled).max();
        manifest.list_capacity = count(tabled.unwrap_or_default());
        program
    }
}

/// The entries that decide an action.
fn deciding(entries: &[Entry], action: u32) -> Vec<Entry> {
    let deciding = entries
        .iter()
        .filter(|e| e.verdict.actions.contains(&action));
    deciding
        .map(|entry| Entry {
            policy: entry.policy,
            expr: entry.expr.clone(),
            // One action is decided, so what else the policy decides makes no difference.
            verdict: Verdict {
                actions: BTreeSet::from([action]),
                ..entry.verdict.clone()
            },
        })
        .collect()
}

/// The emitter with its functions, the hooks, and the function that answers a page.
type Emitted<'a> = (Emitter<'a>, [Body; 3], u32);

fn emit<'a>(
    manifest: &Manifest,
    program: &Program,
    layouts: &'a Layouts,
    runtime: &'a Runtime,
    map: MemoryMap,
) -> Result<Emitted<'a>, CompileError> {
    let mut emitter = Emitter::new(layouts, runtime, map, program.broken);
    let size = manifest.output();
    let mut with_base = manifest.clone();
    with_base.frame_base = map.frame;
    let words = table::encode(&with_base);
    let table = emitter.constants.append_words(&words);
    let mut authorize = Vec::new();
    let mut plans = Vec::new();
    let strict = manifest.strict;
    for (signature, types) in (0..).zip(&manifest.signatures) {
        let context = types.context;
        let Some(ballot) = program.plans.get(&signature) else {
            let environments = (0..).zip(&manifest.environments);
            let functions = environments.filter(|(_, e)| e.signature == signature);
            let functions = functions.map(|(index, _)| match program.environments.get(&index) {
                Some(ballot) => Ok(emitter.authorize(context, size, strict, ballot)),
                None => Err(CompileError::internal("an environment without a decision")),
            });
            authorize.push(Door::Each(functions.collect::<Result<_, _>>()?));
            continue;
        };
        let voting = emitter.voting(context, size, ballot);
        let actions = count(manifest.schema.actions.len());
        let any = emitter.authorize_any(size, strict, ballot, &voting, actions);
        authorize.push(Door::Any(any));
        let gates: Vec<u32> = manifest.gates.iter().map(|g| g.action).collect();
        let ladders: Vec<Ladder> = manifest
            .classes
            .iter()
            .map(|c| c.rungs.iter().map(|r| r.action).collect())
            .collect();
        plans.push(emitter.plan(size, strict, ballot, &voting, &gates, &ladders));
    }
    let hooks = [
        constant_hook(&emitter, table, count(words.len()) * 4, size),
        authorize_hook(&mut emitter, manifest, &authorize),
        plan_hook(&plans),
    ];
    let page = page_function(size);
    let page = emitter.add(page);
    Ok((emitter, hooks, page))
}

/// How the requests of a signature are decided.
enum Door {
    /// One function for any action.
    Any(u32),
    /// One function for each action.
    Each(Vec<u32>),
}

/// Numbers that the runtime asks for; the order is that of `Constant` in the guest's exports.
fn constant_hook(emitter: &Emitter<'_>, table: u32, table_bytes: u32, size: Shape) -> Body {
    let map = emitter.map;
    let numbers = [
        map.frame,
        map.output,
        table,
        table_bytes,
        size.room,
        size.classes,
        size.words,
    ];
    let mut body = Body::new(&[ValType::I32], &[ValType::I32]);
    for (which, number) in (0..).zip(numbers) {
        body.get(0).address(which);
        body.ops([I::I32Eq, I::If(BlockType::Empty)]);
        body.address(number).ops([I::Return, I::End]);
    }
    body.op(I::Unreachable);
    body
}

/// Decides by the environment's index, with request and output; an index that is none traps.
fn authorize_hook(emitter: &mut Emitter<'_>, manifest: &Manifest, doors: &[Door]) -> Body {
    let mut body = Body::new(&[ValType::I32; 3], &[ValType::I32]);
    let mut actions = Vec::new();
    for environment in &manifest.environments {
        actions.extend(environment.action.to_le_bytes());
    }
    let needs_actions = doors.iter().any(|d| matches!(d, Door::Any(_)));
    let table = match needs_actions {
        true => {
            emitter.constants.reserve(0, 4);
            emitter.constants.append_bytes(&actions)
        }
        false => 0,
    };
    let mut targets = Vec::new();
    let mut cases = Vec::new();
    for (signature, door) in (0..).zip(doors) {
        match door {
            Door::Any(function) => {
                let environments = manifest.environments.iter();
                let many = environments.filter(|e| e.signature == signature).count();
                targets.extend(std::iter::repeat_n(count(cases.len()), many));
                cases.push((*function, true));
            }
            Door::Each(functions) => {
                for function in functions {
                    targets.push(count(cases.len()));
                    cases.push((*function, false));
                }
            }
        }
    }
    // The outermost block is left by an unknown index, each inner one leads to its case.
    for _ in 0..=cases.len() {
        body.block();
    }
    body.get(0)
        .op(I::BrTable(targets.into(), count(cases.len())));
    for (function, takes_action) in cases {
        body.end();
        body.get(1).get(2);
        if takes_action {
            body.get(0)
                .ops([I::I32Const(2), I::I32Shl, I::I32Load(at(table, 2))]);
        }
        body.call(function).op(I::Return);
    }
    body.end().op(I::Unreachable);
    body
}

/// Answers a plan by its index, with view, request and output; an index that is none traps.
fn plan_hook(plans: &[u32]) -> Body {
    let mut body = Body::new(&[ValType::I32; 4], &[]);
    for (index, function) in (0..).zip(plans) {
        body.get(0).address(index);
        body.ops([I::I32Eq, I::If(BlockType::Empty)]);
        body.get(2).get(3).get(1).call(*function);
        body.ops([I::Return, I::End]);
    }
    body.op(I::Unreachable);
    body
}

/// Answers one plan for many requests: plan, view, first request, how many, first output.
fn page_function(size: Shape) -> Body {
    const REQUEST: u32 = 2;
    const COUNT: u32 = 3;
    const OUTPUT: u32 = 4;
    let mut body = Body::new(&[ValType::I32; 5], &[]);
    let done = body.block();
    body.op(I::Loop(BlockType::Empty));
    let leave = body.branch(done);
    body.get(COUNT).ops([I::I32Eqz, I::BrIf(leave)]);
    body.get(0).get(1).get(REQUEST).get(OUTPUT);
    body.call(link::PLAN_HOOK);
    for (local, step) in [(REQUEST, page::STRIDE), (OUTPUT, size.size())] {
        body.get(local).address(step).op(I::I32Add).set(local);
    }
    body.get(COUNT).ops([I::I32Const(1), I::I32Sub]).set(COUNT);
    body.op(I::Br(0)).end().end();
    body
}
