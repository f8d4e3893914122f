//! The demo's fictional résumés, and the broken bodies that its upstream can serve.
//!
//! Nobody here exists: the names are invented or legendary, the addresses are of `example.com`, the
//! telephone numbers are a service number and one of the block reserved for fiction, the identity
//! card is the example of GB 11643. No real person's data may ever be added.

use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A résumé that the built-in upstream serves.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Its name in a URL, also the id of its entity.
    pub slug: &'static str,
    /// The candidate, for a list to choose from.
    pub title: &'static str,
    /// The settings that its owner chose, where they are not those of the pack's viewers.
    pub chosen: Chosen,
    /// The candidate's country, ISO 3166-1 alpha-2.
    pub region: Option<&'static str>,
    /// Employers as the document has them, each with its industry: what a register would know.
    pub industries: &'static [(&'static str, &'static str)],
    /// The document.
    pub document: Cow<'static, [u8]>,
}

impl Resume {
    /// What renderings need beside the plan, in the form of the facts' `issued`. A relay is the
    /// pack's viewers' own. The key of pseudonyms is one a viewer, **and no secret**: a gateway's
    /// comes from a store of keys.
    pub fn issued(&self, viewer: &str) -> Map<String, Value> {
        let key = format!("no secret: {viewer:>16}");
        let key: String = key.bytes().map(|b| format!("{b:02x}")).collect();
        let industry: Map<String, Value> = self
            .industries
            .iter()
            .map(|(employer, industry)| ((*employer).to_owned(), json!(industry)))
            .collect();
        let mut issued = Map::new();
        issued.insert("industry".to_owned(), Value::Object(industry));
        issued.insert("pseudonym".to_owned(), json!({ "key": key }));
        if let Some(region) = self.region {
            issued.insert("region".to_owned(), json!(region));
        }
        issued
    }

    /// The candidate's true values, in the form of the facts' `known`: the last look at what is about
    /// to leave is for them. A platform has them in its own store; here they are read from the
    /// document.
    pub fn known(&self) -> Value {
        let document = serde_json::from_slice(&self.document).unwrap_or(Value::Null);
        let kinds = [
            ("phone", "/basics/phone"),
            ("email", "/basics/email"),
            ("wechat", "/basics/x-cn/wechat"),
            ("qq", "/basics/x-cn/qq"),
            ("idCard", "/basics/x-cn/idCardNo"),
            ("name", "/basics/name"),
        ];
        let known = kinds.into_iter().filter_map(|(kind, place)| {
            let value = document.pointer(place)?.as_str()?;
            (!value.trim().is_empty()).then(|| (kind.to_owned(), json!([value])))
        });
        Value::Object(known.collect())
    }
}

/// Settings that differ from those of the pack's viewers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen {
    pub phone_protected: Option<bool>,
    pub name_protected: Option<bool>,
}

/// The built-in résumés; `own` stands in for the first one where it is given.
pub fn all(own: Option<Vec<u8>>) -> Vec<Resume> {
    let mut resumes = vec![
        Resume {
            slug: "zhang-san",
            title: "张三丰",
            chosen: Chosen::default(),
            region: Some("CN"),
            industries: &[("示例科技有限公司", "互联网")],
            document: Cow::Borrowed(include_bytes!("../../../demo/zhang-san.json")),
        },
        Resume {
            slug: "ouyang-jing",
            title: "欧阳静",
            chosen: Chosen {
                phone_protected: Some(false),
                name_protected: None,
            },
            region: Some("CN"),
            industries: &[("虚构设计工作室", "设计"), ("样例广告有限公司", "广告")],
            document: Cow::Borrowed(include_bytes!("../../../demo/ouyang-jing.json")),
        },
        Resume {
            slug: "maria-doe",
            title: "Maria Doe",
            chosen: Chosen {
                phone_protected: None,
                name_protected: Some(false),
            },
            region: Some("US"),
            industries: &[
                ("Sample Analytics Ltd.", "data services"),
                ("Placeholder Press", "publishing"),
            ],
            document: Cow::Borrowed(include_bytes!("../../../demo/maria-doe.json")),
        },
    ];
    if let (Some(document), Some(first)) = (own, resumes.first_mut()) {
        *first = Resume {
            slug: "own",
            title: "FILE",
            chosen: Chosen::default(),
            region: None,
            industries: &[],
            document: Cow::Owned(document),
        };
    }
    resumes
}

/// How the upstream misbehaves for a résumé whose name starts with `test-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A page in HTML where JSON is announced.
    NotJson,
    /// A root that is an array.
    NotAnObject,
    /// JSON that ends in the middle.
    Truncated,
    /// More levels than a redactor takes.
    TooDeep,
    /// A member name twice, the second time escaped.
    DuplicateKeys,
    /// More bytes than a redactor takes.
    TooLarge,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// The whole document, then another one.
    Trailing,
    /// Nothing.
    Empty,
    /// A connection that closes before the announced length.
    Short,
    /// An answer that never comes.
    Silent,
    /// A failure whose page quotes the résumé.
    Failure,
    /// A redirection whose target has the telephone number.
    Redirect,
    /// A part of the document, as if a range had been asked for.
    Partial,
    /// A coded body that cannot be read as it is.
    Encoded,
    /// The document under the wrong media type.
    WrongType,
    /// The telephone number where rules let a value pass as it is.
    KnownValue,
}

/// The names of the faults, as they stand in a URL.
pub const FAULTS: [(&str, Fault); 17] = [
    ("test-not-json", Fault::NotJson),
    ("test-not-an-object", Fault::NotAnObject),
    ("test-truncated", Fault::Truncated),
    ("test-too-deep", Fault::TooDeep),
    ("test-duplicate-keys", Fault::DuplicateKeys),
    ("test-too-large", Fault::TooLarge),
    ("test-not-utf8", Fault::NotUtf8),
    ("test-trailing", Fault::Trailing),
    ("test-empty", Fault::Empty),
    ("test-short", Fault::Short),
    ("test-silent", Fault::Silent),
    ("test-failure", Fault::Failure),
    ("test-redirect", Fault::Redirect),
    ("test-partial", Fault::Partial),
    ("test-encoded", Fault::Encoded),
    ("test-wrong-type", Fault::WrongType),
    ("test-known-value", Fault::KnownValue),
];

/// The fault of that name.
pub fn fault(slug: &str) -> Option<Fault> {
    FAULTS.iter().find(|(name, _)| *name == slug).map(|f| f.1)
}
