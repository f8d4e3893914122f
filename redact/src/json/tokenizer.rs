//! The incremental tokenizer: RFC 8259's grammar between values, driving a
//! [`Visitor`].
//!
//! What must never be here: recursion, or a second look at a byte that an
//! earlier chunk held. All that is remembered between chunks is the state, the
//! kinds of the open containers and the bytes of a wanted token.

use super::ScalarKind;
use super::number::Number;
use super::string::{self, Progress, StringState};
use super::token::Token;
use super::utf8::Utf8;
use crate::error::{Kind, Limit, RedactError};
use crate::settings::Settings;

/// Is told what the tokenizer finds, in order. Offsets are those of the first
/// byte. The defaults ignore everything.
pub(crate) trait Visitor {
    /// An object (or else an array) begins.
    fn begin(&mut self, _is_object: bool, _offset: usize) -> Result<(), RedactError> {
        Ok(())
    }

    /// The innermost object (or else array) ends.
    fn end(&mut self, _is_object: bool, _offset: usize) -> Result<(), RedactError> {
        Ok(())
    }

    /// Whether [`name`](Self::name) is called.
    fn wants_names(&self) -> bool {
        true
    }

    /// A member name as written.
    fn name(&mut self, _raw: Raw<'_>) -> Result<(), RedactError> {
        Ok(())
    }

    /// A scalar begins: are its bytes wanted?
    fn wants(&mut self, _kind: ScalarKind, _offset: usize) -> Result<bool, RedactError> {
        Ok(false)
    }

    /// A wanted scalar as written.
    fn scalar(&mut self, _kind: ScalarKind, _raw: Raw<'_>) -> Result<(), RedactError> {
        Ok(())
    }
}

/// A token as the body has it: JSON and UTF-8.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'t> {
    /// The quotes of a string included.
    pub(crate) bytes: &'t [u8],
    /// Whether a string has an escape; without one its text is what it says.
    pub(crate) has_escape: bool,
    pub(crate) offset: usize,
}

pub(crate) struct Tokenizer {
    state: State,
    /// For each open container: is it an object?
    open: Vec<bool>,
    token: Token,
    utf8: Utf8,
    /// Bytes of the chunks before this one.
    consumed: usize,
    max_depth: usize,
    max_body_bytes: usize,
}

