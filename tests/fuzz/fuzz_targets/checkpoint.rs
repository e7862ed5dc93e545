//! The slots beside a journal.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::parsers::checkpoint(bytes));
