//! Runs of a session through the runtime's C interface: several at a time on one session, into memory that is used again,
//! and without an allocation of ours. ort's own functions lock the session for one run and allocate.

#![expect(unsafe_code, reason = "a foreign interface")]

use std::{
    ffi::{CString, NulError, c_char},
    ptr::{self, NonNull},
    slice,
};

use ort::{
    AsPointer, Error,
    session::Session,
    sys::{ONNXTensorElementDataType as Type, OrtValue},
    value::DynTensor,
};
use smallvec::SmallVec;

/// Most models have fewer outputs, and those fewer dimensions.
const OUTPUTS: usize = 16;
const RANK: usize = 8;

/// Dimensions of a tensor.
pub(super) type Shape = SmallVec<[usize; RANK]>;

/// A session and the names of its tensors as C strings.
#[derive(Debug)]
pub(crate) struct Program {
    session: Session,
    input: CString,
    outputs: Vec<CString>,
}

/// Where an output of a run goes.
#[derive(Debug)]
pub(super) enum Target {
    /// Into memory of the caller: shape and type are known before.
    Bound(DynTensor),
    /// Into memory that the runtime takes from its arena for each run; kept until the next.
    Made(Option<Made>),
}

/// A value that the runtime made.
#[derive(Debug)]
pub(super) struct Made(NonNull<OrtValue>);

// SAFETY: an OrtValue is plain memory behind a pointer; it has no tie to the thread that made it.
unsafe impl Send for Made {}

impl Drop for Made {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a run and is released here only.
        unsafe { (ort::api().ReleaseValue)(self.0.as_ptr()) }
    }
}

/// The elements of a tensor.
#[derive(Clone, Copy, Debug)]
pub(super) enum Elements<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    U8(&'a [u8]),
    I8(&'a [i8]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    /// Of a type that no decoder reads.
    Other(&'static str),
}

impl Program {
    pub(crate) fn new(session: Session) -> Result<Self, NulError> {
        let name = |outlet: &ort::value::Outlet| CString::new(outlet.name());
        let input = session.inputs().first().map(name).transpose()?.unwrap_or_default();
        let outputs = session.outputs().iter().map(name).collect::<Result<_, _>>()?;
        Ok(Self {
            session,
            input,
            outputs,
        })
    }

    /// Runs the model; `targets` in the order of its outputs. May be called by several threads at a time where the
    /// execution provider allows it, which is the caller's to know.
    pub(super) fn run(&self, input: &DynTensor, targets: &mut [&mut Target]) -> Result<(), Error> {
        assert_eq!(targets.len(), self.outputs.len(), "a target for each output");
        let names: SmallVec<[*const c_char; OUTPUTS]> = self.outputs.iter().map(|name| name.as_ptr()).collect();
        let mut values: SmallVec<[*mut OrtValue; OUTPUTS]> =
            targets.iter_mut().map(|target| target.pointer()).collect();
        let input_name = self.input.as_ptr();
        // SAFETY: OrtApi::Run does not change the session and may run concurrently on one (documentation of
        // onnxruntime_c_api.h). All pointers outlive the call, the counts are those of the arrays, bound values are
        // borrowed mutably by this call alone, and null asks the runtime for a new value.
        let status = unsafe {
            (ort::api().Run)(
                self.session.ptr().cast_mut(),
                ptr::null(),
                &raw const input_name,
                &input.ptr(),
                1,
                names.as_ptr(),
                names.len(),
                values.as_mut_ptr(),
            )
        };
        // SAFETY: the status comes from the call above and is given away here only.
        unsafe { Error::result_from_status(status) }?;
        for (target, value) in targets.iter_mut().zip(values) {
            if let Target::Made(made) = &mut **target {
                *made = NonNull::new(value).map(Made);
            }
        }
        Ok(())
    }
}

impl Target {
    /// What the next run gets; what the last one made is released before.
    fn pointer(&mut self) -> *mut OrtValue {
        match self {
            Self::Bound(tensor) => tensor.ptr_mut(),
            Self::Made(made) => {
                *made = None;
                ptr::null_mut()
            }
        }
    }

    fn value(&self) -> Option<*const OrtValue> {
        match self {
            Self::Bound(tensor) => Some(tensor.ptr()),
            Self::Made(made) => made.as_ref().map(|made| made.0.as_ptr().cast_const()),
        }
    }

    /// The dimensions and the elements. An error if there is no value or it is no tensor.
    pub(super) fn read(&self) -> Result<(Shape, Elements<'_>), Error> {
        let Some(value) = self.value() else {
            return Err(Error::new("was not computed"));
        };
        let api = ort::api();
        let mut info = ptr::null_mut();
        // SAFETY: the value is alive as long as `self`, and every other pointer leads to a local variable.
        unsafe { Error::result_from_status((api.GetTensorTypeAndShape)(value, &raw mut info)) }?;
        let mut element = Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
        let mut rank = 0;
        let mut sides: SmallVec<[i64; RANK]> = SmallVec::new();
        // SAFETY: as above; `info` came from the call above and is released once, and `sides` has room for `rank`.
        let read = unsafe {
            Error::result_from_status((api.GetTensorElementType)(info, &raw mut element))
                .and_then(|()| Error::result_from_status((api.GetDimensionsCount)(info, &raw mut rank)))
                .and_then(|()| {
                    sides.resize(rank, 0);
                    Error::result_from_status((api.GetDimensions)(info, sides.as_mut_ptr(), rank))
                })
        };
        // SAFETY: see above.
        unsafe { (api.ReleaseTensorTypeAndShapeInfo)(info) };
        read?;
        let shape: Shape = sides.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        let mut data = ptr::null_mut();
        // SAFETY: the data of a tensor in main memory, which outputs of a run are, is only read through this pointer.
        unsafe { Error::result_from_status((api.GetTensorMutableData)(value.cast_mut(), &raw mut data)) }?;
        let count = shape.iter().product();
        // SAFETY: pointer, type and number are what the runtime says of one value, which the result borrows with `self`.
        let elements = unsafe {
            match element {
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT => Elements::F32(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE => Elements::F64(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 => Elements::U8(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 => Elements::I8(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 => Elements::I32(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 => Elements::I64(elements(data.cast(), count)),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL => Elements::Other("bool"),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 => Elements::Other("f16"),
                Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING => Elements::Other("text"),
                _ => Elements::Other("another kind"),
            }
        };
        Ok((shape, elements))
    }
}

/// The elements at `data`, which may be null if there are none.
///
/// # Safety
/// As [`slice::from_raw_parts`], except for null.
unsafe fn elements<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if data.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(data, count) }
}
