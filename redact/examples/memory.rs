//! How much memory an enforcement takes at most: `memory held 10000000` reads a
//! body of so many bytes and holds the output, `memory streaming 1000000000`
//! delivers it on the way. The body is made as it is read, so that only the
//! enforcement counts.
//!
//! Prints the highest resident size of the process before and after (Linux,
//! `VmHWM`), and the bound that `Settings` states. What must never be here: a
//! time; this is no benchmark.

use std::sync::Arc;

use privet_redact::{Delivery, Redactor, Rule, Rules, Settings};

/// One item of the body's array, in Latin and Chinese.
const ITEM: &str = r#"{"name":"Example GmbH","position":"后端工程师","startDate":"2015-03-09","phone":"13800138000",
  "summary":"负责支付系统的设计与开发，带领五人团队 and kept it running for years.","secret":[1,2,{"a":null}]},
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (delivery, bytes) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["held", bytes] => (Delivery::Held, bytes.parse::<usize>()?),
        ["streaming", bytes] => (Delivery::Streaming, bytes.parse()?),
        _ => return Err("usage: memory held|streaming BYTES".into()),
    };
    let mut rules = Vec::new();
    for (field, rendering) in [
        ("name", "reveal"),
        ("position", "reveal"),
        ("startDate", "generalise:year"),
        ("phone", "mask:phone"),
        ("summary", "reveal"),
    ] {
        let path = format!("$.work[*].{field}").parse()?;
        rules.push((path, Rule::new(field, rendering.parse()?)));
    }
    let rules = Arc::new(Rules::new(rules)?);
    let mut settings = Settings {
        max_body_bytes: usize::MAX,
        delivery,
        ..Settings::default()
    };
    if delivery == Delivery::Streaming {
        settings.max_output_bytes = usize::MAX;
    }
    // Held, the buffer; streaming, twice what a piece of 64 KiB becomes here.
    let buffer = match delivery {
        Delivery::Held => 2 * settings.max_output_bytes,
        Delivery::Streaming => 2 * (64 << 10),
    };
    let bound = buffer
        + 2 * settings.max_token_bytes
        + settings.max_open_name_bytes
        + 16 * settings.max_open_names
        + 128 * settings.max_depth;

    let before = highest_resident()?;
    let mut shown = 0_u64;
    let sink = |bytes: &[u8]| shown += bytes.len() as u64;
    let mut redactor = Redactor::new(rules, settings, sink);
    redactor.write(b"{\"work\":[")?;
    let mut read = 0;
    while read < bytes {
        redactor.write(ITEM.as_bytes())?;
        read += ITEM.len();
    }
    redactor.write(b"{}]}")?;
    let _ = redactor.end()?;
    let after = highest_resident()?;
    println!("{read} bytes read, {shown} shown");
    println!("highest resident size {before} KiB before, {after} KiB after");
    println!("the bound is {} KiB more", bound / 1024);
    match (after - before) * 1024 <= bound {
        true => Ok(()),
        false => Err("the bound is exceeded".into()),
    }
}

/// In KiB.
fn highest_resident() -> Result<usize, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmHWM in /proc/self/status")?.parse()?)
}
