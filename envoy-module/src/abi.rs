//! Envoy's ABI for dynamic modules, version v0.2.0: the hooks that it calls, and what it offers.
//!
//! The one file with `unsafe`. Declarations are our own. Envoy's functions are looked up once, when
//! the module is loaded: where one is missing, Envoy is another than this was made for, and the
//! module is refused. Every hook runs within [`guard`]; a panic refuses the request. Whatever Envoy
//! lends is good until the hook returns, and is copied.

#![expect(unsafe_code, reason = "Envoy's ABI is C")]
#![expect(clippy::missing_safety_doc, reason = "Envoy is the only caller")]

use crate::filter::{Filter, Head, Next, Stream};
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use privet_gateway::failure::Failure;
use privet_server::exchange::Refusal;
use privet_server::inside::Inside;
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;
use std::sync::OnceLock;

type Pointer = *mut c_void;

/// Bytes that somebody lends.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Buffer {
    data: *const c_char,
    length: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    name: Buffer,
    value: Buffer,
}

impl Buffer {
    const NONE: Self = Self {
        data: ptr::null(),
        length: 0,
    };

    fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr().cast(),
            length: bytes.len(),
        }
    }

    unsafe fn bytes<'a>(self) -> &'a [u8] {
        match self.data.is_null() || self.length == 0 {
            true => &[],
            false => unsafe { std::slice::from_raw_parts(self.data.cast(), self.length) },
        }
    }
}

const REQUEST_HEADER: u32 = 0;
const RESPONSE_HEADER: u32 = 2;
const RESPONSE_TRAILER: u32 = 3;
const RECEIVED_RESPONSE_BODY: u32 = 2;
const BUFFERED_RESPONSE_BODY: u32 = 3;
const LOG_ERROR: u32 = 4;

macro_rules! envoy {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?,)*) => {
        /// What Envoy offers.
        struct Envoy {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Envoy {
            /// Looks all of it up; `None` where something is missing.
            unsafe fn find() -> Option<Self> {
                Some(Self {
                    $($name: {
                        let name = concat!("envoy_dynamic_module_callback_", stringify!($name), "\0");
                        let found = unsafe { dlsym(ptr::null_mut(), name.as_ptr().cast()) };
                        if found.is_null() {
                            return None;
                        }
                        unsafe { std::mem::transmute::<Pointer, unsafe extern "C" fn($($argument),*) $(-> $result)?>(found) }
                    },)*
                })
            }
        }
    };
}

envoy! {
    http_get_downstream_direct_remote_address: fn(Pointer, *mut Buffer) -> bool,
    http_get_headers_size: fn(Pointer, u32) -> usize,
    http_get_headers: fn(Pointer, u32, *mut Header) -> bool,
    http_set_header: fn(Pointer, u32, Buffer, Buffer) -> bool,
    http_get_body_size: fn(Pointer, u32) -> usize,
    http_get_body_chunks_size: fn(Pointer, u32) -> usize,
    http_get_body_chunks: fn(Pointer, u32, *mut Buffer) -> bool,
    http_drain_body: fn(Pointer, u32, usize) -> bool,
    http_append_body: fn(Pointer, u32, Buffer) -> bool,
    http_send_response: fn(Pointer, u32, *const Header, usize, Buffer, Buffer),
    http_filter_config_define_counter: fn(Pointer, Buffer, *const Buffer, usize, *mut usize) -> u32,
    http_filter_increment_counter: fn(Pointer, usize, *const Buffer, usize, u64) -> u32,
    log: fn(u32, Buffer),
}

unsafe extern "C" {
    /// POSIX; a null handle looks in the whole process.
    fn dlsym(handle: Pointer, name: *const c_char) -> Pointer;
}

static ENVOY: OnceLock<Option<Envoy>> = OnceLock::new();

fn envoy() -> Option<&'static Envoy> {
    ENVOY.get_or_init(|| unsafe { Envoy::find() }).as_ref()
}

/// Runs what may panic, and gives `fallback` if it does.
fn guard<T>(fallback: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(fallback)
}

fn log(text: &str) {
    if let Some(envoy) = envoy() {
        unsafe { (envoy.log)(LOG_ERROR, Buffer::of(text.as_bytes())) };
    }
}

/// A loaded configuration, and the counter of answers by outcome if Envoy made one.
struct Config {
    inside: Inside,
    answers: Option<usize>,
}

/// A filter with its configuration, which Envoy keeps for as long.
struct Made {
    config: *const Config,
    filter: Filter,
}

/// One stream, for the time of one hook.
struct Raw<'e> {
    envoy: &'e Envoy,
    stream: Pointer,
    answers: Option<usize>,
}

