//! Workloads of the three shapes that engines are compared on, for machines without a dataset.
//!
//! Documents in folders, repositories with roles, shared task lists; their policies are in
//! `bench/workloads/`. The entities grow with `n` as in the published comparison: so many people,
//! groups and things each. Nothing here is measured.

use super::random::Random;
use super::{Asked, Workload};
use serde_json::{Value, json};

/// Requests of a workload.
pub const REQUESTS: usize = 200;

/// All workloads: three shapes, three sizes.
pub fn all(seed: u64) -> Vec<Workload> {
    let mut all = Vec::new();
    for size in [5, 20, 50] {
        let mut random = Random::new(seed ^ size as u64);
        all.push(drive(size, &mut random));
        all.push(forge(size, &mut random));
        all.push(tasks(size, &mut random));
    }
    all.sort_by_key(|w| w.cell.starts_with("tasks"));
    all.sort_by_key(|w| !w.cell.starts_with("drive"));
    all
}

/// The workload of documents alone: with the same seed, that of [`all`].
pub fn documents(size: usize, seed: u64) -> Workload {
    drive(size, &mut Random::new(seed ^ size as u64))
}

fn uid(ty: &str, index: usize) -> Value {
    json!({ "type": ty, "id": format!("{}-{index}", ty.to_lowercase()) })
}

fn some(ty: &str, size: usize, percent: usize, random: &mut Random) -> Vec<Value> {
    let chosen = (0..size).filter(|_| random.chance(percent));
    chosen.map(|i| uid(ty, i)).collect()
}

fn entity(uid: Value, attributes: Value, parents: Vec<Value>) -> Value {
    json!({ "uid": uid, "attrs": attributes, "parents": parents })
}

/// Parents among those before: no cycle.
fn above(ty: &str, index: usize, percent: usize, random: &mut Random) -> Vec<Value> {
    some(ty, index, percent, random)
}

