//! The one second input that is understood: `orig_target_sizes` of RT-DETR, D-FINE and DEIM, the width and height that the
//! boxes are to be scaled to.
//!
//! It is given a value inside the file, the size of the model's input, so that the runtime asks for the picture alone.

use luchs_scene::Size;
use luchs_vision::TensorInfo;
use prost::{Message as _, bytes::Bytes};

use crate::onnx::{GraphProto, ModelProto, TensorProto};

/// `TensorProto.DataType.INT64`.
const INT64: i32 = 7;

/// Whether `input` is it.
pub(crate) fn is_target_size(input: &TensorInfo) -> bool {
    input.name == "orig_target_sizes" && input.element == "i64" && matches!(input.shape[..], [-1 | 1, -1 | 2])
}

/// The file `bytes` with `size` as the value of `orig_target_sizes`. Messages of protobuf that follow each other merge, so
/// that the rest of the file stays as it was, byte for byte.
pub(crate) fn filled_in(bytes: &Bytes, size: Size) -> Bytes {
    let sides = [i64::from(size.width), i64::from(size.height)];
    let constant = TensorProto {
        dims: vec![1, 2],
        data_type: INT64,
        name: "orig_target_sizes".to_owned(),
        raw_data: sides
            .iter()
            .flat_map(|side| side.to_le_bytes())
            .collect::<Vec<_>>()
            .into(),
        ..TensorProto::default()
    };
    let addition = ModelProto {
        graph: Some(GraphProto {
            initializer: vec![constant],
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    };
    let mut whole = Vec::with_capacity(bytes.len() + addition.encoded_len());
    whole.extend_from_slice(bytes);
    whole.extend_from_slice(&addition.encode_to_vec());
    whole.into()
}
