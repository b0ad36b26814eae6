//! `luchs.Table8(u8 tensor, u8[256]) → u8 tensor`: every byte replaced by its entry in a constant table.
//!
//! The table is read once, when a session is made. A run reads it only, so any number of threads may be in one at a time.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr, slice,
};

use luchs_table::Table;
use ort::sys::{
    ONNXTensorElementDataType as Type, ORT_API_VERSION, OrtApi, OrtCustomOp, OrtCustomOpInputOutputCharacteristic,
    OrtKernelContext, OrtKernelInfo, OrtMemType, OrtShapeInferContext, OrtStatusPtr,
};

use super::tensor::{Bytes, Failure, answer, done};

/// The operator set.
pub(super) const DOMAIN: &CStr = c"luchs";

/// The operator. A constant, as sessions keep its address.
pub(super) static OPERATOR: OrtCustomOp = OrtCustomOp {
    version: ORT_API_VERSION,
    GetName: Some(name),
    // For the CPU.
    GetExecutionProviderType: Some(provider),
    GetStartVersion: Some(first_version),
    GetEndVersion: Some(first_version),
    GetInputTypeCount: Some(inputs),
    GetInputType: Some(bytes),
    GetInputCharacteristic: Some(required),
    GetInputMemoryType: Some(memory),
    GetOutputTypeCount: Some(outputs),
    GetOutputType: Some(bytes),
    GetOutputCharacteristic: Some(required),
    InferOutputShapeFn: Some(shape),
    GetMayInplace: Some(in_place),
    ReleaseMayInplace: Some(keep_in_place),
    CreateKernelV2: Some(create),
    KernelComputeV2: Some(compute),
    KernelDestroy: Some(destroy),
    // What is older, or for operators with a variable number of inputs.
    CreateKernel: None,
    KernelCompute: None,
    GetVariadicInputMinArity: None,
    GetVariadicInputHomogeneity: None,
    GetVariadicOutputMinArity: None,
    GetVariadicOutputHomogeneity: None,
    GetAliasMap: None,
    ReleaseAliasMap: None,
};

unsafe extern "system" fn name(_: *const OrtCustomOp) -> *const c_char {
    c"Table8".as_ptr()
}

unsafe extern "system" fn provider(_: *const OrtCustomOp) -> *const c_char {
    ptr::null()
}

unsafe extern "system" fn first_version(_: *const OrtCustomOp) -> c_int {
    1
}

unsafe extern "system" fn inputs(_: *const OrtCustomOp) -> usize {
    2
}

unsafe extern "system" fn outputs(_: *const OrtCustomOp) -> usize {
    1
}

unsafe extern "system" fn bytes(_: *const OrtCustomOp, _: usize) -> Type {
    Type::ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8
}

unsafe extern "system" fn required(_: *const OrtCustomOp, _: usize) -> OrtCustomOpInputOutputCharacteristic {
    OrtCustomOpInputOutputCharacteristic::INPUT_OUTPUT_REQUIRED
}

unsafe extern "system" fn memory(_: *const OrtCustomOp, _: usize) -> OrtMemType {
    OrtMemType::OrtMemTypeDefault
}

/// Input 0 may be given the place of output 0.
unsafe extern "system" fn in_place(inputs: *mut *mut c_int, outputs: *mut *mut c_int) -> usize {
    static FIRST: [c_int; 1] = [0];
    // SAFETY: the runtime gives places for two pointers. It only reads what they lead to, and gives that back below.
    unsafe {
        *inputs = FIRST.as_ptr().cast_mut();
        *outputs = FIRST.as_ptr().cast_mut();
    }
    FIRST.len()
}

unsafe extern "system" fn keep_in_place(_: *mut c_int, _: *mut c_int) {}

