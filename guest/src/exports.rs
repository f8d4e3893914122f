//! The functions that emitted code and hosts call, by address.
//!
//! Every address in a verified frame lies in the frame; an address outside the memory traps, and a
//! trap is a denial. The hooks are the runtime's only imports: the compiler puts the policies in
//! their place, so a finished guest imports nothing. Nothing here decides anything.

use crate::{hierarchy, text};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::slice;
use privet_frame::abi::{entity, header, ip};
use privet_frame::address::Address;

#[link(wasm_import_module = "policy")]
unsafe extern "C" {
    fn authorize(environment: u32, request: u32, output: u32) -> u32;
    fn plan(plan: u32, view: u32, request: u32, output: u32);
    fn constant(which: u32) -> u32;
}

/// What `constant` is asked for; the numbers are the compiler's too.
#[derive(Clone, Copy)]
pub(crate) enum Constant {
    FrameBase = 0,
    OutputBase = 1,
    LayoutTable = 2,
    LayoutTableLength = 3,
    ListCapacity = 4,
    ClassCount = 5,
    Words = 6,
}

pub(crate) fn hook_authorize(environment: u32) -> bool {
    // SAFETY: a hook reads the frame and writes the output area, nothing else.
    unsafe {
        authorize(
            environment,
            hook_constant(Constant::FrameBase),
            hook_constant(Constant::OutputBase),
        ) != 0
    }
}

pub(crate) fn hook_plan(index: u32, view: u32) {
    // SAFETY: as above.
    unsafe {
        plan(
            index,
            view,
            hook_constant(Constant::FrameBase),
            hook_constant(Constant::OutputBase),
        );
    }
}

pub(crate) fn hook_constant(which: Constant) -> u32 {
    // SAFETY: returns a number.
    unsafe { constant(which as u32) }
}

pub(crate) fn load(address: u32) -> u32 {
    // SAFETY: any four bytes of the linear memory are a number; outside of it the load traps.
    unsafe { (address as usize as *const u32).read_unaligned() }
}

fn load64(address: u32) -> u64 {
    // SAFETY: as for `load`.
    unsafe { (address as usize as *const u64).read_unaligned() }
}

pub(crate) fn bytes(address: u32, length: u32) -> &'static [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: nothing writes the frame or the constants while the guest runs.
    unsafe { slice::from_raw_parts(address as usize as *const u8, length as usize) }
}

/// The bytes that an address and length at `descriptor` stand for.
fn span(descriptor: u32) -> &'static [u8] {
    bytes(load(descriptor), load(descriptor + 4))
}

/// String equality, by the addresses of two descriptors.
#[unsafe(no_mangle)]
extern "C" fn rt_string_equal(a: u32, b: u32) -> u32 {
    let length = load(a + 4);
    if length != load(b + 4) {
        return 0;
    }
    let (mut a, mut b) = (load(a), load(b));
    let words_end = a + (length & !7);
    let end = a + length;
    while a < words_end {
        if load64(a) != load64(b) {
            return 0;
        }
        a += 8;
        b += 8;
    }
    (bytes(a, end - a) == bytes(b, end - a)) as u32
}

/// Canonical order of two strings: -1, 0 or 1.
#[unsafe(no_mangle)]
extern "C" fn rt_string_compare(a: u32, b: u32) -> i32 {
    text::compare(span(a), span(b)) as i32
}

/// `like`: a string's descriptor against a pattern's.
#[unsafe(no_mangle)]
extern "C" fn rt_like(string: u32, pattern: u32) -> u32 {
    text::like(span(string), span(pattern)).into()
}

/// `in`: whether `child` is `wanted` or has it among its ancestors.
#[unsafe(no_mangle)]
extern "C" fn rt_in(child: u32, wanted: u32) -> u32 {
    (child == wanted || is_ancestor(child, wanted)).into()
}

/// `in` a set of entities, by the set's descriptor.
#[unsafe(no_mangle)]
extern "C" fn rt_in_set(child: u32, set: u32) -> u32 {
    let (members, _) = span_of_words(load(set), load(set + 4));
    (hierarchy::contains(members, child) || hierarchy::meet(members, ancestors(child))).into()
}

