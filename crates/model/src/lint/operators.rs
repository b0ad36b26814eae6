//! Operators: those that every ONNX Runtime has, those that the file defines, and those of Luchs's own that the passport names.

use std::collections::{BTreeSet, HashSet};

use super::{
    LintError,
    error::shown,
    name_of,
    tensor::{check_sparse, check_tensor},
};
use crate::{
    Operator,
    onnx::{AttributeProto, GraphProto, ModelProto, NodeProto},
};

/// Operator sets that the stock runtime carries. `com.microsoft` has those of 8-bit integers.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// Operators of those sets that make the runtime open other files.
const OPENS_FILES: [(&str, &str); 1] = [("com.microsoft", "EPContext")];

/// What the nodes of a file are held against, and what was found in them.
struct Nodes<'a> {
    /// Domain and name of the operators that the file defines itself.
    defined: HashSet<(&'a str, &'a str)>,
    declared: &'a [Operator],
    used: BTreeSet<Operator>,
}

/// Checks all nodes and constants of `model`, whose main graph is `graph`. Gives Luchs's own operators among them.
pub(super) fn check_operators(
    model: &ModelProto,
    graph: &GraphProto,
    declared: &[Operator],
) -> Result<Vec<Operator>, LintError> {
    let functions = model.functions.iter();
    let mut nodes = Nodes {
        defined: functions.map(|f| (f.domain.as_str(), f.name.as_str())).collect(),
        declared,
        used: BTreeSet::new(),
    };
    nodes.check_graph(graph)?;
    for function in &model.functions {
        nodes.check_all(&function.node)?;
    }
    match declared.iter().find(|operator| !nodes.used.contains(operator)) {
        Some(&operator) => Err(LintError::NotNeeded { operator }),
        None => Ok(nodes.used.into_iter().collect()),
    }
}

impl Nodes<'_> {
    fn check_graph(&mut self, graph: &GraphProto) -> Result<(), LintError> {
        graph.initializer.iter().try_for_each(check_tensor)?;
        graph.sparse_initializer.iter().try_for_each(check_sparse)?;
        self.check_all(&graph.node)
    }

    fn check_all(&mut self, nodes: &[NodeProto]) -> Result<(), LintError> {
        for node in nodes {
            self.check_operator(node)?;
            let mut attributes = node.attribute.iter();
            attributes.try_for_each(|attribute| self.check_attribute(attribute))?;
        }
        Ok(())
    }

    fn check_operator(&mut self, node: &NodeProto) -> Result<(), LintError> {
        let (domain, op_type) = (node.domain.as_str(), node.op_type.as_str());
        if let Some(operator) = Operator::of_node(domain, op_type) {
            if !self.declared.contains(&operator) {
                let node = name_of(node);
                return Err(LintError::Undeclared { operator, node });
            }
            self.used.insert(operator);
            return Ok(());
        }
        if !DOMAINS.contains(&domain) && !self.defined.contains(&(domain, op_type)) {
            let (operator, node) = (shown(op_type), name_of(node));
            return Err(if domain == Operator::DOMAIN {
                LintError::OfAnotherVersion { operator, node }
            } else {
                let domain = shown(domain);
                LintError::CustomOperator { operator, domain, node }
            });
        }
        if OPENS_FILES.contains(&(domain, op_type)) {
            let (operator, node) = (shown(op_type), name_of(node));
            return Err(LintError::OpensFiles { operator, node });
        }
        Ok(())
    }

    fn check_attribute(&mut self, attribute: &AttributeProto) -> Result<(), LintError> {
        let mut tensors = attribute.t.iter().chain(&attribute.tensors);
        tensors.try_for_each(check_tensor)?;
        attribute.sparse_tensor.iter().try_for_each(check_sparse)?;
        let mut graphs = attribute.g.iter().chain(&attribute.graphs);
        graphs.try_for_each(|graph| self.check_graph(graph))
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::{
        super::{lint, tests::graph},
        *,
    };
    use crate::onnx::FunctionProto;

    /// A model of one operator.
    fn of(domain: &str, op_type: &str) -> ModelProto {
        let mut graph = graph();
        graph.node[0].domain = domain.into();
        graph.node[0].op_type = op_type.into();
        ModelProto::new(graph)
    }

    fn check(model: &ModelProto, declared: &[Operator]) -> Result<Vec<Operator>, LintError> {
        lint(&model.encode_to_vec().into(), declared).map(|linted| linted.operators)
    }

    fn refused(model: &ModelProto, declared: &[Operator]) -> String {
        check(model, declared).unwrap_err().to_string()
    }

    #[test]
    fn custom_operators_are_refused_unless_the_file_defines_them() {
        let mut model = of("org.example", "Relu");
        let message = refused(&model, &[]);
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
        assert!(check(&model, &[]).is_ok());
        model.functions[0].node[0].domain = "org.hidden".into();
        assert!(refused(&model, &[]).contains("org.hidden"));
    }

    #[test]
    fn an_operator_that_opens_files_is_refused() {
        assert!(matches!(
            check(&of("com.microsoft", "EPContext"), &[]),
            Err(LintError::OpensFiles { .. })
        ));
    }

    #[test]
    fn what_integer_models_are_written_with_is_standard() {
        for op_type in [
            "QLinearConv",
            "QLinearAdd",
            "QLinearMul",
            "QLinearConcat",
            "QLinearSigmoid",
            "QLinearLeakyRelu",
            "NhwcMaxPool",
        ] {
            assert_eq!(check(&of("com.microsoft", op_type), &[]), Ok(vec![]), "{op_type}");
        }
    }

    #[test]
    fn an_operator_of_our_own_is_taken_where_the_passport_names_it() {
        let table = of("luchs", "Table8");
        assert_eq!(check(&table, &[Operator::Table8]), Ok(vec![Operator::Table8]));
        let message = refused(&table, &[]);
        for part in ["“luchs.Table8”", "“Relu_y”", "operators = [\"luchs.Table8\"]"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }

    #[test]
    fn it_is_found_wherever_it_is_and_under_no_other_definition() {
        let mut branch = of("", "If");
        let attribute = AttributeProto {
            g: of("luchs", "Table8").graph,
            ..AttributeProto::default()
        };
        branch.graph.as_mut().unwrap().node[0].attribute.push(attribute);
        let mut function = of("org.example", "Relu");
        function.functions.push(FunctionProto {
            name: "Relu".into(),
            domain: "org.example".into(),
            node: of("luchs", "Table8").graph.unwrap().node,
        });
        let mut defined = of("luchs", "Table8");
        defined.functions.push(FunctionProto {
            name: "Table8".into(),
            domain: "luchs".into(),
            node: graph().node,
        });
        for model in [branch, function, defined] {
            assert!(matches!(check(&model, &[]), Err(LintError::Undeclared { .. })));
            assert_eq!(check(&model, &[Operator::Table8]), Ok(vec![Operator::Table8]));
        }
    }

    #[test]
    fn a_passport_that_names_one_that_is_not_there_is_wrong() {
        let message = refused(&of("", "Relu"), &[Operator::Table8]);
        assert!(
            message.contains("luchs.Table8") && message.contains("remove it"),
            "{message}"
        );
    }

    #[test]
    fn one_that_this_version_does_not_have_is_told_apart_from_a_stranger() {
        let message = refused(&of("luchs", "Table16"), &[]);
        assert!(
            message.contains("“Table16”") && message.contains("newer version"),
            "{message}"
        );
    }
}
