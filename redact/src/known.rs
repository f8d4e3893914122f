//! [`Known`]: the candidate's true contact values, and whether one of them is in an output.
//!
//! The last line of defence. It does not ask how a value got there or which rule let it pass: the
//! whole output is folded, all its values one after the other, and searched for every form of every
//! value. A hit refuses the output.
//!
//! ```
//! use privet_redact::known::{Known, KnownKind};
//!
//! let known = Known::builder().value(KnownKind::Phone, "+86 138 0013 8000")?.build();
//! assert_eq!(known.scan_json(r#"{"a":"138 then","b":["0013",8000]}"#.as_bytes()), Some(KnownKind::Phone));
//! assert_eq!(known.scan_json(r#"{"a":"138 then","b":["2013",8000]}"#.as_bytes()), None);
//! # Ok::<(), privet_redact::known::KnownError>(())
//! ```
//!
//! In free text a value is first [cut out](Known::cut), so that a name in a summary does not hold the
//! whole body back; the search comes after that, and still finds what no cut could part.
//!
//! What must never be here: a value in an error, a log or a `Debug` output. A hit tells its kind.

mod beside;
mod cut;
mod date;
mod forms;
mod json;
mod search;
mod streams;
mod torn;

pub(crate) use json::text_of;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::path::Path;
use crate::scrub::{Scrubbed, Scrubber};
use forms::Form;
use json::PathKey;
use search::{Needles, Search};
use streams::Streams;

/// What kind of value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownKind {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A WeChat account: a name or a number.
    Wechat,
    /// A QQ number.
    Qq,
    /// A Chinese identity card number.
    IdCard,
    /// The candidate's name. Give it only where the name is not shown.
    Name,
}

impl KnownKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Phone,
        Self::Email,
        Self::Wechat,
        Self::Qq,
        Self::IdCard,
        Self::Name,
    ];

    /// The kind as facts in JSON write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Wechat => "wechat",
            Self::Qq => "qq",
            Self::IdCard => "idCard",
            Self::Name => "name",
        }
    }

    /// The kind that facts in JSON write so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a value of this kind that is part of a value shown by policy tells nothing more:
    /// the QQ number in an address at qq.com, the WeChat account that is the telephone number.
    fn is_lesser(self) -> bool {
        matches!(self, Self::Wechat | Self::Qq)
    }
}

impl fmt::Display for KnownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The candidate's true values, ready to be searched for. A clone shares them.
///
/// `Debug` tells sizes only.
#[derive(Clone, Default)]
pub struct Known {
    values: Arc<Values>,
    /// Of each value, whether it is searched for: not where a home reveals it, or it stands in the
    /// output by policy.
    searched: Vec<bool>,
    /// Where a value of a kind may stand by policy: those of the homes that are revealed.
    homes: Vec<(PathKey, KnownKind)>,
    /// Digits of issued numbers.
    issued: Vec<String>,
}

/// What does not depend on who sees what.
#[derive(Default)]
struct Values {
    values: Vec<Value>,
    needles: Needles,
    homes: Vec<(Path, PathKey, KnownKind)>,
}

struct Value {
    kind: KnownKind,
    /// Letters and digits, folded.
    plain: String,
}

/// Collects values for a [`Known`].
#[derive(Default)]
pub struct KnownBuilder {
    values: Vec<Value>,
    /// Of each value.
    forms: Vec<Vec<Form>>,
    homes: Vec<(Path, PathKey, KnownKind)>,
    issued: Vec<String>,
}

/// Why a value cannot be searched for. It does not tell the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownError {
    kind: KnownKind,
    problem: &'static str,
}

impl fmt::Display for KnownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a known {}: {}", self.kind, self.problem)
    }
}

impl std::error::Error for KnownError {}

impl KnownBuilder {
    /// Adds a true value.
    ///
    /// # Errors
    ///
    /// It is too short to be told from chance, or not of its kind.
    pub fn value(mut self, kind: KnownKind, value: &str) -> Result<Self, KnownError> {
        let (plain, forms) =
            forms::of(kind, value).map_err(|problem| KnownError { kind, problem })?;
        self.values.push(Value { kind, plain });
        self.forms.push(forms);
        Ok(self)
    }

    /// Says where a value of a kind stands in the body. If the rules
    /// [reveal](crate::Rendering::Reveal) that path, and a known value of that kind is all that
    /// stands there, the value is shown by policy and is not searched for; nor is a messenger
    /// account that is a part of it. Names are not searched for at all where one is revealed.
    #[must_use]
    pub fn home(mut self, path: Path, kind: KnownKind) -> Self {
        let key = PathKey::of(&path);
        self.homes.push((path, key, kind));
        self
    }

    /// Adds a value that was issued for the viewer. The last eight digits of a true number are not
    /// searched for if an issued number ends so too; a whole true number always is.
    #[must_use]
    pub fn issued(mut self, value: &str) -> Self {
        self.issued.push(digits_of(value));
        self
    }

    /// The values, ready to be searched for.
    pub fn build(self) -> Known {
        let kinds = self.values.iter().map(|value| value.kind);
        let forms = kinds.zip(self.forms.iter().map(Vec::as_slice));
        let homes = self.homes.iter();
        Known {
            searched: vec![true; self.values.len()],
            homes: homes.map(|(_, key, kind)| (*key, *kind)).collect(),
            issued: self.issued,
            values: Arc::new(Values {
                needles: Needles::new(forms),
                values: self.values,
                homes: self.homes,
            }),
        }
    }
}

