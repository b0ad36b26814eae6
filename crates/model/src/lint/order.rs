//! Operators that need each other's results in a circle, and functions that are defined by themselves or that unfold into
//! more operators than a machine has memory for.

use std::collections::{HashMap, HashSet};

use super::{LintError, error::shown, name_of};
use crate::onnx::{FunctionProto, GraphProto, ModelProto, NodeProto};

/// Operators of a model with its functions unfolded, as the runtime does.
const OPERATORS: usize = 200_000;
/// Functions that use each other, one by the next.
const CHAIN: usize = 64;

/// Refuses circles in the graph `nodes` and in the graphs inside it.
pub(super) fn check_order(nodes: &[NodeProto]) -> Result<(), LintError> {
    let mut writer = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        // An empty name stands for an output that nobody wants.
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            if writer.insert(output.as_str(), index).is_some() {
                return Err(LintError::WrittenTwice { value: shown(output) });
            }
        }
    }
    // Kahn's algorithm: take away what waits for nothing, until nothing is left.
    let mut waits = vec![0_usize; nodes.len()];
    let mut readers = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        let mut read = HashSet::new();
        reads(node, &mut read);
        let before: HashSet<usize> = read.iter().filter_map(|name| writer.get(name).copied()).collect();
        waits[index] = before.len();
        for writer in before {
            readers[writer].push(index);
        }
    }
    let mut ready: Vec<usize> = (0..nodes.len()).filter(|index| waits[*index] == 0).collect();
    while let Some(done) = ready.pop() {
        for &reader in &readers[done] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.push(reader);
            }
        }
    }
    if let Some(stuck) = waits.iter().position(|waits| *waits > 0) {
        return Err(LintError::Circle {
            node: name_of(&nodes[stuck]),
        });
    }
    let inner = nodes.iter().flat_map(subgraphs);
    inner.into_iter().try_for_each(|graph| check_order(&graph.node))
}

fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute
        .iter()
        .flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// The values that `node` and the graphs inside it read from outside.
fn reads<'a>(node: &'a NodeProto, names: &mut HashSet<&'a str>) {
    names.extend(node.input.iter().map(String::as_str).filter(|name| !name.is_empty()));
    for graph in subgraphs(node) {
        let mut inside = HashSet::new();
        for node in &graph.node {
            reads(node, &mut inside);
        }
        inside.extend(graph.output.iter().map(|output| output.name.as_str()));
        let own = graph.node.iter().flat_map(|node| &node.output);
        let own: HashSet<&str> = own
            .chain(graph.input.iter().map(|input| &input.name))
            .map(String::as_str)
            .collect();
        names.extend(inside.difference(&own));
    }
}

/// Refuses functions that use themselves, and a model that is too large with its functions unfolded.
pub(super) fn check_functions(model: &ModelProto) -> Result<(), LintError> {
    let functions = model.functions.iter().map(|function| (key(function), function));
    let mut unfolding = Unfolding {
        functions: functions.collect(),
        sizes: HashMap::new(),
    };
    let mut total = 0_usize;
    if let Some(graph) = &model.graph {
        total = unfolding.size(&graph.node, CHAIN)?;
    }
    for function in &model.functions {
        unfolding.function(function, CHAIN)?;
    }
    if total > OPERATORS {
        return Err(LintError::TooMuch {
            what: format!("{total} operators with its functions unfolded"),
            limit: OPERATORS,
        });
    }
    Ok(())
}

/// Domain and name.
type Key<'a> = (&'a str, &'a str);

fn key(function: &FunctionProto) -> Key<'_> {
    (&function.domain, &function.name)
}

struct Unfolding<'a> {
    functions: HashMap<Key<'a>, &'a FunctionProto>,
    /// None while it is being looked at.
    sizes: HashMap<Key<'a>, Option<usize>>,
}

