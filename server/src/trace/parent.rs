//! `traceparent` (W3C Trace Context, level 1): read strictly and without allocation. What is not one
//! is as nothing, and so is a second one.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{SpanId, TraceFlags, TraceId};

/// The header with the ids.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header with what other vendors keep about the trace.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The most bytes of a `tracestate` that goes up; the recommendation asks for at least these.
const MOST_STATE: usize = 512;

/// Bytes of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// The span that a request was sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// Whether it is sampled, in its lowest bit.
    pub flags: TraceFlags,
}

impl Parent {
    /// The parent that headers name, if they name one.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(TRACEPARENT).iter();
        let value = all.next()?;
        match all.next() {
            None => Self::read(value.as_bytes()),
            Some(_) => None,
        }
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (head, rest) = text.split_at_checked(LENGTH)?;
        let is_dashed = [2, 35, 52].iter().all(|at| head.get(*at) == Some(&b'-'));
        let version = number(head.get(..2)?)?;
        let is_of_its_version = match version {
            0 => rest.is_empty(),
            0xff => false,
            // A later one may say more behind another dash.
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        if !is_dashed || !is_of_its_version {
            return None;
        }
        let trace = TraceId::from(number(head.get(3..35)?)?);
        let span = SpanId::from(u64::try_from(number(head.get(36..52)?)?).ok()?);
        let flags = u8::try_from(number(head.get(53..)?)?).ok()?;
        let is_named = trace != TraceId::INVALID && span != SpanId::INVALID;
        is_named.then_some(Self {
            trace,
            span,
            flags: TraceFlags::new(flags),
        })
    }

    /// As the next one is told.
    pub fn header(&self) -> Option<HeaderValue> {
        let Self { trace, span, flags } = self;
        // Of the flags only those that this version knows.
        let flags = flags.to_u8() & 0x01;
        HeaderValue::from_str(&format!("00-{trace}-{span}-{flags:02x}")).ok()
    }
}

/// A number of lower-case hexadecimal digits.
fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

/// Copies both headers, unless what other vendors keep is too long.
pub fn copy(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [TRACEPARENT, TRACESTATE] {
        to.remove(&name);
        let values = || from.get_all(&name).iter();
        if values().map(HeaderValue::len).sum::<usize>() <= MOST_STATE {
            for value in values() {
                to.append(&name, value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_recommendation_admits_is_a_parent() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let span = "00f067aa0ba902b7";
        let good = format!("00-{trace}-{span}-01");
        let parent = Parent::read(good.as_bytes()).unwrap();
        assert_eq!(parent.trace.to_string(), trace);
        assert_eq!(parent.span.to_string(), span);
        assert!(parent.flags.is_sampled());
        assert_eq!(parent.header().unwrap(), good);
        // Flags that are not known are not handed on; a later version may say more.
        for (text, is_sampled) in [
            (format!("00-{trace}-{span}-00"), false),
            (format!("00-{trace}-{span}-ff"), true),
            (format!("cc-{trace}-{span}-01"), true),
            (format!("cc-{trace}-{span}-01-more"), true),
        ] {
            let parent = Parent::read(text.as_bytes()).unwrap();
            assert_eq!(parent.flags.is_sampled(), is_sampled, "{text}");
            let flag = u8::from(is_sampled);
            let next = format!("00-{trace}-{span}-0{flag}");
            assert_eq!(parent.header().unwrap(), next);
        }
        for text in [
            String::new(),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-"),
            format!("00-{trace}-{span}-1"),
            format!("00-{trace}-{span}-01-"),
            format!("00-{trace}-{span}-01-more"),
            format!("cc-{trace}-{span}-01.more"),
            format!("ff-{trace}-{span}-01"),
            format!("0x-{trace}-{span}-01"),
            format!("00_{trace}-{span}-01"),
            format!("00-{trace}_{span}-01"),
            format!("00-{trace}-{span}_01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-{span}-0g"),
            format!("00-{}é-{span}-01", trace.get(2..).unwrap()),
        ] {
            assert_eq!(Parent::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_second_parent_is_none() {
        let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        assert_eq!(Parent::of(&headers), None);
        headers.append(TRACEPARENT, HeaderValue::from_static(value));
        assert!(Parent::of(&headers).is_some());
        headers.append(TRACEPARENT, HeaderValue::from_static(value));
        assert_eq!(Parent::of(&headers), None);
    }
}