fn workload(
    cell: String,
    texts: (&str, &str),
    entities: Vec<Value>,
    mut request: impl FnMut() -> (Value, &'static str, Value),
) -> Workload {
    Workload {
        cell,
        schema_file: "schema.cedarschema".to_owned(),
        schema: texts.0.to_owned(),
        policies: texts.1.to_owned(),
        entities: Value::Array(entities).to_string(),
        requests: (0..REQUESTS)
            .map(|_| {
                let (principal, action, resource) = request();
                Asked {
                    principal,
                    action: json!({ "type": "Action", "id": action }),
                    resource,
                    context: json!({}),
                }
            })
            .collect(),
    }
}

fn drive(size: usize, random: &mut Random) -> Workload {
    let mut entities = Vec::new();
    for i in 0..size {
        let attributes = json!({
            "owns": some("File", size, 5, random),
            "ownsFolders": some("Directory", size, 5, random),
            "sees": uid("Share", i),
        });
        entities.push(entity(uid("Person", i), attributes, Vec::new()));
        let shares = above("Share", i, 5, random);
        entities.push(entity(uid("Share", i), json!({}), shares));
        let mut parents = above("Directory", i, 8, random);
        parents.extend(some("Share", size, 5, random));
        entities.push(entity(uid("Directory", i), json!({}), parents));
        let mut parents = vec![uid("Directory", random.below(size))];
        parents.extend(some("Share", size, 5, random));
        let attributes = json!({ "isPublic": random.chance(10) });
        entities.push(entity(uid("File", i), attributes, parents));
    }
    let texts = (
        include_str!("../../workloads/drive.cedarschema"),
        include_str!("../../workloads/drive.cedar"),
    );
    workload(format!("drive n{size}"), texts, entities, || {
        let person = uid("Person", random.below(size));
        let action = *random.pick(&["open", "edit", "send", "handOver", "create"]);
        let ty = if action == "create" {
            "Directory"
        } else {
            "File"
        };
        (person, action, uid(ty, random.below(size)))
    })
}

fn forge(size: usize, random: &mut Random) -> Workload {
    const ROLES: [&str; 5] = ["readers", "sorters", "writers", "keepers", "owners"];
    const ORGANISATION_ROLES: [&str; 3] = ["readers", "writers", "owners"];
    let role =
        |ty: &str, role: &str, index: usize| json!({ "type": ty, "id": format!("{index} {role}") });
    let mut entities = Vec::new();
    for i in 0..size {
        let mut repository = json!({ "organisation": uid("Organisation", random.below(size)) });
        for name in ROLES {
            let uid = role("RepositoryRole", name, i);
            entities.push(entity(uid.clone(), json!({}), Vec::new()));
            if let Some(members) = repository.as_object_mut() {
                members.insert(name.to_owned(), uid);
            }
        }
        entities.push(entity(uid("Repository", i), repository, Vec::new()));
        let mut organisation = json!({});
        for name in ORGANISATION_ROLES {
            let uid = role("OrganisationRole", name, i);
            entities.push(entity(uid.clone(), json!({}), Vec::new()));
            if let Some(members) = organisation.as_object_mut() {
                members.insert(name.to_owned(), uid);
            }
        }
        entities.push(entity(uid("Organisation", i), organisation, Vec::new()));
        let mut held = above("Group", i, 8, random);
        for repository in 0..size {
            if random.chance(8) {
                let name = *random.pick(&ROLES);
                held.push(role("RepositoryRole", name, repository));
            }
        }
        entities.push(entity(uid("Group", i), json!({}), held));
        let mut held = some("Group", size, 5, random);
        for thing in 0..size {
            if random.chance(4) {
                let name = *random.pick(&ROLES);
                held.push(role("RepositoryRole", name, thing));
            }
            if random.chance(4) {
                let name = *random.pick(&ORGANISATION_ROLES);
                held.push(role("OrganisationRole", name, thing));
            }
        }
        entities.push(entity(uid("Member", i), json!({}), held));
    }
    let texts = (
        include_str!("../../workloads/forge.cedarschema"),
        include_str!("../../workloads/forge.cedar"),
    );
    workload(format!("forge n{size}"), texts, entities, || {
        let action = *random.pick(&["read", "sort", "write", "keep", "own"]);
        let member = uid("Member", random.below(size));
        (member, action, uid("Repository", random.below(size)))
    })
}

fn tasks(size: usize, random: &mut Random) -> Workload {
    let main = || json!({ "type": "Office", "id": "main" });
    let mut entities = vec![entity(main(), json!({}), Vec::new())];
    for i in 0..size {
        let mut parents = above("Team", i, 8, random);
        parents.push(main());
        entities.push(entity(uid("Team", i), json!({}), parents));
        let mut parents = some("Team", size, 5, random);
        parents.push(main());
        entities.push(entity(uid("Worker", i), json!({}), parents));
        let tasks: Vec<Value> = (0..random.below(4))
            .map(|n| json!({ "number": n, "title": format!("task {n}"), "state": "open" }))
            .collect();
        let board = json!({
            "owner": uid("Worker", random.below(size)),
            "readers": uid("Team", random.below(size)),
            "editors": uid("Team", random.below(size)),
            "title": format!("board {i}"),
            "tasks": tasks,
        });
        entities.push(entity(uid("Board", i), board, vec![main()]));
    }
    let texts = (
        include_str!("../../workloads/tasks.cedarschema"),
        include_str!("../../workloads/tasks.cedar"),
    );
    workload(format!("tasks n{size}"), texts, entities, || {
        let action = *random.pick(&[
            "found",
            "browse",
            "look",
            "rename",
            "remove",
            "share",
            "addTask",
            "changeTask",
            "dropTask",
        ]);
        let resource = match action {
            "found" | "browse" => main(),
            _ => uid("Board", random.below(size)),
        };
        (uid("Worker", random.below(size)), action, resource)
    })
}
