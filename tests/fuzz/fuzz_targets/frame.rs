//! The frame of one record.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| danvan_testkit::parsers::frame(bytes));
