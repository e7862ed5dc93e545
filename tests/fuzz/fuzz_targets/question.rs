//! What a node asks when it fetches entries.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::question(bytes));
