//! How names, strings and uids are written in Cedar's text.

/// A string literal.
pub fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A pattern of `like` that is these parts with stars between; stars inside a part are escaped.
pub fn pattern(parts: &[&str]) -> String {
    let escaped: Vec<String> = parts
        .iter()
        .map(|part| {
            let literal = string(part);
            literal[1..literal.len() - 1].replace('*', "\\*")
        })
        .collect();
    format!("\"{}\"", escaped.join("*"))
}

/// Whether a name can stand behind a point.
pub fn is_identifier(name: &str) -> bool {
    const RESERVED: [&str; 10] = [
        "true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar",
    ];
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
}

/// An attribute's name as a schema or a record literal writes it.
pub fn key(name: &str) -> String {
    if is_identifier(name) {
        name.to_owned()
    } else {
        string(name)
    }
}

/// Access to an attribute.
pub fn access(base: &str, name: &str) -> String {
    if is_identifier(name) {
        format!("{base}.{name}")
    } else {
        format!("{base}[{}]", string(name))
    }
}

/// An entity's uid.
pub fn uid(type_name: &str, id: &str) -> String {
    format!("{type_name}::{}", string(id))
}