fn is_ancestor(child: u32, wanted: u32) -> bool {
    hierarchy::contains(ancestors(child), wanted)
}

fn ancestors(child: u32) -> &'static [[u8; 4]] {
    let (list, count) = (
        load(child + entity::ANCESTORS),
        load(child + entity::ANCESTOR_COUNT),
    );
    span_of_words(list, count).0
}

fn span_of_words(address: u32, count: u32) -> (&'static [[u8; 4]], &'static [u8]) {
    bytes(address, count * 4).as_chunks::<4>()
}

/// The address of the entry with that key in a tag table, or 0.
#[unsafe(no_mangle)]
extern "C" fn rt_find_tag(table: u32, stride: u32, key: u32) -> u32 {
    let mut entry = load(table);
    let end = entry + load(table + 4) * stride;
    while entry < end {
        if rt_string_equal(entry, key) != 0 {
            return entry;
        }
        entry += stride;
    }
    0
}

fn ip_at(at: u32) -> Address {
    Address {
        bits: u128::from(load64(at + ip::HIGH)) << 64 | u128::from(load64(at + ip::LOW)),
        prefix: load(at + ip::PREFIX),
        is_v6: load(at + ip::FAMILY) == 6,
    }
}

/// `isInRange`.
#[unsafe(no_mangle)]
extern "C" fn rt_ip_in_range(a: u32, b: u32) -> u32 {
    ip_at(a).is_in_range(ip_at(b)).into()
}

/// `isLoopback`.
#[unsafe(no_mangle)]
extern "C" fn rt_ip_loopback(a: u32) -> u32 {
    ip_at(a).is_loopback().into()
}

/// `isMulticast`.
#[unsafe(no_mangle)]
extern "C" fn rt_ip_multicast(a: u32) -> u32 {
    ip_at(a).is_multicast().into()
}

/// Whether the product of two integers overflows.
#[unsafe(no_mangle)]
extern "C" fn rt_multiply_overflows(a: i64, b: i64) -> u32 {
    a.checked_mul(b).is_none().into()
}

/// Checks the frame in the memory: 0 when it is valid.
#[unsafe(no_mangle)]
extern "C" fn privet_verify() -> u32 {
    let base = hook_constant(Constant::FrameBase);
    let memory = (core::arch::wasm32::memory_size(0) as u64) << 16;
    let length = load(base + header::LENGTH);
    if u64::from(base) + u64::from(length) > memory {
        return 1;
    }
    verify(bytes(base, length)).is_err().into()
}

/// Checks a frame that stands at the frame's address.
pub(crate) fn verify(frame: &[u8]) -> Result<(), privet_frame::verify::InvalidFrame> {
    privet_frame::verify::verify(frame, layout_table())
}

/// The table that frames are checked against.
pub(crate) fn layout_table() -> &'static [u8] {
    bytes(
        hook_constant(Constant::LayoutTable),
        hook_constant(Constant::LayoutTableLength),
    )
}

/// Hands out memory from the frame's address on and takes everything back when nothing is left.
///
/// A component's call brings the frame as its first allocation, so the frame lands where the
/// emitted code expects it, without a copy. The host's own door does not allocate.
struct Bump {
    next: Cell<usize>,
    live: Cell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    next: Cell::new(0),
    live: Cell::new(0),
};

// SAFETY: blocks are disjoint, because `next` only grows while a block is live.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.live.get() == 0 {
            self.next.set(hook_constant(Constant::FrameBase) as usize);
        }
        let start = (self.next.get() + layout.align() - 1) & !(layout.align() - 1);
        let Some(end) = start.checked_add(layout.size()) else {
            return core::ptr::null_mut();
        };
        let pages = core::arch::wasm32::memory_size(0);
        let wanted = end.div_ceil(65536);
        if wanted > pages && core::arch::wasm32::memory_grow(0, wanted - pages) == usize::MAX {
            return core::ptr::null_mut();
        }
        self.next.set(end);
        self.live.set(self.live.get() + 1);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        self.live.set(self.live.get().saturating_sub(1));
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