fn digits_of(value: &str) -> String {
    value.chars().filter(char::is_ascii_digit).collect()
}

impl fmt::Debug for KnownBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownBuilder")
            .field("values", &self.values.len())
            .field("homes", &self.homes.len())
            .finish_non_exhaustive()
    }
}

impl Known {
    /// Starts from no values.
    pub fn builder() -> KnownBuilder {
        KnownBuilder::default()
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        !self.searched.contains(&true)
    }

    /// Keeps the homes that a test accepts: those whose path is revealed.
    pub(crate) fn retain_homes(&mut self, is_revealed: impl Fn(&Path) -> bool) {
        let homes = self.values.homes.iter();
        let revealed = homes.filter(|(path, _, _)| is_revealed(path));
        self.homes = revealed.map(|(_, key, kind)| (*key, *kind)).collect();
        // A name has many spellings, and who may see one may see all.
        if self.homes.iter().any(|(_, kind)| *kind == KnownKind::Name) {
            for (searched, value) in self.searched.iter_mut().zip(&self.values.values) {
                *searched &= value.kind != KnownKind::Name;
            }
        }
    }

    pub(crate) fn add_issued<'v>(&mut self, values: impl IntoIterator<Item = &'v String>) {
        let digits = values.into_iter().map(|value| digits_of(value));
        self.issued.extend(digits);
    }

    /// The kind of a true value that is in a text, if one is.
    pub fn scan_text(&self, text: &str) -> Option<KnownKind> {
        self.search(&[], true).first(&Streams::of_text(text))
    }

    /// The kind of a true value that is in a JSON body, if one is. Member names are not searched:
    /// they are written from the rules. Bytes that are no JSON are searched as far as they go.
    pub fn scan_json(&self, body: &[u8]) -> Option<KnownKind> {
        self.scan_body(&text_of(body), true)
    }

    /// The same of a body that is text. An account beside its provider is cut from free text, and
    /// refuses no body: there it does not count.
    pub(crate) fn scan_body(&self, body: &str, with_accounts: bool) -> Option<KnownKind> {
        let (streams, shown) = self.read(body);
        self.search(&shown, with_accounts).first(&streams)
    }

    /// A text without the true values in it, `[已隐藏]` or `[hidden]` in their place; none if
    /// nothing else is left of it, or if a value stands in what is left still.
    ///
    /// Whole words go: what is left of a word would tell the value.
    pub fn cut<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        cut::cut(text, &self.search(&[], true))
    }

    /// Hides the contacts of a text as a scrubber does, and all of a true value that the scrubber finds
    /// a part of: what is left of it would be found no more.
    #[inline]
    pub fn scrub<'t>(&self, scrubber: &Scrubber, text: &'t str) -> Scrubbed<'t> {
        let mut scrubbed = scrubber.scrub(text);
        if !scrubbed.findings.is_empty() {
            torn::mend(&mut scrubbed, text, &self.search(&[], true));
        }
        scrubbed
    }

    /// The values that a JSON body does not show by policy.
    pub(crate) fn protected_in(&self, body: &str) -> Self {
        let (_, shown) = self.read(body);
        let mut protected = self.clone();
        for (searched, value) in protected.searched.iter_mut().zip(&self.values.values) {
            *searched &= !value.is_shown(&shown);
        }
        protected
    }

    /// What a JSON body says, and which values stand in it by policy.
    fn read(&self, body: &str) -> (Streams<'_>, Vec<(KnownKind, String)>) {
        let searched = self.values.needles.han();
        let mut streams = Streams::for_bytes(body.len(), searched);
        let mut shown = Vec::new();
        json::values(body, |text, path| {
            streams.push(text, path);
            for (key, kind) in &self.homes {
                if *key == path {
                    let plain = forms::plain(*kind, text);
                    let of_kind = |value: &&Value| value.kind == *kind && value.plain == plain;
                    let found = self.values.values.iter().filter(of_kind);
                    shown.extend(found.map(|value| (value.kind, value.plain.clone())));
                }
            }
        });
        (streams.finish(), shown)
    }

    /// A search for what is not among the values that stand in the output by policy.
    fn search(&self, shown: &[(KnownKind, String)], with_accounts: bool) -> Search<'_> {
        let values = self.values.values.iter().zip(&self.searched).enumerate();
        let passed = values.filter(|(_, (value, searched))| !**searched || value.is_shown(shown));
        Search {
            needles: &self.values.needles,
            passed: passed.map(|(number, _)| number).collect(),
            issued: &self.issued,
            with_accounts,
        }
    }
}

impl Value {
    /// Whether it is, or tells no more than, one that stands in the output by policy.
    fn is_shown(&self, shown: &[(KnownKind, String)]) -> bool {
        shown
            .iter()
            .any(|(kind, shown)| match self.kind.is_lesser() {
                true => shown.contains(&self.plain),
                false => *kind == self.kind && *shown == self.plain,
            })
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("values", &self.values.values.len())
            .field("homes", &self.homes.len())
            .finish_non_exhaustive()
    }
}
