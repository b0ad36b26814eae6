//! The operator `luchs.Table8` as a library for other programs with ONNX Runtime 1.22 or newer, such as the measuring part
//! of `tools/optimise`:
//!
//! ```text
//! cargo build --release -p luchs-infer --example table8
//! options.register_custom_ops_library("target/release/examples/libtable8.so")     # onnxruntime.SessionOptions, in Python
//! ```
//!
//! It is the code that runs in the engine. No package has it: where models run, nobody else needs the operator.

#![expect(unsafe_code, reason = "a foreign interface")]

#[path = "../src/operator/table8.rs"]
mod table8;
#[path = "../src/operator/tensor.rs"]
mod tensor;

use std::ptr;

use ort::sys::{ORT_API_VERSION, OrtApi, OrtApiBase, OrtErrorCode, OrtSessionOptions, OrtStatusPtr};

/// What ONNX Runtime calls after it has loaded the library.
///
/// # Safety
/// For ONNX Runtime: `options` must be options of a session, `base` the interface of the calling runtime.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn RegisterCustomOps(
    options: *mut OrtSessionOptions,
    base: *const OrtApiBase,
) -> OrtStatusPtr {
    // SAFETY: the caller's promise; the interface of a version is a constant of the runtime.
    let api = |version| unsafe { ((*base).GetApi)(version).as_ref() };
    match api(ORT_API_VERSION) {
        Some(now) => {
            ort::set_api(now.clone());
            // SAFETY: the caller's promise.
            unsafe { register(now, options) }
        }
        // The first version has this function too.
        None => api(1).map_or(OrtStatusPtr::default(), |old| unsafe {
            let text = c"the operator luchs.Table8 needs ONNX Runtime 1.22 or newer";
            (old.CreateStatus)(OrtErrorCode::ORT_NOT_IMPLEMENTED, text.as_ptr())
        }),
    }
}

/// # Safety
/// As [`RegisterCustomOps`].
unsafe fn register(api: &OrtApi, options: *mut OrtSessionOptions) -> OrtStatusPtr {
    let mut domain = ptr::null_mut();
    // SAFETY: name and operator are constants. The domain is kept for good: sessions hold on to it without a count.
    unsafe {
        let mut status = (api.CreateCustomOpDomain)(table8::DOMAIN.as_ptr(), &raw mut domain);
        if status.0.is_null() {
            status = (api.CustomOpDomain_Add)(domain, &raw const table8::OPERATOR);
        }
        if status.0.is_null() {
            status = (api.AddCustomOpDomain)(options, domain);
        }
        status
    }
}
