//! [`Redactor`]: the streaming entry point, and [`redact`], the one-off one.
//!
//! What must never be here: a way to go on after an error. The first one ends
//! the body: what is still held is discarded and the sink is not called again.

mod enforcer;
mod lane;
mod names;
mod output;
mod shown;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Kind, RedactError};
use crate::json::Tokenizer;
use crate::known::text_of;
use crate::rules::Rules;
use crate::settings::{Delivery, Settings};
use crate::sink::OutputSink;
use enforcer::Enforcer;

/// How much of a body is read before streaming output goes to the sink.
const PIECE: usize = 64 << 10;

/// Enforces rules on one body that comes in chunks.
///
/// With the default [`Delivery::Held`] the sink is called only by a successful
/// [`end`](Self::end). After the first error every call fails, and the sink is
/// not called again.
pub struct Redactor<S> {
    tokenizer: Tokenizer,
    enforcer: Enforcer,
    rules: Arc<Rules>,
    settings: Settings,
    delivery: Delivery,
    is_poisoned: bool,
    /// The output of a body that came as a whole.
    whole: Option<String>,
    sink: S,
}

impl<S: OutputSink> Redactor<S> {
    /// Starts a body.
    pub fn new(rules: Arc<Rules>, settings: Settings, sink: S) -> Self {
        Self {
            tokenizer: Tokenizer::new(&settings),
            enforcer: Enforcer::new(rules.clone(), &settings),
            // The search for known values needs the whole output.
            delivery: match rules.known {
                Some(_) => Delivery::Held,
                None => settings.delivery,
            },
            rules,
            settings,
            is_poisoned: false,
            whole: None,
            sink,
        }
    }

    /// Takes the next chunk, of any length.
    ///
    /// # Errors
    ///
    /// The body is not JSON, breaks a limit, repeats a name in an object, has a
    /// lone surrogate in a name or has a root that is not an object. Then, and
    /// ever after, nothing more is emitted.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), RedactError> {
        // Poisoned until proven otherwise: an unwinding sink leaves it so.
        if std::mem::replace(&mut self.is_poisoned, true) {
            return Err(RedactError::new(Kind::Poisoned, 0));
        }
        match self.delivery {
            Delivery::Held => self.hold(chunk)?,
            // In pieces, so that a long chunk does not fill the buffer.
            Delivery::Streaming => {
                for piece in chunk.chunks(PIECE) {
                    self.feed(piece)?;
                    self.deliver();
                }
            }
        }
        self.is_poisoned = false;
        Ok(())
    }

    /// Ends the body and gives the sink back.
    ///
    /// # Errors
    ///
    /// The body is not whole, an earlier [`write`](Self::write) failed, or a
    /// known value is in the output.
    pub fn end(mut self) -> Result<S, RedactError> {
        if self.is_poisoned {
            return Err(RedactError::new(Kind::Poisoned, 0));
        }
        self.tokenizer.finish(&mut self.enforcer)?;
        let bytes = self.enforcer.output().bytes();
        let text = || match &self.whole {
            Some(text) => Cow::Borrowed(text.as_str()),
            None => text_of(bytes),
        };
        let cut = without_known(&self.rules, text)?;
        let whole = self.whole.as_deref().map(str::as_bytes);
        let output = cut.as_deref().or(whole).unwrap_or(bytes);
        if !output.is_empty() {
            self.sink.write(output);
        }
        Ok(self.sink)
    }

    /// What comes first is often all that comes, and then there is a faster way.
    fn hold(&mut self, chunk: &[u8]) -> Result<(), RedactError> {
        if self.tokenizer.is_at_beginning()
            && chunk.trim_ascii_end().ends_with(b"}")
            && let Some(output) = lane::whole(&self.rules, &self.settings, chunk)
        {
            self.whole = Some(output);
            self.tokenizer.stand_behind(chunk.len());
            return Ok(());
        }
        self.feed(chunk)
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), RedactError> {
        let fed = self.tokenizer.feed(piece, &mut self.enforcer);
        if fed.is_err() {
            self.enforcer.output().clear();
        }
        fed
    }

    fn deliver(&mut self) {
        let output = self.enforcer.output();
        if !output.bytes().is_empty() {
            self.sink.write(output.bytes());
            output.clear();
        }
    }
}

impl<S> fmt::Debug for Redactor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("delivery", &self.delivery)
            .field("is_poisoned", &self.is_poisoned)
            .finish_non_exhaustive()
    }
}

/// Enforces rules on a whole body. Delivery is always held.
///
/// # Errors
///
/// As [`Redactor::write`] and [`Redactor::end`].
pub fn redact(rules: Arc<Rules>, settings: Settings, body: &[u8]) -> Result<Vec<u8>, RedactError> {
    if let Some(output) = lane::whole(&rules, &settings, body) {
        let cut = without_known(&rules, || Cow::Borrowed(&output))?;
        return Ok(cut.unwrap_or(output.into_bytes()));
    }
    let mut tokenizer = Tokenizer::new(&settings);
    let mut enforcer = Enforcer::new(rules.clone(), &settings);
    enforcer.output().expect(body.len());
    tokenizer.feed(body, &mut enforcer)?;
    tokenizer.finish(&mut enforcer)?;
    let output = enforcer.into_output().into_bytes();
    let cut = without_known(&rules, || text_of(&output))?;
    Ok(cut.unwrap_or(output))
}

/// Searches a whole output for known values: none if there is none, the output with those in free
/// text cut out if that is all of them, else an error.
fn without_known<'o>(
    rules: &Arc<Rules>,
    output: impl FnOnce() -> Cow<'o, str>,
) -> Result<Option<Vec<u8>>, RedactError> {
    let Some(known) = &rules.known else {
        return Ok(None);
    };
    let output = output();
    if known.scan_body(&output, true).is_none() {
        return Ok(None);
    }
    // The output is a body of the same paths, within the same depth.
    let settings = Settings {
        max_depth: usize::MAX,
        max_body_bytes: usize::MAX,
        max_token_bytes: usize::MAX,
        max_open_names: usize::MAX,
        max_open_name_bytes: usize::MAX,
        max_output_bytes: usize::MAX,
        delivery: Delivery::Held,
    };
    let mut tokenizer = Tokenizer::new(&settings);
    let mut enforcer = Enforcer::cutting(rules.clone(), &settings, known.protected_in(&output));
    enforcer.output().expect(output.len());
    tokenizer.feed(output.as_bytes(), &mut enforcer)?;
    tokenizer.finish(&mut enforcer)?;
    let cut = enforcer.into_output().into_bytes();
    match known.scan_body(&text_of(&cut), false) {
        Some(kind) => Err(RedactError::new(Kind::KnownValue(kind), 0)),
        None => Ok(Some(cut)),
    }
}
