//! The detector and the known-value scan: a planted contact never comes through, whatever stands
//! around it, and any text at all gives valid spans.

use privet_redact::known::{Known, KnownKind};
use privet_redact::scrub::Scrubber;

/// Contacts in forms that the detector claims to find in any surroundings: a sentence of their own.
const PLANTED: &[(KnownKind, &str, &str)] = &[
    (KnownKind::Phone, "13800138000", "电话 138-0013-8000"),
    (KnownKind::Phone, "13800138000", "138零零13八千"),
    (KnownKind::Phone, "13800138000", "１３８ ００１３ ８０００"),
    (KnownKind::Phone, "13800138000", "l38OOl38OOO"),
    (
        KnownKind::Phone,
        "13800138000",
        "one three eight zero zero one three eight zero zero zero",
    ),
    (
        KnownKind::Email,
        "zhangsan@example.com",
        "zhangsan@example.com",
    ),
    (
        KnownKind::Email,
        "zhangsan@example.com",
        "zhangsan (at) example (dot) com",
    ),
    (
        KnownKind::Email,
        "zhangsan@example.com",
        "zhangsan艾特example点com",
    ),
    (KnownKind::Wechat, "zsf_8888", "微信：zsf_8888"),
    (KnownKind::Qq, "123456789", "QQ 123456789"),
    (
        KnownKind::IdCard,
        "11010519491231002X",
        "11010519491231002X",
    ),
];

/// The first byte chooses a contact, the second how far into the rest it is planted, as a line of
/// its own.
pub fn run(bytes: &[u8]) {
    let (choice, rest) = match bytes {
        [choice, place, rest @ ..] => ((usize::from(*choice), usize::from(*place)), rest),
        _ => ((0, 0), bytes),
    };
    let text = String::from_utf8_lossy(rest).into_owned();
    spans(&text);
    let Some((kind, value, written)) = PLANTED.get(choice.0 % PLANTED.len()) else {
        return;
    };
    let known = Known::builder()
        .value(*kind, value)
        .expect("a value that can be searched for")
        .build();
    // A text may hold the value in a form of the scan alone; then nothing is to be shown.
    if known
        .scan_text(&Scrubber::default().scrub(&text).text)
        .is_some()
    {
        return;
    }
    let mut at = text.len() * choice.1 / 256;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (head, tail) = text.split_at(at);
    let planted = format!("{head}\n\n。{written}。\n\n{tail}");
    spans(&planted);
    let shown = Scrubber::default().scrub(&planted).text.into_owned();
    assert!(!shown.contains(written), "{written}");
}

fn spans(text: &str) {
    let scrubbed = Scrubber::default().scrub(text);
    let mut end = 0;
    for finding in &scrubbed.findings {
        assert!(finding.span.start >= end && finding.span.start < finding.span.end);
        assert!(text.get(finding.span.clone()).is_some());
        end = finding.span.end;
    }
    assert_eq!(Scrubber::default().find(text), scrubbed.findings);
}
