//! Constants: inside the file, of a known type, and with as much data as their shape says.

use prost::bytes::Bytes;

use super::{LintError, MAX_BYTES, error::shown};
use crate::onnx::{EXTERNAL, SparseTensorProto, TensorProto};

/// `TensorProto.DataType.STRING`.
const STRING: i32 = 8;

pub(super) fn check_sparse(tensor: &SparseTensorProto) -> Result<(), LintError> {
    tensor.values.iter().chain(&tensor.indices).try_for_each(check_tensor)?;
    // The runtime makes a dense one of it.
    let name = tensor.values.as_ref().map_or("", |values| &values.name);
    let elements = elements(&tensor.dims).map_err(|reason| wrong(name, reason))?;
    if elements > MAX_BYTES / 8 {
        return Err(wrong(
            name,
            format!("is a sparse one that would become {elements} values"),
        ));
    }
    Ok(())
}

pub(super) fn check_tensor(tensor: &TensorProto) -> Result<(), LintError> {
    if tensor.data_location == EXTERNAL || !tensor.external_data.is_empty() {
        let location = tensor.external_data.iter().find(|entry| entry.key == "location");
        return Err(LintError::ExternalData {
            tensor: shown(&tensor.name),
            location: location.map_or_else(|| "unnamed".to_owned(), |entry| shown(&entry.value)),
        });
    }
    contradiction(tensor).map_or(Ok(()), |reason| Err(wrong(&tensor.name, reason)))
}

fn wrong(tensor: &str, reason: String) -> LintError {
    LintError::Tensor {
        tensor: shown(tensor),
        reason,
    }
}

/// What is wrong with the size of `tensor`, if anything is.
fn contradiction(tensor: &TensorProto) -> Option<String> {
    let elements = match elements(&tensor.dims) {
        Ok(elements) => elements,
        Err(reason) => return Some(reason),
    };
    if tensor.data_type == STRING {
        let found = tensor.string_data.len() as u64;
        return (found != elements || !tensor.raw_data.is_empty())
            .then(|| format!("is declared with {elements} texts, but has {found}"));
    }
    let Some(bits) = bits(tensor.data_type) else {
        return Some(format!("is of the type {}, which is not known", tensor.data_type));
    };
    let Some(bytes) = elements.checked_mul(bits).map(|bits| bits.div_ceil(8)) else {
        return Some(format!("is declared with {elements} elements, which is absurd"));
    };
    if !tensor.raw_data.is_empty() {
        let found = tensor.raw_data.len() as u64;
        return (found != bytes).then(|| format!("is declared with {bytes} bytes, but has {found}"));
    }
    let found = listed(tensor);
    // Elements of four bits and less may share an integer, complex ones have two numbers.
    let packed = (elements * bits).div_ceil(8);
    let fits = match tensor.data_type {
        14 | 15 => elements.checked_mul(2) == Some(found),
        _ if bits < 8 => found == elements || found == packed,
        _ => found == elements,
    };
    (!fits).then(|| format!("is declared with {elements} elements, but has {found}"))
}

/// How many elements a shape has. Errors are reasons.
fn elements(dims: &[i64]) -> Result<u64, String> {
    let mut product = 1_u64;
    let mut empty = false;
    for &dim in dims {
        let dim = u64::try_from(dim).map_err(|_| format!("has a dimension of {dim}"))?;
        empty |= dim == 0;
        product = product
            .checked_mul(dim.max(1))
            .ok_or("has dimensions whose product is larger than any number of 64 bits")?;
    }
    Ok(if empty { 0 } else { product })
}

/// Bits of an element of a `TensorProto.DataType`.
fn bits(data_type: i32) -> Option<u64> {
    match data_type {
        2 | 3 | 9 | 17..=20 | 24 => Some(8),
        4 | 5 | 10 | 16 => Some(16),
        1 | 6 | 12 => Some(32),
        7 | 11 | 13 | 14 => Some(64),
        15 => Some(128),
        21..=23 => Some(4),
        25 | 26 => Some(2),
        _ => None,
    }
}

/// How many numbers stand in the list for the type of `tensor`.
fn listed(tensor: &TensorProto) -> u64 {
    let bytes = |lists: &[Bytes]| lists.iter().map(|list| list.len() as u64).sum::<u64>();
    // Each number ends with the one byte of its that has the highest bit clear.
    let integers = |lists: &[Bytes]| {
        let ends = |list: &Bytes| list.iter().filter(|byte| **byte < 0x80).count() as u64;
        lists.iter().map(ends).sum()
    };
    match tensor.data_type {
        1 | 14 => bytes(&tensor.float_data) / 4,
        11 | 15 => bytes(&tensor.double_data) / 8,
        7 => integers(&tensor.int64_data),
        12 | 13 => integers(&tensor.uint64_data),
        _ => integers(&tensor.int32_data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(data_type: i32, dims: &[i64]) -> TensorProto {
        TensorProto {
            dims: dims.to_vec(),
            data_type,
            name: "w".into(),
            ..TensorProto::default()
        }
    }

    fn raw(data_type: i32, dims: &[i64], bytes: usize) -> TensorProto {
        TensorProto {
            raw_data: vec![0; bytes].into(),
            ..tensor(data_type, dims)
        }
    }

    #[test]
    fn data_that_fits_its_shape_passes_however_it_is_stored() {
        let listed = TensorProto {
            int64_data: vec![Bytes::from_static(&[0x80, 0x01, 0x05])],
            ..tensor(7, &[2])
        };
        let texts = TensorProto {
            string_data: vec![Bytes::from_static(b"a")],
            ..tensor(STRING, &[])
        };
        for tensor in [
            raw(1, &[2, 3], 24),
            raw(21, &[3], 2),
            raw(10, &[], 2),
            tensor(1, &[0, 5]),
            listed,
            texts,
        ] {
            assert_eq!(check_tensor(&tensor), Ok(()));
        }
    }

    #[test]
    fn a_shape_that_contradicts_its_data_is_refused() {
        let cases = [
            (raw(1, &[2, 3], 23), "24 bytes, but has 23"),
            (raw(1, &[-1], 4), "dimension of -1"),
            (raw(1, &[1 << 32, 1 << 32, 4], 4), "64 bits"),
            (raw(1, &[i64::MAX], 4), "absurd"),
            (tensor(1, &[1 << 40]), "1099511627776 elements, but has 0"),
            (raw(99, &[1], 4), "type 99"),
            (tensor(STRING, &[2]), "2 texts, but has 0"),
        ];
        for (tensor, expected) in cases {
            let message = check_tensor(&tensor).unwrap_err().to_string();
            assert!(message.contains("“w”") && message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_sparse_constant_that_would_fill_the_memory_is_refused() {
        let sparse = SparseTensorProto {
            values: Some(raw(1, &[1], 4)),
            indices: Some(raw(7, &[1], 8)),
            dims: vec![1 << 40],
        };
        assert!(check_sparse(&sparse).unwrap_err().to_string().contains("1099511627776"));
        assert_eq!(
            check_sparse(&SparseTensorProto {
                dims: vec![8],
                ..sparse
            }),
            Ok(())
        );
    }
}
