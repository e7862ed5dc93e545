//! What an aggregator answers when entries are fetched.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::answer(bytes));
