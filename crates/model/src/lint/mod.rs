//! A look into a file before the runtime gets it: is it ONNX at all, whole, self-contained, of sane size and of known
//! operators?

mod error;
mod guess;
mod order;
mod scan;
mod tensor;

use std::collections::HashSet;

use prost::{Message as _, bytes::Bytes};

pub use error::LintError;
pub(crate) use error::shown;

use crate::onnx::{AttributeProto, GraphProto, ModelProto, NodeProto};
use guess::looks_like;
use scan::{Stopped, scan};
use tensor::{check_sparse, check_tensor};

/// The largest file that is read as a model. The largest detectors of the supported families have 300 MB.
pub const MAX_BYTES: u64 = 384 << 20;

/// Operator sets that the stock runtime carries. `com.microsoft` holds the quantised operators.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// Operators of those sets that make the runtime open other files.
const OPENS_FILES: [(&str, &str); 1] = [("com.microsoft", "EPContext")];

/// Domain and name of the operators that a file defines itself.
type Defined<'a> = HashSet<(&'a str, &'a str)>;

/// Parses `bytes` and refuses what must not reach the runtime. Tensors of the result share the memory of `bytes`.
pub fn lint(bytes: &Bytes) -> Result<ModelProto, LintError> {
    if bytes.is_empty() {
        return Err(LintError::Empty);
    }
    let damaged = |reason: String| {
        let size = bytes.len();
        looks_like(bytes).map_or(LintError::Damaged { size, reason }, LintError::LooksLike)
    };
    scan(bytes).map_err(|stopped| match stopped {
        Stopped::Malformed(reason) => damaged(reason.to_owned()),
        Stopped::TooMuch(error) => error,
    })?;
    let model = ModelProto::decode(bytes.clone()).map_err(|error| damaged(error.to_string()))?;
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
    let functions = model.functions.iter();
    let defined: Defined<'_> = functions.map(|f| (f.domain.as_str(), f.name.as_str())).collect();
    check_graph(graph, &defined)?;
    order::check_order(&graph.node)?;
    for function in &model.functions {
        check_nodes(&function.node, &defined)?;
        order::check_order(&function.node)?;
    }
    order::check_functions(&model)?;
    Ok(model)
}

fn check_graph(graph: &GraphProto, defined: &Defined<'_>) -> Result<(), LintError> {
    graph.initializer.iter().try_for_each(check_tensor)?;
    graph.sparse_initializer.iter().try_for_each(check_sparse)?;
    check_nodes(&graph.node, defined)
}

fn check_nodes(nodes: &[NodeProto], defined: &Defined<'_>) -> Result<(), LintError> {
    for node in nodes {
        let operator = (node.domain.as_str(), node.op_type.as_str());
        if !DOMAINS.contains(&operator.0) && !defined.contains(&operator) {
            return Err(LintError::CustomOperator {
                operator: shown(&node.op_type),
                domain: shown(&node.domain),
                node: name_of(node),
            });
        }
        if OPENS_FILES.contains(&operator) {
            return Err(LintError::OpensFiles {
                operator: shown(&node.op_type),
                node: name_of(node),
            });
        }
        node.attribute
            .iter()
            .try_for_each(|attribute| check_attribute(attribute, defined))?;
    }
    Ok(())
}

fn check_attribute(attribute: &AttributeProto, defined: &Defined<'_>) -> Result<(), LintError> {
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
        .try_for_each(|graph| check_graph(graph, defined))
}

fn name_of(node: &NodeProto) -> String {
    let first = node.output.first().map_or("", String::as_str);
    shown(if node.name.is_empty() { first } else { &node.name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{EXTERNAL, FLOAT, FunctionProto, StringEntry, TensorProto, ValueInfoProto};

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
