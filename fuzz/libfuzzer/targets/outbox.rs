#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| luchs_fuzz::outbox(input));
