//! Frames given to a guest: any bytes are refused, or the answer is Cedar's on what they say.
//!
//! The check runs natively and inside the guest, and both must agree. A guest that accepted a frame
//! may not trap, and its answer may not depend on what stands behind the frame in the memory.
//! An input is a frame as it is, or changes to a valid one: random bytes are no frame.

use crate::facts::Facts;
use crate::frame_reader::{self, Decoded};
use crate::oracle::Answer;
use crate::random::Random;
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use privet_frame::abi::{header, output};
use privet_frame::manifest::{Effect, Manifest};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::str::FromStr;
use wasmtime::{Instance, Linker, Memory, Module, Store, TypedFunc};

const SCHEMA: &str = include_str!("frame/schema.cedarschema");
const POLICIES: &str = include_str!("frame/policies.cedar");

/// What became of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Refused,
    /// A frame; so many environments answered as Cedar does.
    Answered(usize),
}

struct Guest {
    store: Store<()>,
    memory: Memory,
    verify: TypedFunc<(), u32>,
    authorize: TypedFunc<(u32, u32, u32), u32>,
    manifest: Manifest,
    table: Vec<u8>,
    policies: PolicySet,
    frames: Vec<Vec<u8>>,
}

thread_local! {
    static GUEST: RefCell<Guest> = RefCell::new(Guest::new());
}

/// Hands the bytes to a guest.
pub fn run(bytes: &[u8]) {
    check(bytes);
}

/// Hands the bytes to a guest and says what became of them.
pub fn check(bytes: &[u8]) -> Verdict {
    GUEST.with_borrow_mut(|guest| {
        let frame = guest.frame(bytes);
        guest.check(&frame)
    })
}

impl Guest {
    fn new() -> Self {
        let compiled = privet_compiler::compile(&crate::policy_set(SCHEMA, POLICIES))
            .unwrap_or_else(|e| panic!("{e}"));
        let frames = frames(&compiled.wasm);
        let engine = wasmtime::Engine::default();
        let module = Module::new(&engine, &compiled.wasm).expect("a module");
        let mut store = Store::new(&engine, ());
        let instance: Instance = Linker::new(&engine)
            .instantiate(&mut store, &module)
            .expect("instantiates");
        let memory = instance.get_memory(&mut store, "memory").expect("a memory");
        memory.grow(&mut store, 4).expect("memory");
        let table = privet_frame::table::encode(&compiled.manifest);
        Self {
            memory,
            verify: instance
                .get_typed_func(&mut store, "privet_verify")
                .expect("an export"),
            authorize: instance
                .get_typed_func(&mut store, "privet_authorize")
                .expect("an export"),
            store,
            table: table.into_iter().flat_map(u32::to_le_bytes).collect(),
            manifest: compiled.manifest,
            policies: PolicySet::from_str(POLICIES).expect("policies"),
            frames,
        }
    }

    /// The first byte says whether the rest is a frame, or the number of a valid frame and changes:
    /// four bytes each, where and what.
    fn frame(&self, bytes: &[u8]) -> Vec<u8> {
        let (&[kind, which], rest) = bytes.split_first_chunk().unwrap_or((&[0, 0], bytes));
        if kind % 4 == 0 {
            return bytes.get(1..).unwrap_or_default().to_vec();
        }
        let mut frame = self.frames[usize::from(which) % self.frames.len()].clone();
        for change in rest.as_chunks::<4>().0 {
            let [low, high, how, what] = *change;
            let place = usize::from(u16::from_le_bytes([low, high])) % frame.len();
            let word = place & !3;
            let old = frame[word..]
                .first_chunk::<4>()
                .copied()
                .map(u32::from_le_bytes);
            let Some(old) = old else { continue };
            let new = match how % 6 {
                0 => {
                    frame[place] = what;
                    continue;
                }
                1 => old.wrapping_add(u32::from(what)),
                2 => old.wrapping_sub(u32::from(what)),
                3 => old.wrapping_add(u32::from(what) * 16),
                4 => old.wrapping_sub(u32::from(what) * 16),
                // A word of another place: addresses and counts are mostly right somewhere.
                _ => {
                    let other = (usize::from(what) * 4 % frame.len()) & !3;
                    let other = frame[other..].first_chunk::<4>().copied();
                    other.map_or(old, u32::from_le_bytes)
                }
            };
            frame[word..word + 4].copy_from_slice(&new.to_le_bytes());
        }
        frame
    }

