//! Random schemas, policy sets and requests that reach the whole language.
//!
//! | file | what it makes |
//! |---|---|
//! | `schema` | a schema as Cedar text: namespaces, hierarchies, common types, actions and groups |
//! | `policy` | policies, templates and links over a schema |
//! | `pack` | packs: views, classes with ladders, policies with obligations |
//! | `scope` | the heads of policies, and which request environments they admit |
//! | `paths` | what can be read from principal, resource, context and literal entities |
//! | `expression` | expressions of a wanted type |
//! | `boolean` | conditions: every operator that answers yes or no |
//! | `text` | how names, strings and uids are written in Cedar |
//!
//! Everything comes from one seed. What Cedar's validator refuses is left out by the caller, who
//! counts it. Facts are made by [`crate::facts`] from the compiled schema.

mod boolean;
mod expression;
pub mod pack;
mod paths;
pub mod policy;
pub mod schema;
mod scope;
pub mod text;
