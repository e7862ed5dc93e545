//! A whole segment, read and repaired.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::parsers::segment(bytes));