impl<'a> Unfolding<'a> {
    fn size(&mut self, nodes: &'a [NodeProto], chain: usize) -> Result<usize, LintError> {
        let mut total = nodes.len();
        for node in nodes {
            if let Some(&function) = self.functions.get(&(node.domain.as_str(), node.op_type.as_str())) {
                total = total.saturating_add(self.function(function, chain)?);
            }
            for graph in subgraphs(node) {
                total = total.saturating_add(self.size(&graph.node, chain)?);
            }
        }
        Ok(total)
    }

    fn function(&mut self, function: &'a FunctionProto, chain: usize) -> Result<usize, LintError> {
        let key = key(function);
        match self.sizes.get(&key) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(LintError::Recursive {
                    function: shown(&function.name),
                });
            }
            None => {}
        }
        let Some(chain) = chain.checked_sub(1) else {
            return Err(LintError::TooMuch {
                what: "functions that use each other in a long chain".to_owned(),
                limit: CHAIN,
            });
        };
        self.sizes.insert(key, None);
        let size = self.size(&function.node, chain)?;
        self.sizes.insert(key, Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::AttributeProto;

    fn branch(inner: GraphProto, output: &str) -> NodeProto {
        let attribute = AttributeProto {
            g: Some(inner),
            ..AttributeProto::default()
        };
        NodeProto {
            attribute: vec![attribute],
            ..NodeProto::new("If", &["condition"], &[output])
        }
    }

    #[test]
    fn any_order_without_a_circle_passes() {
        let nodes = [
            NodeProto::new("Relu", &["a"], &["b"]),
            NodeProto::new("Relu", &["x"], &["a"]),
        ];
        assert_eq!(check_order(&nodes), Ok(()));
    }

    #[test]
    fn a_circle_is_found_also_through_a_graph_inside() {
        let direct = vec![
            NodeProto::new("Add", &["x", "b"], &["a"]),
            NodeProto::new("Relu", &["a"], &["b"]),
        ];
        let inner = GraphProto {
            node: vec![NodeProto::new("Relu", &["b"], &["c"])],
            ..GraphProto::default()
        };
        let through = vec![branch(inner, "a"), NodeProto::new("Relu", &["a"], &["b"])];
        let inside = GraphProto {
            node: direct.clone(),
            ..GraphProto::default()
        };
        for nodes in [direct, through, vec![branch(inside, "y")]] {
            assert!(matches!(check_order(&nodes), Err(LintError::Circle { .. })));
        }
    }

    #[test]
    fn a_value_has_one_writer() {
        let nodes = [
            NodeProto::new("Relu", &["x"], &["a"]),
            NodeProto::new("Relu", &["x"], &["a"]),
        ];
        assert!(matches!(check_order(&nodes), Err(LintError::WrittenTwice { .. })));
    }

    /// Functions f0 … of which each uses the next one twice.
    fn doubling(count: usize) -> ModelProto {
        let call = |index: usize, output: &str| NodeProto {
            domain: "own".into(),
            ..NodeProto::new(&format!("f{index}"), &["x"], &[output])
        };
        let functions = (0..count).map(|index| FunctionProto {
            name: format!("f{index}"),
            domain: "own".into(),
            node: vec![call(index + 1, "a"), call(index + 1, "b")],
        });
        let mut model = ModelProto::new(GraphProto {
            node: vec![call(0, "y")],
            ..GraphProto::default()
        });
        model.functions = functions.collect();
        model
    }

    #[test]
    fn functions_may_unfold_but_not_without_end() {
        assert_eq!(check_functions(&doubling(10)), Ok(()));
        assert!(matches!(check_functions(&doubling(40)), Err(LintError::TooMuch { .. })));
        assert!(matches!(
            check_functions(&doubling(CHAIN + 1)),
            Err(LintError::TooMuch { .. })
        ));
        let mut model = doubling(3);
        model.functions[2].node[0].op_type = "f0".into();
        assert!(matches!(check_functions(&model), Err(LintError::Recursive { .. })));
    }
}