/// The output has the shape of the first input.
unsafe extern "system" fn shape(_: *const OrtCustomOp, context: *mut OrtShapeInferContext) -> OrtStatusPtr {
    let (api, mut info, mut rank) = (ort::api(), ptr::null_mut(), 0);
    // SAFETY: the context is the runtime's for this call, and `info` belongs to it.
    answer(unsafe {
        done((api.ShapeInferContext_GetInputTypeShape)(context, 0, &raw mut info))
            .and_then(|()| done((api.GetDimensionsCount)(info, &raw mut rank)))
            .and_then(|()| match rank {
                // A shape that is not known looks like that of a single number.
                0 => Ok(()),
                _ => done((api.ShapeInferContext_SetOutputTypeShape)(context, 0, info)),
            })
    })
}

unsafe extern "system" fn create(
    _: *const OrtCustomOp,
    _: *const OrtApi,
    info: *const OrtKernelInfo,
    kernel: *mut *mut c_void,
) -> OrtStatusPtr {
    // SAFETY: the runtime describes a node, and gives a place for a pointer.
    answer(unsafe { table(info).map(|table| *kernel = Box::into_raw(Box::new(table)).cast()) })
}

unsafe extern "system" fn destroy(kernel: *mut c_void) {
    // SAFETY: made by `create`, and destroyed once.
    drop(unsafe { Box::from_raw(kernel.cast::<Table>()) });
}

/// The table of a node.
///
/// # Safety
/// `info` must be the runtime's description of a node.
unsafe fn table(info: *const OrtKernelInfo) -> Result<Table, Failure> {
    let (mut constant, mut value) = (0, ptr::null());
    // SAFETY: the caller's promise; the other pointers lead to local variables.
    done(unsafe { (ort::api().KernelInfoGetConstantInput_tensor)(info, 1, &raw mut constant, &raw mut value) })?;
    let wrong = "the second input of luchs.Table8 has to be a constant of 256 bytes (u8)";
    if constant == 0 {
        return Err(Failure::new(wrong));
    }
    // SAFETY: a constant of the session.
    let bytes = unsafe { Bytes::of(value) }?;
    // SAFETY: as many bytes as the runtime says, which nobody writes to.
    let entries = (bytes.count == 256).then(|| unsafe { &*bytes.data.cast::<[u8; 256]>() });
    entries.map(Table::new).ok_or_else(|| Failure::new(wrong))
}

unsafe extern "system" fn compute(kernel: *mut c_void, context: *mut OrtKernelContext) -> OrtStatusPtr {
    // SAFETY: made by `create` and not destroyed while there are runs; all of them only read it.
    let table = unsafe { &*kernel.cast_const().cast::<Table>() };
    // SAFETY: the context is the runtime's for this call.
    answer(unsafe { look_up(table, context) })
}

/// # Safety
/// `context` must be that of a run of this operator.
unsafe fn look_up(table: &Table, context: *mut OrtKernelContext) -> Result<(), Failure> {
    let api = ort::api();
    let (mut from, mut to) = (ptr::null(), ptr::null_mut());
    // SAFETY: the caller's promise; the other pointers lead to local variables, and `shape` has as many sides as are said.
    let (from, to) = unsafe {
        done((api.KernelContext_GetInput)(context, 0, &raw mut from))?;
        let from = Bytes::of(from)?;
        let sides = (from.shape.as_ptr(), from.shape.len());
        done((api.KernelContext_GetOutput)(context, 0, sides.0, sides.1, &raw mut to))?;
        (from, Bytes::of(to)?)
    };
    let count = from.count;
    if count == 0 {
        return Ok(());
    }
    if to.count != count || (from.data != to.data && from.data.addr().abs_diff(to.data.addr()) < count) {
        return Err(Failure::new(
            "luchs.Table8 was given memory that overlaps: a fault of ONNX Runtime",
        ));
    }
    // SAFETY: the runtime owns as many bytes as it says in both places. They are the same, where it keeps the input for
    // nobody else (`in_place`), or apart; the output is this run's alone.
    unsafe {
        let results = slice::from_raw_parts_mut(to.data, count);
        if from.data == to.data {
            table.map_in_place(results);
        } else {
            table.map(slice::from_raw_parts(from.data, count), results);
        }
    }
    Ok(())
}
