//! Which ONNX Runtime it is.

#![expect(unsafe_code, reason = "a foreign interface")]

use std::ffi::{CStr, c_char};

use ort::sys::OrtApiBase;

use crate::{RuntimeError, runtime};

/// Version of the ONNX Runtime that runs the models, such as `1.22.0`; None where it does not tell.
pub fn runtime_version() -> Result<Option<String>, RuntimeError> {
    let path = runtime::library_path()?;
    // It is loaded from now on and stays so: what is asked here is the library that runs.
    let _environment = runtime::environment()?;
    // SAFETY: the library is loaded already, so this runs none of its start-up code again.
    let Ok(library) = (unsafe { libloading::Library::new(&path) }) else {
        return Ok(None);
    };
    // SAFETY: the signature is that of onnxruntime_c_api.h in all versions.
    let base = unsafe { library.get::<unsafe extern "C" fn() -> *const OrtApiBase>(b"OrtGetApiBase\0") };
    // SAFETY: it takes nothing and gives a pointer to a constant, or null.
    let Some(base) = base.ok().and_then(|function| unsafe { function().as_ref() }) else {
        return Ok(None);
    };
    // SAFETY: as above, a string that lives as long as the library.
    let text: *const c_char = unsafe { (base.GetVersionString)() };
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not null and ends with a zero byte.
    let version = unsafe { CStr::from_ptr(text) };
    Ok(Some(version.to_string_lossy().into_owned()))
}