impl Raw<'_> {
    fn headers(&self, kind: u32) -> Vec<Header> {
        let size = unsafe { (self.envoy.http_get_headers_size)(self.stream, kind) };
        let none = Header {
            name: Buffer::NONE,
            value: Buffer::NONE,
        };
        let mut all = vec![none; size];
        match unsafe { (self.envoy.http_get_headers)(self.stream, kind, all.as_mut_ptr()) } {
            true => all,
            false => Vec::new(),
        }
    }

    fn head(&self, kind: u32) -> Option<Head> {
        let mut head = Head::default();
        for Header { name, value } in self.headers(kind) {
            unsafe { head.add(name.bytes(), value.bytes()) }?;
        }
        Some(head)
    }

    fn set(&mut self, kind: u32, name: &[u8], value: Option<&[u8]>) -> bool {
        let value = value.map_or(Buffer::NONE, Buffer::of);
        unsafe { (self.envoy.http_set_header)(self.stream, kind, Buffer::of(name), value) }
    }

    fn chunks(&self, kind: u32, all: &mut Vec<u8>) {
        let count = unsafe { (self.envoy.http_get_body_chunks_size)(self.stream, kind) };
        let mut chunks = vec![Buffer::NONE; count];
        let got =
            unsafe { (self.envoy.http_get_body_chunks)(self.stream, kind, chunks.as_mut_ptr()) };
        if count > 0 && got {
            for chunk in chunks {
                all.extend_from_slice(unsafe { chunk.bytes() });
            }
        }
    }

    fn size(&self, kind: u32) -> usize {
        unsafe { (self.envoy.http_get_body_size)(self.stream, kind) }
    }
}

impl Stream for Raw<'_> {
    fn peer(&self) -> Vec<u8> {
        let mut address = Buffer::NONE;
        let get = self.envoy.http_get_downstream_direct_remote_address;
        match unsafe { get(self.stream, &raw mut address) } {
            true => unsafe { address.bytes() }.to_vec(),
            false => Vec::new(),
        }
    }

    fn request(&self) -> Option<Head> {
        self.head(REQUEST_HEADER)
    }

    fn response(&self) -> Option<Head> {
        self.head(RESPONSE_HEADER)
    }

    fn set_request(&mut self, name: &str, value: Option<&[u8]>) -> bool {
        self.set(REQUEST_HEADER, name.as_bytes(), value)
    }

    fn set_response(&mut self, name: &str, value: Option<&[u8]>) -> bool {
        self.set(RESPONSE_HEADER, name.as_bytes(), value)
    }

    fn drop_trailers(&mut self) -> bool {
        let names = self.headers(RESPONSE_TRAILER);
        let names = names
            .into_iter()
            .map(|h| unsafe { h.name.bytes() }.to_vec());
        for name in names.collect::<Vec<_>>() {
            self.set(RESPONSE_TRAILER, &name, None);
        }
        unsafe { (self.envoy.http_get_headers_size)(self.stream, RESPONSE_TRAILER) == 0 }
    }

    fn body_size(&self) -> usize {
        self.size(BUFFERED_RESPONSE_BODY) + self.size(RECEIVED_RESPONSE_BODY)
    }

    fn body(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.body_size());
        self.chunks(BUFFERED_RESPONSE_BODY, &mut all);
        self.chunks(RECEIVED_RESPONSE_BODY, &mut all);
        all
    }

    fn drain_body(&mut self) {
        for kind in [BUFFERED_RESPONSE_BODY, RECEIVED_RESPONSE_BODY] {
            // One that is not there drains nothing; the filter counts what is left.
            unsafe { (self.envoy.http_drain_body)(self.stream, kind, self.size(kind)) };
        }
    }

    fn append_body(&mut self, body: &[u8]) {
        let append =
            |kind| unsafe { (self.envoy.http_append_body)(self.stream, kind, Buffer::of(body)) };
        // When trailers end the body, nothing is being received.
        if !append(RECEIVED_RESPONSE_BODY) {
            append(BUFFERED_RESPONSE_BODY);
        }
    }

    fn answer(&mut self, refusal: Refusal) {
        let (headers, body) = (refusal.headers(), refusal.body());
        let headers: Vec<Header> = lent(&headers);
        unsafe {
            (self.envoy.http_send_response)(
                self.stream,
                u32::from(refusal.status()),
                headers.as_ptr(),
                headers.len(),
                Buffer::of(&body),
                Buffer::of(b"privet"),
            );
        }
    }

    fn count(&mut self, outcome: &str) {
        if let Some(counter) = self.answers {
            let label = Buffer::of(outcome.as_bytes());
            unsafe {
                (self.envoy.http_filter_increment_counter)(
                    self.stream,
                    counter,
                    &raw const label,
                    1,
                    1,
                );
            }
        }
    }
}

/// Envoy says the length itself.
fn lent(headers: &HeaderMap) -> Vec<Header> {
    let headers = headers.iter().filter(|(name, _)| *name != CONTENT_LENGTH);
    headers
        .map(|(name, value)| Header {
            name: Buffer::of(name.as_str().as_bytes()),
            value: Buffer::of(value.as_bytes()),
        })
        .collect()
}

