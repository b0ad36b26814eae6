//! A walk over the bytes of a file before they are decoded: a few bytes of protobuf can become many of memory, and nested
//! messages a deep stack, so both are counted first. Takes no memory itself.

use prost::{
    bytes::{Buf as _, Bytes},
    encoding::{WireType, decode_key, decode_varint},
};

use super::LintError;
use crate::onnx::{
    AttributeProto, Dimension, FunctionProto, GraphProto, NodeProto, OperatorSetId, SparseTensorProto, StringEntry,
    TensorProto, ValueInfoProto,
};

/// What the decoded messages may take, without the tensors' data, which is not copied. A detector of ten thousand
/// operators takes a tenth. While a list grows, the parser holds it twice.
const MEMORY: usize = 96 << 20;
/// Bytes of a name.
const NAME: usize = 4096;
/// Bytes of a note's value: exporters write the names of all classes into one.
const NOTE: usize = 1 << 20;
/// Graphs within graphs: bodies of loops and branches.
const NESTING: usize = 8;

/// What the walk found.
pub(super) enum Stopped {
    /// No protobuf, or cut off.
    Malformed(&'static str),
    /// More than is allowed.
    TooMuch(LintError),
}

/// The messages that are decoded.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Sparse,
    Value,
    Type,
    TensorType,
    Shape,
    Dimension,
    Function,
    Entry,
    Opset,
}

/// What a length-delimited field becomes.
#[derive(Clone, Copy)]
enum Field {
    Message(Kind),
    /// A name, copied.
    Text(usize),
    /// Integers of one byte or more, each of which takes eight.
    Integers,
    /// Copied as they are.
    Copied,
    /// Shared with the file, or passed over.
    Shared,
}

impl Kind {
    /// Memory of one, in bytes.
    fn size(self) -> usize {
        match self {
            Self::Model | Self::Type | Self::TensorType | Self::Shape => 0,
            Self::Graph => size_of::<GraphProto>(),
            Self::Node => size_of::<NodeProto>(),
            Self::Attribute => size_of::<AttributeProto>(),
            Self::Tensor => size_of::<TensorProto>(),
            Self::Sparse => size_of::<SparseTensorProto>(),
            Self::Value => size_of::<ValueInfoProto>(),
            Self::Dimension => size_of::<Dimension>(),
            Self::Function => size_of::<FunctionProto>(),
            Self::Entry => size_of::<StringEntry>(),
            Self::Opset => size_of::<OperatorSetId>(),
        }
    }

    /// The field `number` of this message, as `crate::onnx` declares it.
    fn field(self, number: u32) -> Field {
        use Field::{Copied, Integers, Message, Shared, Text};
        match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => Message(Self::Graph),
            (Self::Model, 8) => Message(Self::Opset),
            (Self::Model, 14) | (Self::Tensor, 13) => Message(Self::Entry),
            (Self::Model, 25) => Message(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Message(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::Sparse, 1 | 2) => Message(Self::Tensor),
            (Self::Graph, 11 | 12) => Message(Self::Value),
            (Self::Graph, 15) | (Self::Attribute, 22) => Message(Self::Sparse),
            (Self::Node, 5) => Message(Self::Attribute),
            (Self::Value, 2) => Message(Self::Type),
            (Self::Type, 1) => Message(Self::TensorType),
            (Self::TensorType, 2) => Message(Self::Shape),
            (Self::Shape, 1) => Message(Self::Dimension),
            (Self::Attribute, 8) | (Self::Tensor, 1) | (Self::Sparse, 3) => Integers,
            (Self::Attribute, 7) => Copied,
            (Self::Entry, 2) => Text(NOTE),
            (Self::Model, 2 | 3)
            | (Self::Graph | Self::Dimension, 2)
            | (Self::Node, 1..=4 | 7)
            | (Self::Attribute | Self::Value | Self::Function | Self::Entry | Self::Opset, 1)
            | (Self::Tensor, 8)
            | (Self::Function, 10) => Text(NAME),
            _ => Shared,
        }
    }
}

/// Counts what decoding `bytes` would take.
pub(super) fn scan(bytes: &Bytes) -> Result<(), Stopped> {
    let mut memory = 0;
    message(&mut bytes.clone(), Kind::Model, 0, &mut memory)
}

fn message(bytes: &mut Bytes, kind: Kind, nesting: usize, memory: &mut usize) -> Result<(), Stopped> {
    while bytes.has_remaining() {
        let (number, wire) = decode_key(bytes).map_err(|_| Stopped::Malformed("a field has no number"))?;
        match wire {
            WireType::Varint => {
                decode_varint(bytes).map_err(|_| Stopped::Malformed("an integer has no end"))?;
                take(memory, size_of::<i64>())?;
            }
            WireType::SixtyFourBit => skip(bytes, 8)?,
            // Floats that are not packed.
            WireType::ThirtyTwoBit => {
                skip(bytes, 4)?;
                take(memory, size_of::<f32>())?;
            }
            WireType::LengthDelimited => {
                let length = decode_varint(bytes).map_err(|_| Stopped::Malformed("a length has no end"))?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if length > bytes.remaining() {
                    return Err(Stopped::Malformed("a part is longer than what is left of the file"));
                }
                let mut inner = bytes.split_to(length);
                field(&mut inner, kind.field(number), nesting, memory)?;
            }
            WireType::StartGroup | WireType::EndGroup => {
                return Err(Stopped::Malformed("it has groups, which ONNX has not"));
            }
        }
    }
    Ok(())
}

fn field(inner: &mut Bytes, field: Field, nesting: usize, memory: &mut usize) -> Result<(), Stopped> {
    match field {
        Field::Message(kind) => {
            let nesting = nesting + usize::from(matches!(kind, Kind::Graph));
            if nesting > NESTING + 1 {
                return Err(too_much(
                    format!("graphs within graphs, {nesting} deep or more"),
                    NESTING,
                ));
            }
            take(memory, kind.size())?;
            message(inner, kind, nesting, memory)
        }
        Field::Text(limit) if inner.len() > limit => Err(too_much(format!("a name of {} bytes", inner.len()), limit)),
        Field::Text(_) => take(memory, size_of::<String>() + inner.len()),
        Field::Integers => take(memory, size_of::<i64>().saturating_mul(inner.len())),
        Field::Copied => take(memory, inner.len()),
        // A list of such parts has an entry for each.
        Field::Shared => take(memory, size_of::<Bytes>()),
    }
}

fn skip(bytes: &mut Bytes, count: usize) -> Result<(), Stopped> {
    if count > bytes.remaining() {
        return Err(Stopped::Malformed("a number is cut off"));
    }
    bytes.advance(count);
    Ok(())
}

fn take(memory: &mut usize, size: usize) -> Result<(), Stopped> {
    *memory = memory.saturating_add(size);
    if *memory > MEMORY {
        return Err(Stopped::TooMuch(LintError::Swells { limit: MEMORY >> 20 }));
    }
    Ok(())
}

fn too_much(what: String, limit: usize) -> Stopped {
    Stopped::TooMuch(LintError::TooMuch { what, limit })
}
