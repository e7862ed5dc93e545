//! Signed notes and the text of checkpoints.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::parsers::note(bytes));
