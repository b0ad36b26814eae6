//! A look into a file before the runtime gets it: is it ONNX at all, whole, self-contained, and of known operators?

use prost::{Message as _, bytes::Bytes};

use crate::onnx::{
    AttributeProto, EXTERNAL, FunctionProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto,
};

/// The largest file that is read as a model. Detectors for the edge have a tenth of it; protobuf ends at 2 GiB.
pub const MAX_BYTES: u64 = 1 << 30;

/// Operator sets that the stock runtime carries. `com.microsoft` holds the quantised operators.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// Operators of those sets that make the runtime open other files.
const OPENS_FILES: [(&str, &str); 1] = [("com.microsoft", "EPContext")];

/// Why a file is not given to the runtime.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LintError {
    /// Nothing in it.
    #[error("the file is empty; fetch it again")]
    Empty,
    /// Something else.
    #[error("this is not an ONNX model but {0}; give a .onnx file or a directory with a model.toml")]
    LooksLike(&'static str),
    /// Cut off or damaged.
    #[error("the file is damaged or cut off after {size} bytes ({reason}); fetch it again")]
    Damaged {
        /// Bytes in the file.
        size: usize,
        /// What the parser said.
        reason: String,
    },
    /// Parsed, but without what a model must have.
    #[error("the file has no {0}: it is cut off, or not an ONNX model; fetch or export it again")]
    Missing(&'static str),
    /// Weights in other files.
    #[error(
        "tensor “{tensor}” keeps its data in another file (“{location}”); such models are not loaded: save the model \
         with its weights inside"
    )]
    ExternalData {
        /// The tensor.
        tensor: String,
        /// The other file, as the model names it.
        location: String,
    },
    /// An operator that the stock runtime does not have.
    #[error(
        "operator “{operator}” of node “{node}” is from the set “{domain}”; only standard operators are loaded (ai.onnx, \
         ai.onnx.ml, com.microsoft): export the model without custom operators"
    )]
    CustomOperator {
        /// Type of the operator.
        operator: String,
        /// Its domain.
        domain: String,
        /// Name of the node, or its first output.
        node: String,
    },
    /// An operator that makes the runtime open other files.
    #[error("operator “{operator}” of node “{node}” makes the runtime open other files; such models are not loaded")]
    OpensFiles {
        /// Type of the operator.
        operator: String,
        /// Name of the node, or its first output.
        node: String,
    },
}

/// Parses `bytes` and refuses what must not reach the runtime. Tensors of the result share the memory of `bytes`.
pub fn lint(bytes: &Bytes) -> Result<ModelProto, LintError> {
    if bytes.is_empty() {
        return Err(LintError::Empty);
    }
    let model = match ModelProto::decode(bytes.clone()) {
        Ok(model) => model,
        Err(error) => {
            let reason = error.to_string();
            return Err(looks_like(bytes).map_or(
                LintError::Damaged {
                    size: bytes.len(),
                    reason,
                },
                LintError::LooksLike,
            ));
        }
    };
    // Some texts are valid protobuf by accident, of unknown fields only.
    let Some(graph) = &model.graph else {
        return Err(looks_like(bytes).map_or(LintError::Missing("graph"), LintError::LooksLike));
    };
    if model.ir_version == 0 {
        return Err(LintError::Missing("format version"));
    }
    for (what, none) in [
        ("operators", graph.node.is_empty()),
        ("inputs", graph.input.is_empty()),
        ("outputs", graph.output.is_empty()),
    ] {
        if none {
            return Err(LintError::Missing(what));
        }
    }
    check_graph(graph, &model.functions)?;
    for function in &model.functions {
        check_nodes(&function.node, &model.functions)?;
    }
    Ok(model)
}

fn check_graph(graph: &GraphProto, functions: &[FunctionProto]) -> Result<(), LintError> {
    graph.initializer.iter().try_for_each(check_tensor)?;
    graph.sparse_initializer.iter().try_for_each(check_sparse)?;
    check_nodes(&graph.node, functions)
}

fn check_nodes(nodes: &[NodeProto], functions: &[FunctionProto]) -> Result<(), LintError> {
    for node in nodes {
        let defined_here = functions
            .iter()
            .any(|f| f.domain == node.domain && f.name == node.op_type);
        if !DOMAINS.contains(&node.domain.as_str()) && !defined_here {
            let (operator, domain) = (node.op_type.clone(), node.domain.clone());
            return Err(LintError::CustomOperator {
                operator,
                domain,
                node: name_of(node),
            });
        }
        if OPENS_FILES.contains(&(&node.domain, &node.op_type)) {
            return Err(LintError::OpensFiles {
                operator: node.op_type.clone(),
                node: name_of(node),
            });
        }
        node.attribute
            .iter()
            .try_for_each(|attribute| check_attribute(attribute, functions))?;
    }
    Ok(())
}

fn check_attribute(attribute: &AttributeProto, functions: &[FunctionProto]) -> Result<(), LintError> {
    attribute
        .t
        .iter()
        .chain(&attribute.tensors)
        .try_for_each(check_tensor)?;
    attribute.sparse_tensor.iter().try_for_each(check_sparse)?;
    attribute
        .g
        .iter()
        .chain(&attribute.graphs)
        .try_for_each(|graph| check_graph(graph, functions))
}

fn check_sparse(tensor: &SparseTensorProto) -> Result<(), LintError> {
    tensor.values.iter().chain(&tensor.indices).try_for_each(check_tensor)
}

