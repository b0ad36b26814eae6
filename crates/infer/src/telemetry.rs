//! No telemetry: Microsoft's builds of ONNX Runtime for Linux carry their maker's.

#![expect(unsafe_code, reason = "variables of the process may be read by C code meanwhile")]

use std::env;

/// Set to 1, the runtime neither collects nor keeps anything.
pub(crate) const VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Turns it off before the runtime is started. The runtime has a function for that, but it can be called only when a
/// database with an id of this device was already made in the user's cache.
pub(crate) fn turn_off() {
    if env::var_os(VARIABLE).is_some_and(|value| value == "1") {
        return;
    }
    // SAFETY: Rust's own readers are locked out. C code that reads the environment at this very moment could see an old copy
    // of the list of variables, which the C library keeps when it makes the first new one; it happens once, when the first
    // model is opened.
    unsafe { env::set_var(VARIABLE, "1") };
}
