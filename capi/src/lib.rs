//! Privet as a C library.
//!
//! | module | what it holds |
//! |---|---|
//! | [`exports`] | every function of `include/privet.h`, and all the `unsafe` there is |
//! | [`policy`], [`facts`], [`plan`] | a decision and a body, step by step |
//! | [`exchange`] | a request and its answer by `privet.toml` |
//! | [`status`] | what went wrong |
//!
//! Rules of ownership and threads stand on top of the header. What must never be here: a decision,
//! a panic that leaves, a value in an error.

pub mod exchange;
pub mod exports;
pub mod facts;
pub mod plan;
pub mod policy;
pub mod status;

/// What the header promises of threads; the compiler sees that it holds.
const _: () = {
    const fn any_number_at_once<T: Send + Sync>() {}
    const fn one_at_a_time<T: Send>() {}
    any_number_at_once::<privet_host::Engine>();
    any_number_at_once::<policy::LivePolicy>();
    any_number_at_once::<facts::LoadedFacts>();
    any_number_at_once::<plan::MadePlan>();
    any_number_at_once::<privet_server::inside::Inside>();
    one_at_a_time::<facts::FactsBuilder>();
    one_at_a_time::<plan::Pieces>();
    one_at_a_time::<exchange::CExchange>();
    one_at_a_time::<exports::Buffer>();
    one_at_a_time::<status::Error>();
};
