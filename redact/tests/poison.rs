//! The life of a redactor: nothing before the end, nothing after an error.
//!
//! What must never be here: what is shown; that is for the cases.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use privet_redact::{Delivery, Redactor, Rules, Settings};

fn reveal_a() -> Arc<Rules> {
    let rule = privet_redact::Rule::new("c", "reveal".parse().unwrap());
    Arc::new(Rules::new([("$.a[*]".parse().unwrap(), rule)]).unwrap())
}

fn streaming() -> Settings {
    Settings {
        delivery: Delivery::Streaming,
        ..Settings::default()
    }
}

#[test]
fn held_output_comes_at_the_end() {
    let emitted = RefCell::new(Vec::new());
    let sink = |bytes: &[u8]| emitted.borrow_mut().extend_from_slice(bytes);
    let mut redactor = Redactor::new(reveal_a(), Settings::default(), sink);
    redactor.write(b"{\"a\":[1,2]}").unwrap();
    assert!(emitted.borrow().is_empty());
    let _ = redactor.end().unwrap();
    assert_eq!(*emitted.borrow(), b"{\"a\":[1,2]}");
}

#[test]
fn streaming_output_comes_with_whole_values() {
    let emitted = RefCell::new(Vec::new());
    let sink = |bytes: &[u8]| emitted.borrow_mut().extend_from_slice(bytes);
    let mut redactor = Redactor::new(reveal_a(), streaming(), sink);
    redactor.write(b"{\"a\":[1,\"tw").unwrap();
    assert_eq!(*emitted.borrow(), b"{\"a\":[1");
    redactor.write(b"o\"").unwrap();
    assert_eq!(*emitted.borrow(), b"{\"a\":[1,\"two\"");
    redactor.write(b"]}").unwrap();
    let _ = redactor.end().unwrap();
    assert_eq!(*emitted.borrow(), b"{\"a\":[1,\"two\"]}");
}

#[test]
fn nothing_of_the_chunk_with_the_error_is_emitted() {
    let emitted = RefCell::new(Vec::new());
    let sink = |bytes: &[u8]| emitted.borrow_mut().extend_from_slice(bytes);
    let mut redactor = Redactor::new(reveal_a(), streaming(), sink);
    redactor.write(b"{\"a\":[1,").unwrap();
    assert!(redactor.write(b"2,3,!").unwrap_err().is_syntax());
    assert!(redactor.write(b",4]}").unwrap_err().is_poisoned());
    assert!(redactor.end().is_err_and(|error| error.is_poisoned()));
    assert_eq!(*emitted.borrow(), b"{\"a\":[1");
}

#[test]
fn a_sink_that_panics_is_not_called_again() {
    let calls = RefCell::new(0);
    let sink = |_: &[u8]| {
        *calls.borrow_mut() += 1;
        panic!("the sink fails");
    };
    let mut redactor = Redactor::new(reveal_a(), streaming(), sink);
    let unwound = catch_unwind(AssertUnwindSafe(|| redactor.write(b"{\"a\":[1,2")));
    assert!(unwound.is_err());
    assert!(redactor.write(b",3]}").unwrap_err().is_poisoned());
    assert!(redactor.end().is_err());
    assert_eq!(*calls.borrow(), 1);
}

#[test]
fn debug_output_holds_nothing_of_the_body() {
    let mut redactor = Redactor::new(reveal_a(), Settings::default(), Vec::new());
    redactor.write(b"{\"a\":[\"13800138000\"").unwrap();
    assert!(!format!("{redactor:?}").contains("138"));
}

#[test]
fn deep_bodies_need_no_stack() {
    let settings = Settings {
        max_depth: usize::MAX,
        max_open_names: usize::MAX,
        ..Settings::default()
    };
    let depth = 200_000;
    let body = [b"{\"a\":".repeat(depth), b"1".to_vec(), b"}".repeat(depth)].concat();
    let output = privet_redact::redact(reveal_a(), settings, &body).unwrap();
    assert_eq!(output, b"{}");
}
