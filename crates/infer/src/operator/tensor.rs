//! Tensors that the runtime lends to a kernel, and what a kernel answers.

use std::{ffi::CString, mem::ManuallyDrop, ptr};

use ort::sys::{ONNXTensorElementDataType as Type, OrtErrorCode, OrtStatusPtr, OrtTensorTypeAndShapeInfo, OrtValue};
use smallvec::SmallVec;

/// Tensors of pictures have four dimensions.
const RANK: usize = 8;

/// Why a kernel cannot do its work.
#[must_use]
pub(super) struct Failure(OrtStatusPtr);

impl Drop for Failure {
    fn drop(&mut self) {
        // SAFETY: made by the runtime, and not given back to it.
        unsafe { (ort::api().ReleaseStatus)(self.0.0) }
    }
}

impl Failure {
    pub(super) fn new(text: &str) -> Self {
        let text = CString::new(text.replace('\0', " ")).unwrap_or_default();
        // SAFETY: the text is copied.
        Self(unsafe { (ort::api().CreateStatus)(OrtErrorCode::ORT_INVALID_ARGUMENT, text.as_ptr()) })
    }
}

/// What a call of the runtime came to.
pub(super) fn done(status: OrtStatusPtr) -> Result<(), Failure> {
    if status.0.is_null() {
        Ok(())
    } else {
        Err(Failure(status))
    }
}

/// As a kernel gives it to the runtime.
pub(super) fn answer(result: Result<(), Failure>) -> OrtStatusPtr {
    match result {
        Ok(()) => OrtStatusPtr::default(),
        // Now it is the runtime's again.
        Err(failure) => ManuallyDrop::new(failure).0,
    }
}

/// A tensor of bytes in main memory.
pub(super) struct Bytes {
    pub(super) shape: SmallVec<[i64; RANK]>,
    pub(super) count: usize,
    /// May be null if there are none.
    pub(super) data: *mut u8,
}

impl Bytes {
    /// What is at `value`; an error if these are no bytes.
    ///
    /// # Safety
    /// `value` must be a tensor that the runtime lends, or null.
    pub(super) unsafe fn of(value: *const OrtValue) -> Result<Self, Failure> {
        if value.is_null() {
            return Err(Failure::new("luchs.Table8 lacks an input"));
        }
        let api = ort::api();
        let (mut info, mut data) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the caller's promise; the other pointers lead to local variables.
        done(unsafe { (api.GetTensorTypeAndShape)(value, &raw mut info) })?;
        // SAFETY: `info` came from the call above, and is released once.
        let described = unsafe { describe(info) };
        // SAFETY: as above.
        unsafe { (api.ReleaseTensorTypeAndShapeInfo)(info) };
        let (shape, count) = described?;
        // SAFETY: as above. Who may write through the pointer is the caller's to know.
        done(unsafe { (api.GetTensorMutableData)(value.cast_mut(), &raw mut data) })?;
        let data = data.cast();
        Ok(Self { shape, count, data })
    }
}

/// Dimensions and number of elements.
///
/// # Safety
/// `info` must be of the runtime and not released.
unsafe fn describe(info: *const OrtTensorTypeAndShapeInfo) -> Result<(SmallVec<[i64; RANK]>, usize), Failure> {
    let api = ort::api();
    let mut element = Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    let (mut rank, mut count) = (0, 0);
    let mut shape = SmallVec::new();
    // SAFETY: the caller's promise; `shape` has room for `rank`.
    unsafe {
        done((api.GetTensorElementType)(info, &raw mut element))?;
        done((api.GetDimensionsCount)(info, &raw mut rank))?;
        shape.resize(rank, 0);
        done((api.GetDimensions)(info, shape.as_mut_ptr(), rank))?;
        done((api.GetTensorShapeElementCount)(info, &raw mut count))?;
    }
    if element != Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 {
        return Err(Failure::new("luchs.Table8 takes tensors of bytes (u8) only"));
    }
    Ok((shape, count))
}
