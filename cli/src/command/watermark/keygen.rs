//! `privet watermark keygen` and `keys`: private keys in files, public keys on standard output.
//!
//! What must never be here: a private key anywhere but in its file.

use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use privet_watermark::PrivateKey;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: privet watermark keygen --out watermark-key.json > watermark-keys.json"
)]
pub struct Arguments {
    /// The private key's file, which must not exist; its owner alone may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct KeysArguments {
    /// Private keys
    #[arg(required = true, value_name = "FILE")]
    keys: Vec<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let key = PrivateKey::generate()?;
    key.write_new(&arguments.out)?;
    errln!(
        "{}: the private key is written; its id is {}",
        arguments.out.display(),
        key.id()
    );
    print([&key])
}

pub fn keys(arguments: &KeysArguments) -> Result<Exit> {
    let keys = arguments.keys.iter().map(|file| PrivateKey::read(file));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    print(&keys)
}

fn print<'k>(keys: impl IntoIterator<Item = &'k PrivateKey>) -> Result<Exit> {
    let keys: Vec<Value> = keys.into_iter().map(PrivateKey::public_jwk).collect();
    outln!("{:#}", json!({ "keys": keys }));
    Ok(Exit::Success)
}