/// Runs a step of a filter. After a panic the request is refused.
unsafe fn step(
    stream: Pointer,
    made: Pointer,
    work: impl FnOnce(&mut Filter, &mut Raw<'_>) -> Next,
) -> u32 {
    let (Some(made), Some(envoy)) = (unsafe { made.cast::<Made>().as_mut() }, envoy()) else {
        return 1;
    };
    let answers = unsafe { made.config.as_ref() }.and_then(|c| c.answers);
    let mut raw = Raw {
        envoy,
        stream,
        answers,
    };
    let next = guard(None, || Some(work(&mut made.filter, &mut raw)));
    let next =
        next.unwrap_or_else(|| guard(Next::Stop, || made.filter.fail(&mut raw, Failure::Internal)));
    u32::from(next == Next::Stop)
}

/// The module is loaded: the version of the ABI that it is for, or null to refuse.
#[unsafe(no_mangle)]
pub extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    const VERSION: &CStr = c"v0.2.0";
    match guard(false, || envoy().is_some()) {
        true => VERSION.as_ptr(),
        false => ptr::null(),
    }
}

/// A filter is configured, with the path of a `privet.toml`; null refuses the configuration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    config: Pointer,
    _name: Buffer,
    path: Buffer,
) -> Pointer {
    let load = || {
        let path = str::from_utf8(unsafe { path.bytes() }).ok()?;
        match Inside::open(Path::new(path)) {
            Ok(inside) => {
                let answers = unsafe { counter(config) };
                Some(Box::into_raw(Box::new(Config { inside, answers })).cast())
            }
            Err(error) => {
                log(&format!("privet: {error:#}"));
                None
            }
        }
    };
    guard(None, load).unwrap_or(ptr::null_mut())
}

/// The counter `privet_answers` with the label `outcome`.
unsafe fn counter(config: Pointer) -> Option<usize> {
    let envoy = envoy()?;
    let (name, label) = (Buffer::of(b"privet_answers"), Buffer::of(b"outcome"));
    let mut id = 0;
    let define = envoy.http_filter_config_define_counter;
    let result = unsafe { define(config, name, &raw const label, 1, &raw mut id) };
    (result == 0).then_some(id)
}

/// A configuration is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(config: Pointer) {
    if !config.is_null() {
        guard((), || {
            drop(unsafe { Box::from_raw(config.cast::<Config>()) })
        });
    }
}

/// A stream began; null makes Envoy refuse it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_new(
    config: Pointer,
    _stream: Pointer,
) -> Pointer {
    let make = || {
        let config = config.cast_const().cast::<Config>();
        let filter = Filter::new(&unsafe { config.as_ref() }?.inside);
        Some(Box::into_raw(Box::new(Made { config, filter })).cast())
    };
    guard(None, make).unwrap_or(ptr::null_mut())
}

/// A stream is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_destroy(filter: Pointer) {
    if !filter.is_null() {
        guard((), || drop(unsafe { Box::from_raw(filter.cast::<Made>()) }));
    }
}

/// A request's head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    stream: Pointer,
    filter: Pointer,
    ended: bool,
) -> u32 {
    unsafe { step(stream, filter, |f, s| f.request(s, ended)) }
}

/// An answer's head.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    stream: Pointer,
    filter: Pointer,
    ended: bool,
) -> u32 {
    unsafe { step(stream, filter, |f, s| f.response(s, ended)) }
}

/// A piece of an answer's body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_body(
    stream: Pointer,
    filter: Pointer,
    ended: bool,
) -> u32 {
    unsafe { step(stream, filter, |f, s| f.body(s, ended)) }
}

/// An answer's trailers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_trailers(
    stream: Pointer,
    filter: Pointer,
) -> u32 {
    unsafe { step(stream, filter, |f, s| f.trailers(s)) }
}

macro_rules! nothing {
    ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        $(
            /// A hook that must be there, of something that this module does not look at.
            #[unsafe(no_mangle)]
            pub extern "C" fn $name($(_: $argument),*) $(-> $result)? {
                $(<$result>::default())?
            }
        )*
    };
}

// A request's body belongs to a path that passes: where one is enforced it was refused.
nothing! {
    envoy_dynamic_module_on_http_filter_request_body(Pointer, Pointer, bool) -> u32;
    envoy_dynamic_module_on_http_filter_request_trailers(Pointer, Pointer) -> u32;
    envoy_dynamic_module_on_http_filter_stream_complete(Pointer, Pointer);
    envoy_dynamic_module_on_http_filter_http_callout_done(Pointer, Pointer, u64, u32, Pointer, usize, Pointer, usize);
    envoy_dynamic_module_on_http_filter_http_stream_headers(Pointer, Pointer, u64, Pointer, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_data(Pointer, Pointer, u64, Pointer, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_trailers(Pointer, Pointer, u64, Pointer, usize);
    envoy_dynamic_module_on_http_filter_http_stream_complete(Pointer, Pointer, u64);
    envoy_dynamic_module_on_http_filter_http_stream_reset(Pointer, Pointer, u64, u32);
    envoy_dynamic_module_on_http_filter_scheduled(Pointer, Pointer, u64);
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(Pointer, Pointer);
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(Pointer, Pointer);
}
