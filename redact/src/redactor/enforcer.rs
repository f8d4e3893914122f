//! Follows the body through the trie of rules and decides what is shown.
//!
//! What must never be here: a value shown without a rule that names its path.

use std::borrow::Cow;
use std::sync::Arc;

use super::names::OpenNames;
use super::output::Output;
use super::shown::{Shown, shown, takes};
use crate::error::{Kind, Limit, RedactError};
use crate::json::{Raw, ScalarKind, Visitor, text};
use crate::known::Known;
use crate::rules::{Action, Ends, NodeId, Rules, Trie};
use crate::settings::Settings;

pub(super) struct Enforcer {
    rules: Arc<Rules>,
    output: Output,
    names: OpenNames,
    max_open_names: usize,
    max_open_name_bytes: usize,
    /// Where the trie stands after the last member name.
    member: Option<NodeId>,
    /// Where it stands for the scalar being read.
    scalar: Option<NodeId>,
    /// What is cut from scrubbed texts, where the body is an output already.
    cut: Option<Known>,
}

impl Enforcer {
    pub(super) fn new(rules: Arc<Rules>, settings: &Settings) -> Self {
        Self {
            rules,
            output: Output::new(settings.max_output_bytes),
            names: OpenNames::default(),
            max_open_names: settings.max_open_names,
            max_open_name_bytes: settings.max_open_name_bytes,
            member: None,
            scalar: None,
            cut: None,
        }
    }

    /// For a body that rules have been enforced on: cuts known values out of the texts that
    /// they scrub, and copies all else.
    pub(super) fn cutting(rules: Arc<Rules>, settings: &Settings, known: Known) -> Self {
        Self {
            cut: Some(known),
            ..Self::new(rules, settings)
        }
    }

    pub(super) fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    pub(super) fn into_output(self) -> Output {
        self.output
    }

    /// Where the trie stands for the value that comes now.
    #[inline]
    fn current(&mut self) -> Option<NodeId> {
        let (around, is_object) = self.output.innermost()?;
        match is_object {
            true => self.member.take(),
            false => self.rules.set.trie.items(around),
        }
    }

    /// Remembers a name that no rule knows at this place, to refuse it when it
    /// comes again.
    fn remember(&mut self, name: &[u8], offset: usize) -> Result<bool, RedactError> {
        let is_new = self.names.insert(name);
        if self.names.bytes() > self.max_open_name_bytes {
            let kind = Kind::Limit(Limit::OpenNameBytes, self.max_open_name_bytes);
            return Err(RedactError::new(kind, offset));
        }
        Ok(is_new)
    }
}

impl Visitor for Enforcer {
    fn begin(&mut self, is_object: bool, offset: usize) -> Result<(), RedactError> {
        let node = if self.output.depth() > 0 {
            self.current()
        } else if is_object {
            Some(Trie::ROOT)
        } else {
            return Err(RedactError::new(Kind::RootNotObject, offset));
        };
        self.output.begin(node, is_object);
        if is_object {
            self.names.push();
        }
        Ok(())
    }

    fn end(&mut self, is_object: bool, _offset: usize) -> Result<(), RedactError> {
        self.output.end();
        if is_object {
            self.names.pop();
        }
        Ok(())
    }

    #[inline]
    fn name(&mut self, raw: Raw<'_>) -> Result<(), RedactError> {
        let offset = raw.offset;
        let unescaped;
        let name = if raw.has_escape {
            let Some(text) = text::decode(raw.bytes) else {
                return Err(RedactError::new(Kind::LoneSurrogateInName, offset));
            };
            unescaped = text;
            unescaped.as_bytes()
        } else {
            text::inside(raw.bytes)
        };
        if self.names.len() >= self.max_open_names {
            let kind = Kind::Limit(Limit::OpenNames, self.max_open_names);
            return Err(RedactError::new(kind, offset));
        }
        let around = self.output.innermost();
        let member =
            around.and_then(|(around, _)| self.rules.set.trie.member(around, Ends::of(name), name));
        let known = member.and_then(|member| self.names.insert_known(member.number));
        let is_new = match known {
            Some(is_new) => is_new,
            None => self.remember(name, offset)?,
        };
        if !is_new {
            return Err(RedactError::new(Kind::DuplicateName, offset));
        }
        self.member = member.and_then(|member| member.node);
        Ok(())
    }

    fn wants(&mut self, kind: ScalarKind, offset: usize) -> Result<bool, RedactError> {
        if self.output.depth() == 0 {
            return Err(RedactError::new(Kind::RootNotObject, offset));
        }
        let node = self.current();
        self.scalar = node;
        let action = node.and_then(|node| self.rules.set.trie.action(node));
        Ok(match action {
            None | Some(Action::Remove) => false,
            Some(_) if self.cut.is_some() => true,
            Some(action) => takes(action, kind),
        })
    }

    fn scalar(&mut self, kind: ScalarKind, raw: Raw<'_>) -> Result<(), RedactError> {
        let offset = raw.offset;
        let rules = &self.rules;
        let trie = &rules.set.trie;
        let Some(node) = self.scalar.take() else {
            return Ok(());
        };
        let Some(action) = trie.action(node) else {
            return Ok(());
        };
        let text = || match kind {
            ScalarKind::String => text::decode(raw.bytes),
            _ => std::str::from_utf8(raw.bytes).ok().map(Into::into),
        };
        let shown = match &self.cut {
            None => shown(rules, action, raw.has_escape, text),
            Some(known) => match (action, text()) {
                (Action::Scrub, Some(text)) => match known.cut(&text) {
                    Some(Cow::Owned(text)) => Shown::Text(Cow::Owned(text)),
                    Some(Cow::Borrowed(_)) => Shown::AsItIs,
                    None => Shown::Nothing,
                },
                _ => Shown::AsItIs,
            },
        };
        match shown {
            Shown::Nothing => Ok(()),
            Shown::AsItIs => self.output.value(trie, node, raw.bytes, offset),
            Shown::Json(value) => self.output.value(trie, node, value.as_bytes(), offset),
            Shown::Text(value) => {
                let value = text::encode(&value);
                self.output.value(trie, node, value.as_bytes(), offset)
            }
        }
    }
}
