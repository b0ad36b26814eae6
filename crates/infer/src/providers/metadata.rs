//! What a plug-in says about its devices; ort has no function for it.

#![expect(unsafe_code, reason = "a foreign interface")]

use std::ffi::{CStr, CString};

use ort::{AsPointer as _, device::Device};

/// The value of `key`, if the device has it.
pub(super) fn value(device: &Device<'_>, key: &str) -> Option<String> {
    let key = CString::new(key).ok()?;
    let api = ort::api();
    // SAFETY: the device is the environment's and lives as long as it. The pairs belong to the device and the value to the
    // pairs; neither is released here, and the value is copied before the device can go.
    unsafe {
        let pairs = (api.EpDevice_EpMetadata)(device.ptr());
        if pairs.is_null() {
            return None;
        }
        let value = (api.GetKeyValue)(pairs, key.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value).to_string_lossy().into_owned())
    }
}
