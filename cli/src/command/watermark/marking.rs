//! What a mark is made with: options that `watermark mark` and `redact` share, and the disclosure
//! that facts tell of.
//!
//! What must never be here: a company that was guessed.

use crate::load::ViewerArguments;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use privet_watermark::{Disclosure, MarkId, Marker, Named, PrivateKey, Settings};
use serde_json::Value;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Args)]
#[command(next_help_heading = "Watermark")]
pub struct MarkingArguments {
    /// Who marks: the platform, e.g. its address
    #[arg(long, value_name = "NAME", default_value = "privet")]
    issuer: String,
    /// Name of the company, as the notice shows it; its id if absent
    #[arg(long, value_name = "NAME")]
    company_name: Option<String>,
    /// Title of the job, as the notice shows it; its id if absent
    #[arg(long, value_name = "TITLE")]
    job_title: Option<String>,
    /// Account of the viewer, as the notice shows it; the viewer's id if absent
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Id of the decision, as the decision log has it; a random one if absent
    #[arg(long, value_name = "ID")]
    decision: Option<String>,
    /// Put no zero-width codes into free text
    #[arg(long)]
    no_zero_width: bool,
    /// Offset of the notice's time from UTC
    #[arg(long, value_name = "HOURS", default_value_t = 8, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i8).range(-12..=14))]
    utc_offset: i8,
}

/// Ids of who gets a document, and for which job.
#[derive(Debug)]
pub struct Recipient {
    pub company: String,
    pub viewer: String,
    pub job: Option<String>,
}

impl MarkingArguments {
    /// The marker of a private key's file.
    pub fn marker(&self, key: &Path) -> Result<Marker> {
        let settings = Settings {
            zero_width: !self.no_zero_width,
            utc_offset_hours: self.utc_offset,
            ..Settings::default()
        };
        let key = PrivateKey::read(key)?;
        Ok(Marker::new(key, &self.issuer).with_settings(settings))
    }

    /// The disclosure to a recipient at a time, now if there is none.
    pub fn disclosure(&self, recipient: Recipient, time: Option<&str>) -> Result<Disclosure> {
        let named =
            |id: String, name: &Option<String>| Named::new(id, name.as_deref().unwrap_or_default());
        Ok(Disclosure {
            company: named(recipient.company, &self.company_name),
            viewer: named(recipient.viewer, &self.account),
            job: recipient.job.map(|job| named(job, &self.job_title)),
            time: match time {
                Some(time) => seconds(time)?,
                None => now()?,
            },
            decision: match &self.decision {
                Some(decision) => decision.clone(),
                None => MarkId::random()?.to_string(),
            },
            ..Disclosure::default()
        })
    }
}

/// The disclosure that a viewer's facts tell of: `principal`, its attribute `company`, `context.job`,
/// `resource` and `now`.
pub fn of_facts(viewer: &ViewerArguments, marking: &MarkingArguments) -> Result<Disclosure> {
    let packs = viewer.pack.iter().map(|folder| privet_pack::read(folder));
    let packs = packs.collect::<Result<Vec<_>, _>>()?;
    let first = packs.first().context("which pack? give --pack DIR")?;
    let facts: Value = serde_json::from_str(&viewer.text(first)?).context("facts")?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let recipient = recipient(&facts)?;
    let mut disclosure = marking.disclosure(recipient, text(facts.get("now")).as_deref())?;
    let names = packs
        .iter()
        .map(|pack| format!("{} {}", pack.file.name, pack.file.revision));
    disclosure.pack = names.collect::<Vec<_>>().join(", ");
    disclosure.resume = text(facts.pointer("/resource/id")).unwrap_or_default();
    Ok(disclosure)
}

/// Who gets a document, as facts tell: `principal`, its attribute `company`, `context.job`.
pub fn recipient(facts: &Value) -> Result<Recipient> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let principal = facts.get("principal");
    let entities = facts.get("entities").and_then(Value::as_array);
    let entity = entities
        .into_iter()
        .flatten()
        .find(|entity| entity.get("uid") == principal && principal.is_some());
    Ok(Recipient {
        company: text(entity.and_then(|e| e.pointer("/attrs/company/id")))
            .context("a watermark names a company, and the principal of the facts has none")?,
        viewer: text(facts.pointer("/principal/id")).context("the facts name no principal")?,
        job: text(facts.pointer("/context/job/id")),
    })
}

/// Seconds since 1970 of a time as Cedar's `datetime` has it.
fn seconds(time: &str) -> Result<i64> {
    let milliseconds = privet_frame::extension::datetime(time);
    let milliseconds = milliseconds
        .ok_or_else(|| anyhow!("`{time}` is no time: expected for example 2021-04-28T10:03:00Z"))?;
    Ok(milliseconds.div_euclid(1000))
}

/// Seconds since 1970, now.
pub fn now() -> Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}