fn check_tensor(tensor: &TensorProto) -> Result<(), LintError> {
    if tensor.data_location != EXTERNAL && tensor.external_data.is_empty() {
        return Ok(());
    }
    let location = tensor.external_data.iter().find(|entry| entry.key == "location");
    Err(LintError::ExternalData {
        tensor: tensor.name.clone(),
        location: location.map_or_else(|| "unnamed".to_owned(), |entry| entry.value.clone()),
    })
}

fn name_of(node: &NodeProto) -> String {
    let first = || node.output.first().cloned().unwrap_or_default();
    if node.name.is_empty() {
        first()
    } else {
        node.name.clone()
    }
}

/// What a person gave us by mistake, by its first bytes.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 13] = [
        (b"version https://git-lfs", "a Git LFS pointer (run “git lfs pull”)"),
        (
            b"PK\x03\x04",
            "a ZIP archive, such as a PyTorch checkpoint or a package",
        ),
        (b"\x80\x02", "a Python pickle, such as a PyTorch checkpoint"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x89HDF", "an HDF5 file, such as a Keras model"),
        (b"GGUF", "a GGUF language model"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x7fELF", "a program or library"),
        (b"%PDF", "a PDF document"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
        (b"<", "an XML file"),
    ];
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some("a TensorFlow Lite model");
    }
    if let Some((_, what)) = STARTS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(what);
    }
    let head = &bytes[..bytes.len().min(512)];
    let text = head
        .iter()
        .all(|b| (0x20..0x7f).contains(b) || b"\t\r\n".contains(b) || *b >= 0x80);
    text.then_some("a text file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{FLOAT, StringEntry, ValueInfoProto};

    fn graph() -> GraphProto {
        GraphProto {
            node: vec![NodeProto::new("Relu", &["x"], &["y"])],
            input: vec![ValueInfoProto::tensor("x", FLOAT, &[1, 2])],
            output: vec![ValueInfoProto::tensor("y", FLOAT, &[1, 2])],
            ..GraphProto::default()
        }
    }

    fn check(model: &ModelProto) -> Result<ModelProto, LintError> {
        lint(&model.encode_to_vec().into())
    }

    fn external(name: &str) -> TensorProto {
        let entry = StringEntry {
            key: "location".into(),
            value: "../weights.bin".into(),
        };
        TensorProto {
            name: name.into(),
            data_location: EXTERNAL,
            external_data: vec![entry],
            ..TensorProto::default()
        }
    }

    #[test]
    fn a_plain_model_passes_and_reads_back() {
        let model = ModelProto::new(graph());
        assert_eq!(check(&model), Ok(model));
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let cases: [(&[u8], &str); 7] = [
            (b"person\nbicycle\n", "a text file"),
            (b"<!DOCTYPE html><html>", "a web page"),
            (b"PK\x03\x04rest", "a ZIP archive"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            (b"\x1c\0\0\0TFL3", "TensorFlow Lite"),
            (b"\x89PNG\r\n", "a PNG picture"),
            (b"", "empty"),
        ];
        for (bytes, expected) in cases {
            let message = lint(&Bytes::copy_from_slice(bytes)).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_model_cut_anywhere_is_refused() {
        let bytes = ModelProto::new(graph()).encode_to_vec();
        for end in 0..bytes.len() {
            match lint(&Bytes::copy_from_slice(&bytes[..end])) {
                // Only the opset, which stands last, may be missing: the runtime says so itself.
                Ok(model) => assert!(
                    model.graph == Some(graph()) && model.opset_import.is_empty(),
                    "cut at {end}"
                ),
                Err(error) => assert!(!matches!(error, LintError::ExternalData { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn external_data_is_found_in_initialisers_attributes_and_subgraphs() {
        let mut direct = graph();
        direct.initializer.push(external("w"));
        let mut constant = graph();
        constant.node[0].attribute.push(AttributeProto {
            t: Some(external("w")),
            ..AttributeProto::default()
        });
        let mut inner = graph();
        inner.node[0].attribute.push(AttributeProto {
            g: Some(direct.clone()),
            ..AttributeProto::default()
        });
        for graph in [direct, constant, inner] {
            let message = check(&ModelProto::new(graph)).unwrap_err().to_string();
            assert!(
                message.contains("“w”") && message.contains("../weights.bin"),
                "{message}"
            );
        }
    }

    #[test]
    fn custom_operators_are_refused_unless_the_file_defines_them() {
        let mut model = ModelProto::new(graph());
        if let Some(graph) = &mut model.graph {
            graph.node[0].domain = "org.example".into();
        }
        let message = check(&model).unwrap_err().to_string();
        assert!(
            message.contains("“Relu”") && message.contains("“org.example”"),
            "{message}"
        );
        let body = vec![NodeProto::new("Relu", &["a"], &["b"])];
        model.functions.push(FunctionProto {
            name: "Relu".into(),
            domain: "org.example".into(),
            node: body,
        });
        assert!(check(&model).is_ok());
        model.functions[0].node[0].domain = "org.hidden".into();
        assert!(check(&model).unwrap_err().to_string().contains("org.hidden"));
    }

    #[test]
    fn an_operator_that_opens_files_is_refused() {
        let mut model = graph();
        model.node[0] = NodeProto {
            domain: "com.microsoft".into(),
            ..NodeProto::new("EPContext", &["x"], &["y"])
        };
        assert!(matches!(
            check(&ModelProto::new(model)),
            Err(LintError::OpensFiles { .. })
        ));
    }
}
