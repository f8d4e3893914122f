//! W1 and W2: the mark in words for whoever reads the document, and as fields for whoever parses it.
//!
//! Both prove nothing: the signature does. What must never be here: anything that is not also in the
//! ledger's row.

use crate::disclosure::{Disclosure, Named};
use crate::key::PrivateKey;
use crate::mark_id::MarkId;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

/// `meta.watermark`.
pub(crate) fn watermark(
    disclosure: &Disclosure,
    id: MarkId,
    key: &PrivateKey,
    utc_offset_hours: i8,
) -> Value {
    let mut watermark = json!({
        "type": crate::FORMAT,
        "notice": {
            "zh": chinese(disclosure, id, utc_offset_hours),
            "en": english(disclosure, id, utc_offset_hours),
        },
        "markId": id,
        "keyId": key.id(),
        "company": disclosure.company.id,
        "viewer": disclosure.viewer.id,
        "time": rfc3339(disclosure.time),
        "decision": disclosure.decision,
    });
    if let (Some(job), Some(members)) = (&disclosure.job, watermark.as_object_mut()) {
        members.insert("job".to_owned(), Value::from(job.id.as_str()));
    }
    watermark
}

fn chinese(disclosure: &Disclosure, id: MarkId, hours: i8) -> String {
    let company = disclosure.company.shown();
    let purpose = match &disclosure.job {
        Some(job) => format!("仅供 {company} 招聘 {} 使用", job.shown()),
        None => format!("仅供 {company} 招聘使用"),
    };
    details(&purpose, &disclosure.viewer, disclosure.time, id, hours)
}

fn english(disclosure: &Disclosure, id: MarkId, hours: i8) -> String {
    let company = disclosure.company.shown();
    let purpose = match &disclosure.job {
        Some(job) => format!("Only for {company}, to recruit for {}", job.shown()),
        None => format!("Only for {company}, to recruit"),
    };
    details(&purpose, &disclosure.viewer, disclosure.time, id, hours)
}

fn details(purpose: &str, viewer: &Named, time: i64, id: MarkId, hours: i8) -> String {
    let (viewer, time, code) = (viewer.shown(), local(time, hours), id.short_code());
    format!("{purpose} · {viewer} · {time} · {code}")
}

/// A time as RFC 3339 has it, in UTC.
pub(crate) fn rfc3339(time: i64) -> String {
    timestamp(time).to_string()
}

/// A time as people write it, with its offset from UTC.
fn local(time: i64, hours: i8) -> String {
    let offset = Offset::from_hours(hours).unwrap_or(Offset::UTC);
    let local = offset.to_datetime(timestamp(time));
    let (date, time) = (local.date(), local.time());
    format!(
        "{date} {:02}:{:02} UTC{:+}",
        time.hour(),
        time.minute(),
        offset.seconds() / 3600
    )
}

/// Times are checked before they come here.
fn timestamp(time: i64) -> Timestamp {
    Timestamp::from_second(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{chinese, english};
    use crate::disclosure::{Disclosure, Named};
    use crate::mark_id::MarkId;

    #[test]
    fn in_words() {
        let mut disclosure = Disclosure {
            company: Named::new("company-1", "北京某某科技有限公司"),
            viewer: Named::new("recruiter-1", ""),
            job: Some(Named::new("job-1", "后端工程师")),
            time: 1_619_604_180,
            ..Disclosure::default()
        };
        let id = MarkId::from_bytes([0; 12]);
        assert_eq!(
            chinese(&disclosure, id, 8),
            "仅供 北京某某科技有限公司 招聘 后端工程师 使用 · recruiter-1 · 2021-04-28 18:03 UTC+8 · AAAA-AAAA"
        );
        disclosure.job = None;
        assert_eq!(
            english(&disclosure, id, 0),
            "Only for 北京某某科技有限公司, to recruit · recruiter-1 · 2021-04-28 10:03 UTC+0 · AAAA-AAAA"
        );
    }
}
