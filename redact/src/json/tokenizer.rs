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

    /// A member name as written, quotes included.
    fn name(&mut self, _raw: &[u8], _offset: usize) -> Result<(), RedactError> {
        Ok(())
    }

    /// A scalar begins: are its bytes wanted?
    fn wants(&mut self, _kind: ScalarKind, _offset: usize) -> Result<bool, RedactError> {
        Ok(false)
    }

    /// A wanted scalar as written, the quotes of a string included.
    fn scalar(
        &mut self,
        _kind: ScalarKind,
        _raw: &[u8],
        _offset: usize,
    ) -> Result<(), RedactError> {
        Ok(())
    }
}

pub(crate) struct Tokenizer {
    state: State,
    /// For each open container: is it an object?
    open: Vec<bool>,
    token: Token,
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
            consumed: 0,
            max_depth: settings.max_depth,
            max_body_bytes: settings.max_body_bytes,
        }
    }

    /// Reads the next chunk. After an error the tokenizer must not be used.
    pub(crate) fn feed(
        &mut self,
        chunk: &[u8],
        visitor: &mut impl Visitor,
    ) -> Result<(), RedactError> {
        // An error inside the limit comes first, however the body is cut.
        let allowed = self.max_body_bytes.saturating_sub(self.consumed);
        self.read(chunk.get(..allowed).unwrap_or(chunk), visitor)?;
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
            self.scalar(ScalarKind::Number, &[], visitor)?;
        }
        match self.state {
            State::Done => Ok(()),
            _ => Err(RedactError::new(Kind::Incomplete, self.consumed)),
        }
    }

    fn read(&mut self, chunk: &[u8], visitor: &mut impl Visitor) -> Result<(), RedactError> {
        let mut at = 0;
        // Where the current token begins in this chunk.
        let mut from = 0;
        while let Some(&byte) = chunk.get(at) {
            let rest = chunk.get(at..).unwrap_or_default();
            match self.state {
                State::InName(state) | State::InString(state) => {
                    let is_name = matches!(self.state, State::InName(_));
                    let progress = string::advance(state, rest)
                        .map_err(|(kind, good)| self.error(kind, at + good))?;
                    match progress {
                        Progress::More(state) if is_name => self.state = State::InName(state),
                        Progress::More(state) => self.state = State::InString(state),
                        Progress::Closed(length) => {
                            let part = chunk.get(from..at + length).unwrap_or_default();
                            at += length;
                            if is_name {
                                self.name(part, visitor)?;
                            } else {
                                self.scalar(ScalarKind::String, part, visitor)?;
                            }
                            continue;
                        }
                    }
                    at = chunk.len();
                }
                State::InNumber(number) => match number.step(byte) {
                    Some(next) => {
                        self.state = State::InNumber(next);
                        at += 1;
                    }
                    None if number.is_complete() => {
                        let part = chunk.get(from..at).unwrap_or_default();
                        self.scalar(ScalarKind::Number, part, visitor)?;
                    }
                    None => return Err(self.error(Kind::Expected("a digit of a number"), at)),
                },
                State::InLiteral(expected) => {
                    match expected.split_first() {
                        Some((first, after)) if *first == byte => {
                            self.state = State::InLiteral(after);
                            at += 1;
                            if after.is_empty() {
                                let part = chunk.get(from..at).unwrap_or_default();
                                self.scalar(ScalarKind::Literal, part, visitor)?;
                            }
                        }
                        _ => {
                            return Err(self.error(Kind::Expected("true, false or null"), at));
                        }
                    };
                }
                _ => {
                    if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                        from = at;
                        self.structure(byte, self.consumed.saturating_add(at), visitor)?;
                    }
                    at += 1;
                }
            }
        }
        if self.is_in_token() {
            self.token.suspend(chunk.get(from..).unwrap_or_default())?;
        }
        self.consumed = self.consumed.saturating_add(chunk.len());
        Ok(())
    }

    /// One byte between tokens, or the first of a token.
    fn structure(
        &mut self,
        byte: u8,
        offset: usize,
        visitor: &mut impl Visitor,
    ) -> Result<(), RedactError> {
        match (self.state, byte) {
            (State::Value | State::ValueOrEnd, b'{' | b'[') => {
                let is_object = byte == b'{';
                if self.open.len() >= self.max_depth {
                    let kind = Kind::Limit(Limit::Depth, self.max_depth);
                    return Err(RedactError::new(kind, offset));
                }
                self.open.push(is_object);
                visitor.begin(is_object, offset)?;
                self.state = if is_object {
                    State::NameOrEnd
                } else {
                    State::ValueOrEnd
                };
            }
            (State::ValueOrEnd, b']') | (State::NameOrEnd, b'}') => self.close(offset, visitor)?,
            (State::CommaOrEnd, b']' | b'}') if self.open.last() == Some(&(byte == b'}')) => {
                self.close(offset, visitor)?;
            }
            (State::CommaOrEnd, b',') => {
                self.state = match self.open.last() {
                    Some(true) => State::Name,
                    _ => State::Value,
                };
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::NameOrEnd | State::Name, b'"') => {
                self.token.begin(offset, visitor.wants_names());
                self.state = State::InName(StringState::Plain);
            }
            (State::Value | State::ValueOrEnd, _) => {
                let (kind, state) = match byte {
                    b'"' => (ScalarKind::String, State::InString(StringState::Plain)),
                    b't' => (ScalarKind::Literal, State::InLiteral(b"rue")),
                    b'f' => (ScalarKind::Literal, State::InLiteral(b"alse")),
                    b'n' => (ScalarKind::Literal, State::InLiteral(b"ull")),
                    _ => match Number::begin(byte) {
                        Some(number) => (ScalarKind::Number, State::InNumber(number)),
                        None => return Err(self.unexpected(byte, offset)),
                    },
                };
                let wanted = visitor.wants(kind, offset)?;
                self.token.begin(offset, wanted);
                self.state = state;
            }
            _ => return Err(self.unexpected(byte, offset)),
        }
        Ok(())
    }

    fn close(&mut self, offset: usize, visitor: &mut impl Visitor) -> Result<(), RedactError> {
        if let Some(is_object) = self.open.pop() {
            visitor.end(is_object, offset)?;
        }
        self.after_value();
        Ok(())
    }

    fn name(&mut self, part: &[u8], visitor: &mut impl Visitor) -> Result<(), RedactError> {
        let offset = self.token.begins();
        if let Some(raw) = self.token.finish(part)? {
            visitor.name(raw, offset)?;
        }
        self.state = State::Colon;
        Ok(())
    }

    fn scalar(
        &mut self,
        kind: ScalarKind,
        part: &[u8],
        visitor: &mut impl Visitor,
    ) -> Result<(), RedactError> {
        let offset = self.token.begins();
        if let Some(raw) = self.token.finish(part)? {
            visitor.scalar(kind, raw, offset)?;
        }
        self.after_value();
        Ok(())
    }

    fn after_value(&mut self) {
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::CommaOrEnd
        };
    }

    fn is_in_token(&self) -> bool {
        matches!(
            self.state,
            State::InName(_) | State::InString(_) | State::InNumber(_) | State::InLiteral(_)
        )
    }

    fn error(&self, kind: Kind, at: usize) -> RedactError {
        RedactError::new(kind, self.consumed.saturating_add(at))
    }

    fn unexpected(&self, byte: u8, offset: usize) -> RedactError {
        // Of the byte order marks of UTF-8 and UTF-16 one byte is enough:
        // nothing that starts with it is JSON.
        if offset == 0 && matches!(byte, 0xEF | 0xFE | 0xFF) {
            return RedactError::new(Kind::ByteOrderMark, offset);
        }
        let is_object = self.open.last() == Some(&true);
        let kind = match self.state {
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