    fn check(&mut self, frame: &[u8]) -> Verdict {
        let base = self.manifest.frame_base as usize;
        let native = privet_frame::verify::verify(frame, &self.table);
        if base + frame.len() > self.memory.data_size(&self.store) {
            return Verdict::Refused;
        }
        self.put(frame, 0);
        let guest = self
            .verify
            .call(&mut self.store, ())
            .expect("the check does not trap")
            == 0;
        let length = frame
            .get(4..8)
            .map(|b| u32::from_le_bytes(b.try_into().expect("a word")));
        if length.is_some_and(|l| l as usize == frame.len()) {
            assert_eq!(
                guest,
                native.is_ok(),
                "the guest's check and the native one"
            );
        }
        if native.is_err() {
            return Verdict::Refused;
        }
        let said = frame_reader::decode(frame, &self.manifest);
        let entities = Entities::from_json_value(said.entities.clone(), None)
            .unwrap_or_else(|e| panic!("Cedar refuses what a valid frame says: {e}\n{said:#?}"));
        let mut answered = 0;
        for environment in 0..self.manifest.environments.len() {
            let declared = &self.manifest.environments[environment];
            if declared.signature != said.signature {
                continue;
            }
            let expected = self.expected(&said, &entities, declared.action);
            for filling in [0, 0xff] {
                self.put(frame, filling);
                let given = self.answer(environment as u32);
                assert_eq!(given, expected, "{said:#?}");
            }
            answered += 1;
        }
        Verdict::Answered(answered)
    }

    /// Writes a frame, and one byte all over what is behind it.
    fn put(&mut self, frame: &[u8], filling: u8) {
        let base = self.manifest.frame_base as usize;
        let memory = self.memory.data_mut(&mut self.store);
        memory[base..].fill(filling);
        memory[base..base + frame.len()].copy_from_slice(frame);
    }

    fn answer(&mut self, environment: u32) -> Answer {
        let allowed = self
            .authorize
            .call(
                &mut self.store,
                (
                    environment,
                    self.manifest.frame_base,
                    self.manifest.output_base,
                ),
            )
            .expect("a valid frame does not trap");
        let (base, shape) = (self.manifest.output_base, self.manifest.output());
        let memory = self.memory.data(&self.store);
        let word = |address: u32| {
            let bytes = &memory[address as usize..][..4];
            u32::from_le_bytes(bytes.try_into().expect("a word"))
        };
        let declared = &self.manifest.environments[environment as usize].policies;
        let policies = |bits: u32, length: u32, list: u32| {
            let set = |entry: &u32| word(base + bits + entry / 32 * 4) >> (entry % 32) & 1 == 1;
            let listed = match shape.room {
                0 => 0,
                _ => word(base + length),
            };
            (0..shape.words * 64)
                .filter(set)
                .chain((0..listed).map(|i| word(base + list + i * 4)))
                .map(|entry| &self.manifest.policies[declared[entry as usize] as usize])
                .collect::<Vec<_>>()
        };
        let satisfied = policies(
            shape.satisfied(0),
            output::SATISFIED,
            shape.satisfied_list(),
        );
        let of = |effect| satisfied.iter().filter(move |p| p.effect == effect);
        let ids: Vec<&str> = match of(Effect::Forbid).next() {
            Some(_) => of(Effect::Forbid).map(|p| p.id.as_str()).collect(),
            None => of(Effect::Permit).map(|p| p.id.as_str()).collect(),
        };
        let errors = policies(shape.erred(0), output::ERRED, shape.erred_list());
        Answer::new(allowed != 0, ids, errors.iter().map(|p| p.id.as_str()))
    }

    fn expected(&self, said: &Decoded, entities: &Entities, action: u32) -> Answer {
        let uid = &self.manifest.schema.actions[action as usize].uid;
        let name = &self.manifest.schema.entity_types[uid.ty as usize].name;
        let uid = |json: &Value| EntityUid::from_json(json.clone()).expect("a uid");
        let action =
            json!({ "type": name, "id": self.manifest.schema.actions[action as usize].uid.id });
        let context = Context::from_json_value(said.context.clone(), None).expect("a context");
        let request = Request::new(
            uid(&said.principal),
            uid(&action),
            uid(&said.resource),
            context,
            None,
        )
        .expect("a request");
        let response = Authorizer::new().is_authorized(&request, &self.policies, entities);
        Answer::new(
            response.decision() == Decision::Allow,
            response.diagnostics().reason().map(AsRef::as_ref),
            response.diagnostics().errors().map(|e| match e {
                cedar_policy::AuthorizationError::PolicyEvaluationError(e) => {
                    e.policy_id().as_ref()
                }
            }),
        )
    }
}

/// Valid frames of random facts, a few of each environment.
fn frames(wasm: &[u8]) -> Vec<Vec<u8>> {
    let policy = crate::engine().load(wasm).expect("loads");
    let manifest = policy.manifest();
    let mut facts = Facts {
        manifest,
        random: Random::new(7),
    };
    let mut frames = Vec::new();
    for environment in &manifest.environments {
        for _ in 0..3 {
            let store = facts.entities().to_string();
            let entities = privet_host::Entities::from_json(&policy, &store).expect("entities");
            let signature = manifest.signatures[environment.signature as usize];
            let request = privet_host::Request::from_json(
                &entities,
                &facts.uid(signature.principal).to_string(),
                &manifest.schema.actions[environment.action as usize].uid,
                &facts.uid(signature.resource).to_string(),
                &facts.context(signature.context).to_string(),
            )
            .expect("a request");
            frames.push(request.frame(&entities));
        }
    }
    assert!(frames.iter().all(|f| f.len() as u32 > header::SIZE));
    frames
}
