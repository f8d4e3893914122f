//! The redactor: any body is refused or redacted, the same however it is cut, into JSON that has
//! nothing of what is removed.

use privet_redact::{Delivery, RedactError, Redactor, Rule, Rules, Settings, redact, validate};
use std::sync::{Arc, LazyLock};

/// What stands in a removed place, and nowhere else.
const SECRET: &str = "QZ13912345678QZ";

static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| {
    let mut rules = Vec::new();
    for (path, rendering) in [
        ("$.a", "reveal"),
        ("$.b.c", "reveal"),
        ("$.l[*]", "reveal"),
        ("$.m[*].a", "reveal"),
        ("$.m[*].n", "mask:name"),
        ("$.m[*].p", "mask:phone"),
        ("$.m[*].e", "mask:email"),
        ("$.m[*].d", "generalise:year"),
        ("$.m[*].s", "scrub"),
        ("$.d[*].x", "drop-item"),
        ("$.r", "relay:relay"),
        ("$.secret", "remove"),
    ] {
        let rule = Rule::new("c", rendering.parse().expect("a rendering"));
        rules.push((path.parse().expect("a path"), rule));
    }
    let builder = Rules::builder().issued("relay", "17012345678");
    Arc::new(builder.build(rules).expect("rules"))
});

/// The first byte chooses how the rest, a body, is cut.
pub fn run(bytes: &[u8]) {
    let Some((cut, body)) = bytes.split_first() else {
        return;
    };
    let whole = redact(RULES.clone(), settings(Delivery::Held), body);
    for delivery in [Delivery::Held, Delivery::Streaming] {
        assert_eq!(in_chunks(body, 1 + usize::from(*cut), delivery), whole);
    }
    if let Ok(output) = &whole {
        validate(output, &Settings::default()).expect("the output is JSON");
        std::str::from_utf8(output).expect("the output is UTF-8");
        // What is shown as it is stays as it is.
        assert!(output.starts_with(b"{") && output.ends_with(b"}"));
    }

    // The same behind members that nobody may see.
    if body.windows(2).any(|pair| pair == b"QZ") {
        return;
    }
    let members = body.strip_prefix(b"{").unwrap_or(body);
    let hidden = format!(
        r#"{{"secret":"{SECRET}","x":["{SECRET}",{{"{SECRET}":1}}],"d":[{{"x":"{SECRET}"}}],"#
    );
    let planted = [hidden.as_bytes(), members].concat();
    if let Ok(output) = redact(RULES.clone(), settings(Delivery::Held), &planted) {
        let output = String::from_utf8(output).expect("the output is UTF-8");
        assert!(!output.contains("QZ"), "{output}");
    }
}

fn settings(delivery: Delivery) -> Settings {
    Settings {
        max_depth: 12,
        max_body_bytes: 4096,
        max_token_bytes: 200,
        max_open_names: 40,
        max_open_name_bytes: 300,
        max_output_bytes: 2000,
        delivery,
    }
}

fn in_chunks(body: &[u8], size: usize, delivery: Delivery) -> Result<Vec<u8>, RedactError> {
    let mut redactor = Redactor::new(RULES.clone(), settings(delivery), Vec::new());
    for chunk in body.chunks(size) {
        redactor.write(chunk)?;
    }
    redactor.end()
}