#[derive(Clone, Copy)]
enum State {
    /// A value must come.
    Value,
    /// After `[`.
    ValueOrEnd,
    /// After `{`.
    NameOrEnd,
    /// After a comma in an object.
    Name,
    Colon,
    /// After a value in a container.
    CommaOrEnd,
    /// After the root value.
    Done,
    InName(StringState),
    InString(StringState),
    InNumber(Number),
    /// The bytes of `true`, `false` or `null` that are still to come.
    InLiteral(&'static [u8]),
}

impl Tokenizer {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            state: State::Value,
            open: Vec::new(),
            token: Token::new(settings.max_token_bytes),
            utf8: Utf8::default(),
            consumed: 0,
            max_depth: settings.max_depth,
            max_body_bytes: settings.max_body_bytes,
        }
    }

    /// Stands behind a whole body of so many bytes, which has been read another way.
    pub(crate) fn stand_behind(&mut self, bytes: usize) {
        self.state = State::Done;
        self.consumed = bytes;
    }

    /// Whether nothing has been read.
    pub(crate) fn is_at_beginning(&self) -> bool {
        self.consumed == 0
    }

    /// Reads the next chunk. After an error the tokenizer must not be used.
    pub(crate) fn feed(
        &mut self,
        chunk: &[u8],
        visitor: &mut impl Visitor,
    ) -> Result<(), RedactError> {
        // An error inside the limit comes first, however the body is cut.
        let allowed = self.max_body_bytes.saturating_sub(self.consumed);
        let within = chunk.get(..allowed).unwrap_or(chunk);
        match self.utf8.check(within, self.consumed) {
            Ok(()) => self.read(within, visitor)?,
            Err(malformed) => {
                // An error before it comes first, and outside a string nothing
                // but ASCII is JSON anyway.
                let (seen, rest) = within.split_at_checked(malformed.seen).unwrap_or_default();
                self.read(seen, visitor)?;
                if !matches!(self.state, State::InName(_) | State::InString(_)) {
                    self.read(rest, visitor)?;
                }
                return Err(RedactError::new(Kind::Utf8, malformed.offset));
            }
        }
        if chunk.len() > allowed {
            let kind = Kind::Limit(Limit::BodyBytes, self.max_body_bytes);
            return Err(RedactError::new(
                kind,
                self.max_body_bytes.saturating_add(1),
            ));
        }
        Ok(())
    }

    /// Ends the body.
    pub(crate) fn finish(&mut self, visitor: &mut impl Visitor) -> Result<(), RedactError> {
        if let State::InNumber(number) = self.state
            && number.is_complete()
        {
            self.state = self.scalar(ScalarKind::Number, &[], visitor)?;
        }
        match self.state {
            State::Done => Ok(()),
            _ => Err(RedactError::new(Kind::Incomplete, self.consumed)),
        }
    }

    fn read(&mut self, chunk: &[u8], visitor: &mut impl Visitor) -> Result<(), RedactError> {
        let mut state = self.state;
        let mut at = 0;
        // Where the current token begins in this chunk.
        let mut from = 0;
        while at < chunk.len() {
            match state {
                State::InName(inside) | State::InString(inside) => {
                    let is_name = matches!(state, State::InName(_));
                    let rest = chunk.get(at..).unwrap_or_default();
                    let progress = string::advance(inside, rest, &mut self.token.has_escape);
                    match progress {
                        Ok(Progress::Closed(length)) => {
                            at += length;
                            let part = chunk.get(from..at).unwrap_or_default();
                            state = match is_name {
                                true => self.name(part, visitor)?,
                                false => self.scalar(ScalarKind::String, part, visitor)?,
                            };
                        }
                        Ok(Progress::More(inside)) => {
                            at = chunk.len();
                            state = match is_name {
                                true => State::InName(inside),
                                false => State::InString(inside),
                            };
                        }
                        Err((kind, good)) => return Err(self.error(kind, from, at + good)),
                    }
                }
                State::InNumber(mut number) => {
                    let rest = chunk.get(at..).unwrap_or_default();
                    let steps = rest.iter().map_while(|byte| {
                        number = number.step(*byte)?;
                        Some(())
                    });
                    at += steps.count();
                    state = State::InNumber(number);
                    if at < chunk.len() {
                        if !number.is_complete() {
                            let kind = Kind::Expected("a digit of a number");
                            return Err(self.error(kind, from, at));
                        }
                        let part = chunk.get(from..at).unwrap_or_default();
                        state = self.scalar(ScalarKind::Number, part, visitor)?;
                    }
                }
                State::InLiteral(expected) => match (expected.split_first(), chunk.get(at)) {
                    (Some((first, after)), Some(byte)) if first == byte => {
                        at += 1;
                        state = State::InLiteral(after);
                        if after.is_empty() {
                            let part = chunk.get(from..at).unwrap_or_default();
                            state = self.scalar(ScalarKind::Literal, part, visitor)?;
                        }
                    }
                    _ => {
                        let kind = Kind::Expected("true, false or null");
                        return Err(self.error(kind, from, at));
                    }
                },
                _ => {
                    let rest = chunk.get(at..).unwrap_or_default();
                    at += blanks(rest);
                    let Some(&byte) = chunk.get(at) else {
                        break;
                    };
                    from = at;
                    at += 1;
                    let offset = self.consumed.saturating_add(from);
                    state = self.structure(state, byte, offset, visitor)?;
                }
            }
        }
        self.state = state;
        if self.is_in_token() {
            self.token.suspend(chunk.get(from..).unwrap_or_default())?;
        }
        self.consumed = self.consumed.saturating_add(chunk.len());
        Ok(())
    }

    /// One byte between tokens, or the first of a token.
    #[inline]
    fn structure(
        &mut self,
        state: State,
        byte: u8,
        offset: usize,
        visitor: &mut impl Visitor,
    ) -> Result<State, RedactError> {
        Ok(match (state, byte) {
            (State::NameOrEnd | State::Name, b'"') => {
                self.token.begin(offset, visitor.wants_names());
                State::InName(StringState::Plain)
            }
            (State::Colon, b':') => State::Value,
            (State::Value | State::ValueOrEnd, b'"') => {
                let wanted = visitor.wants(ScalarKind::String, offset)?;
                self.token.begin(offset, wanted);
                State::InString(StringState::Plain)
            }
            (State::CommaOrEnd, b',') => match self.open.last() {
                Some(true) => State::Name,
                _ => State::Value,
            },
            (State::Value | State::ValueOrEnd, b'{' | b'[') => {
                let is_object = byte == b'{';
                if self.open.len() >= self.max_depth {
                    let kind = Kind::Limit(Limit::Depth, self.max_depth);
                    return Err(RedactError::new(kind, offset));
                }
                self.open.push(is_object);
                visitor.begin(is_object, offset)?;
                match is_object {
                    true => State::NameOrEnd,
                    false => State::ValueOrEnd,
                }
            }
            (State::ValueOrEnd, b']') | (State::NameOrEnd, b'}') => self.close(offset, visitor)?,
            (State::CommaOrEnd, b']' | b'}') if self.open.last() == Some(&(byte == b'}')) => {
                self.close(offset, visitor)?
            }
            (State::Value | State::ValueOrEnd, _) => {
                let (kind, inside) = match byte {
                    b't' => (ScalarKind::Literal, State::InLiteral(b"rue")),
                    b'f' => (ScalarKind::Literal, State::InLiteral(b"alse")),
                    b'n' => (ScalarKind::Literal, State::InLiteral(b"ull")),
                    _ => match Number::begin(byte) {
                        Some(number) => (ScalarKind::Number, State::InNumber(number)),
                        None => return Err(self.unexpected(state, byte, offset)),
                    },
                };
                let wanted = visitor.wants(kind, offset)?;
                self.token.begin(offset, wanted);
                inside
            }
            _ => return Err(self.unexpected(state, byte, offset)),
        })
    }

    fn close(&mut self, offset: usize, visitor: &mut impl Visitor) -> Result<State, RedactError> {
        if let Some(is_object) = self.open.pop() {
            visitor.end(is_object, offset)?;
        }
        Ok(self.after_value())
    }

    #[inline]
    fn name(&mut self, part: &[u8], visitor: &mut impl Visitor) -> Result<State, RedactError> {
        let (offset, has_escape) = (self.token.begins(), self.token.has_escape);
        if let Some(bytes) = self.token.finish(part)? {
            visitor.name(Raw {
                bytes,
                has_escape,
                offset,
            })?;
        }
        Ok(State::Colon)
    }

    #[inline]
    fn scalar(
        &mut self,
        kind: ScalarKind,
        part: &[u8],
        visitor: &mut impl Visitor,
    ) -> Result<State, RedactError> {
        let (offset, has_escape) = (self.token.begins(), self.token.has_escape);
        if let Some(bytes) = self.token.finish(part)? {
            let raw = Raw {
                bytes,
                has_escape,
                offset,
            };
            visitor.scalar(kind, raw)?;
        }
        Ok(self.after_value())
    }

    #[inline]
    fn after_value(&self) -> State {
        match self.open.is_empty() {
            true => State::Done,
            false => State::CommaOrEnd,
        }
    }

    fn is_in_token(&self) -> bool {
        matches!(
            self.state,
            State::InName(_) | State::InString(_) | State::InNumber(_) | State::InLiteral(_)
        )
    }

    /// An error in a token that began in this chunk or, at 0, in an earlier one.
    #[cold]
    fn error(&self, kind: Kind, from: usize, at: usize) -> RedactError {
        match self.token.check(at - from) {
            Ok(()) => RedactError::new(kind, self.consumed.saturating_add(at)),
            Err(limit) => limit,
        }
    }

    #[cold]
    fn unexpected(&self, state: State, byte: u8, offset: usize) -> RedactError {
        // Of the byte order marks of UTF-8 and UTF-16 one byte is enough:
        // nothing that starts with it is JSON.
        if offset == 0 && matches!(byte, 0xEF | 0xFE | 0xFF) {
            return RedactError::new(Kind::ByteOrderMark, offset);
        }
        let is_object = self.open.last() == Some(&true);
        let kind = match state {
            State::Done => Kind::TrailingData,
            State::Value => Kind::Expected("a value"),
            State::ValueOrEnd => Kind::Expected("a value or ']'"),
            State::NameOrEnd => Kind::Expected("a member name or '}'"),
            State::Name => Kind::Expected("a member name"),
            State::Colon => Kind::Expected("':'"),
            _ if is_object => Kind::Expected("',' or '}'"),
            _ => Kind::Expected("',' or ']'"),
        };
        RedactError::new(kind, offset)
    }
}

/// How many leading bytes are blanks (RFC 8259, section 2).
#[inline]
pub(super) fn blanks(bytes: &[u8]) -> usize {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    // Compact bodies have none; in indented ones they are mostly spaces.
    if !bytes.first().is_some_and(is_blank) {
        return 0;
    }
    let mut at = 1;
    while let Some([b' ', b' ', b' ', b' ']) = bytes.get(at..at + 4) {
        at += 4;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| !is_blank(byte));
    at + end.unwrap_or(rest.len())
}
