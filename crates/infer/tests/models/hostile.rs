//! Models that are made to harm whoever loads them, or damaged so that they might. What each is refused for is a part of the
//! message that it must get.

use luchs_model::onnx::{
    AttributeProto, EXTERNAL, FLOAT, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetId,
    SparseTensorProto, StringEntry, TensorProto, TypeProto, ValueInfoProto,
};
use prost::Message as _;

use super::{bytes, integer, nanodet, quantized::with_table, with_custom_operator, with_open_outputs, yolox};

const INT64: i32 = 7;
const STRING: i32 = 8;
const BOOL: i32 = 9;

/// A file and what is to be said of it.
pub struct Hostile {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub refused_for: &'static str,
}

/// All of them.
pub fn corpus() -> Vec<Hostile> {
    let whole = bytes(&yolox());
    let files: Vec<(&'static str, Vec<u8>, &'static str)> = vec![
        // Other files.
        (
            "traversal",
            changed(|g| g.initializer[0] = outside("../../../../etc/passwd")),
            "../../../../etc/passwd",
        ),
        (
            "absolute",
            changed(|g| constant(g, outside("/etc/shadow"))),
            "/etc/shadow",
        ),
        (
            "nested_traversal",
            changed(|g| nest(g, 3, outside("../w.bin"))),
            "../w.bin",
        ),
        (
            "context",
            changed(|g| operator(g, "com.microsoft", "EPContext")),
            "open other files",
        ),
        (
            "custom",
            bytes(&with_custom_operator(yolox(), "org.example")),
            "org.example",
        ),
        (
            "undeclared_table",
            bytes(&with_table(yolox(), &[0; 256])),
            "no passport says that the model needs it",
        ),
        (
            "unknown_table",
            bytes(&with_custom_operator(yolox(), "luchs")),
            "not one of this version",
        ),
        // Sizes that lie.
        (
            "gigantic",
            changed(|g| constant(g, tensor(FLOAT, &[1 << 40], 0))),
            "1099511627776 elements, but has 0",
        ),
        (
            "overflow",
            changed(|g| constant(g, tensor(FLOAT, &[1 << 32, 1 << 32, 16], 4))),
            "64 bits",
        ),
        (
            "byte_overflow",
            changed(|g| constant(g, tensor(INT64, &[1 << 61], 8))),
            "absurd",
        ),
        (
            "negative",
            changed(|g| constant(g, tensor(FLOAT, &[-5], 20))),
            "dimension of -5",
        ),
        (
            "short",
            changed(|g| constant(g, tensor(FLOAT, &[1000], 8))),
            "4000 bytes, but has 8",
        ),
        (
            "long",
            changed(|g| constant(g, tensor(FLOAT, &[1], 4096))),
            "4 bytes, but has 4096",
        ),
        (
            "sparse",
            changed(|g| g.sparse_initializer.push(sparse(1 << 44))),
            "17592186044416",
        ),
        ("unknown_type", changed(|g| constant(g, tensor(99, &[1], 4))), "type 99"),
        // Too much of something.
        (
            "many_nodes",
            repeated(&[0x3a], &[0x0a, 0x00], 5_000_000),
            "more than 96 MiB",
        ),
        ("many_attributes", many_attributes(), "more than 96 MiB"),
        (
            "many_dimensions",
            changed(|g| g.initializer[0].dims = vec![1; 16 << 20]),
            "more than 96 MiB",
        ),
        ("many_inputs", changed(many_inputs), "10001 inputs"),
        (
            "many_sides",
            changed(|g| g.output[0] = value("output", &vec![1; 5000])),
            "5000 dimensions",
        ),
        (
            "long_name",
            changed(|g| g.node[0].name = "n".repeat(8 << 20)),
            "a name of 8388608 bytes",
        ),
        (
            "deep",
            changed(|g| nest(g, 20, tensor(FLOAT, &[1], 4))),
            "graphs within graphs",
        ),
        ("bottomless", bottomless(100_000), "graphs within graphs"),
        ("groups", [0x0b; 1 << 20].to_vec(), "groups"),
        ("unfolding", unfolding(), "with its functions unfolded"),
        ("self_defined", self_defined(), "is defined by itself"),
        // No graph.
        ("circle", changed(circle), "form a circle"),
        (
            "written_twice",
            changed(|g| g.node.push(g.node[0].clone())),
            "more than one operator",
        ),
        // Damaged.
        ("cut", whole[..whole.len() / 2].to_vec(), "cut off"),
        (
            "huge_varint",
            [&whole[..], &[0x08], &[0xff; 11]].concat(),
            "integer has no end",
        ),
        (
            "huge_length",
            [&whole[..], &[0x3a], &[0xff; 9], &[0x01]].concat(),
            "longer than what is left",
        ),
        ("not_utf8", [&whole[..], &[0x12, 0x02, 0xc3, 0x28]].concat(), "UTF-8"),
        ("zeros", vec![0; 1 << 20], "damaged"),
        ("empty", Vec::new(), "empty"),
        ("text", b"weights: none\n".to_vec(), "a text file"),
        // Wrong types.
        (
            "sequence",
            changed(|g| g.output[0].r#type = Some(TypeProto::default())),
            "is not a tensor",
        ),
        (
            "text_input",
            changed(|g| g.input[0] = ValueInfoProto::tensor("images", STRING, &[1, 3, 64, 64])),
            "string",
        ),
        (
            "absurd_output",
            changed(|g| g.output[0] = value("output", &[1, 1 << 60, 8])),
            "1152921504606846976",
        ),
        (
            "absurd_input",
            changed(|g| g.input[0] = value("images", &[1, 3, 1 << 50, 64])),
            "1 to 8192 pixels",
        ),
        // What only the runtime notices, so that it must do it elsewhere.
        (
            "mixed_types",
            changed(mixed_types),
            "ONNX Runtime does not load the model",
        ),
        (
            "unknown_operator",
            changed(|g| operator(g, "", "NoSuchOperator")),
            "ONNX Runtime does not load the model",
        ),
        (
            "unknown_opset",
            with_opset(9999),
            "ONNX Runtime does not load the model",
        ),
        ("large_input", large_input(), "in its trial the model"),
        ("crowded", crowded(&whole), "200000 is the most"),
        ("swelling", changed(|g| swelling(g, 1 << 36)), "in its trial the model"),
        (
            "swelling_slowly",
            changed(|g| swelling(g, 1 << 28)),
            "in its trial the model",
        ),
        ("endless", changed(endless), "seconds of processor time"),
    ];
    let hostile = |(name, bytes, refused_for)| Hostile {
        name,
        bytes,
        refused_for,
    };
    files.into_iter().map(hostile).collect()
}

/// A model that is well, but for what `change` does to its graph.
fn changed(change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    let mut model = yolox();
    change(model.graph.as_mut().expect("models of these tests have a graph"));
    model.encode_to_vec()
}

fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
    ValueInfoProto::tensor(name, FLOAT, shape)
}

/// Of the shape `dims`, with so many bytes, which need not fit it.
fn tensor(data_type: i32, dims: &[i64], bytes: usize) -> TensorProto {
    TensorProto {
        dims: dims.to_vec(),
        data_type,
        name: "w".into(),
        raw_data: vec![0; bytes].into(),
        ..TensorProto::default()
    }
}

fn outside(location: &str) -> TensorProto {
    let entry = |key: &str, value: &str| StringEntry {
        key: key.into(),
        value: value.into(),
    };
    TensorProto {
        data_location: EXTERNAL,
        external_data: vec![entry("location", location), entry("length", "4")],
        ..tensor(FLOAT, &[1], 0)
    }
}

fn sparse(side: i64) -> SparseTensorProto {
    SparseTensorProto {
        values: Some(tensor(FLOAT, &[1], 4)),
        indices: Some(tensor(INT64, &[1], 8)),
        dims: vec![side],
    }
}

/// `tensor` as a constant inside a node.
fn constant(graph: &mut GraphProto, tensor: TensorProto) {
    let attribute = AttributeProto {
        name: "value".into(),
        r#type: 4,
        t: Some(tensor),
        ..AttributeProto::default()
    };
    graph.node.push(NodeProto {
        attribute: vec![attribute],
        ..NodeProto::new("Constant", &[], &["w"])
    });
}

fn operator(graph: &mut GraphProto, domain: &str, name: &str) {
    graph.node[0].domain = domain.into();
    graph.node[0].op_type = name.into();
}

/// A branch of a branch of a branch … with `tensor` in the innermost.
fn nest(graph: &mut GraphProto, depth: usize, tensor: TensorProto) {
    let mut inner = GraphProto::default();
    constant(&mut inner, tensor);
    for _ in 0..depth {
        let attribute = AttributeProto {
            name: "then_branch".into(),
            r#type: 5,
            g: Some(inner),
            ..AttributeProto::default()
        };
        inner = GraphProto {
            node: vec![NodeProto {
                attribute: vec![attribute],
                ..NodeProto::new("If", &["condition"], &["branch"])
            }],
            ..GraphProto::default()
        };
    }
    graph.node.extend(inner.node);
}

/// The same, so deep that it has to be written from the inside out: by hand.
fn bottomless(depth: usize) -> Vec<u8> {
    let mut parts = Vec::new();
    let mut length = 0;
    for level in 0..depth {
        // Graph in attribute in node in graph; outermost the model's graph.
        let key = match (level + 1 == depth, level % 3) {
            (true, _) => 0x3a,
            (_, 0) => 0x32,
            (_, 1) => 0x2a,
            (_, _) => 0x0a,
        };
        let mut head = vec![key];
        prost::encoding::encode_varint(length as u64, &mut head);
        length += head.len();
        parts.push(head);
    }
    parts.reverse();
    parts.concat()
}

/// `count` times `part` in a message with the key `key`.
fn repeated(key: &[u8], part: &[u8], count: usize) -> Vec<u8> {
    let body = part.repeat(count);
    let mut file = key.to_vec();
    prost::encoding::encode_varint(body.len() as u64, &mut file);
    [file, body].concat()
}

/// As many operators as just pass for their size.
fn crowded(whole: &[u8]) -> Vec<u8> {
    [whole, &repeated(&[0x3a], &[0x0a, 0x00], 600_000)].concat()
}

/// A picture of a gigabyte, with outputs that only a run tells.
fn large_input() -> Vec<u8> {
    let mut model = with_open_outputs(nanodet());
    let graph = model.graph.as_mut().expect("models of these tests have a graph");
    graph.input[0] = value("images", &[1, 3, 8192, 8192]);
    model.encode_to_vec()
}

fn many_attributes() -> Vec<u8> {
    let node = repeated(&[0x0a], &[0x2a, 0x00], 5_000_000);
    repeated(&[0x3a], &node, 1)
}

fn many_inputs(graph: &mut GraphProto) {
    let more = (0..10_000).map(|index| value(&format!("input_{index}"), &[1]));
    graph.input.extend(more);
}

fn with_opset(version: i64) -> Vec<u8> {
    let mut model = yolox();
    model.opset_import[0].version = version;
    model.encode_to_vec()
}

fn circle(graph: &mut GraphProto) {
    graph.node.push(NodeProto::new("Add", &["mean", "b"], &["a"]));
    graph.node.push(NodeProto::new("Relu", &["a"], &["b"]));
}

fn mixed_types(graph: &mut GraphProto) {
    graph.initializer.push(tensor(INT64, &[1], 8));
    graph.node.push(NodeProto::new("Add", &["mean", "w"], &["mixed"]));
}

/// Functions each of which uses the next one twice.
fn functions(count: usize, last: usize) -> ModelProto {
    let call = |index: usize, output: &str| NodeProto {
        domain: "own".into(),
        ..NodeProto::new(&format!("f{index}"), &["x"], &[output])
    };
    let mut model = yolox();
    let own = OperatorSetId {
        domain: "own".into(),
        version: 1,
    };
    model.opset_import.push(own);
    model.functions = (0..count)
        .map(|index| {
            let next = if index + 1 == count { last } else { index + 1 };
            FunctionProto {
                name: format!("f{index}"),
                domain: "own".into(),
                node: vec![call(next, "a"), call(next, "b")],
            }
        })
        .collect();
    let graph = model.graph.as_mut().expect("models of these tests have a graph");
    graph.node.push(NodeProto {
        input: vec!["mean".into()],
        ..call(0, "unfolded")
    });
    model
}

fn unfolding() -> Vec<u8> {
    let mut model = functions(40, 0);
    let last = model.functions.last_mut().expect("there are forty");
    last.node = vec![NodeProto::new("Relu", &["x"], &["a"])];
    model.encode_to_vec()
}

fn self_defined() -> Vec<u8> {
    functions(3, 0).encode_to_vec()
}

/// Puts `nodes` before the number that all outputs are added to, which then comes from their value `zero_before`.
fn before_outputs(graph: &mut GraphProto, nodes: Vec<NodeProto>) {
    let position = graph.node.iter().position(|node| node.output == ["zero"]);
    let position = position.expect("constant models have it");
    graph.node[position].output = vec!["zero_before".into()];
    graph.node[position].name = "before".into();
    let behind = position + 1;
    graph.node.splice(behind..behind, nodes);
}

/// The sum of so many zeros, which nobody has in memory.
fn swelling(graph: &mut GraphProto, elements: i64) {
    graph.initializer.push(TensorProto {
        name: "sides".into(),
        raw_data: elements.to_le_bytes().to_vec().into(),
        ..tensor(INT64, &[1], 0)
    });
    let mut sum = NodeProto::new("ReduceSum", &["swollen"], &["sum"]);
    sum.attribute.push(integer("keepdims", 0));
    let nodes = vec![
        NodeProto::new("Expand", &["zero_before", "sides"], &["swollen"]),
        sum,
        NodeProto::new("Mul", &["sum", "nothing"], &["zero"]),
    ];
    before_outputs(graph, nodes);
}

/// A loop that goes on for some thousand years.
fn endless(graph: &mut GraphProto) {
    graph.initializer.push(TensorProto {
        name: "rounds".into(),
        raw_data: i64::MAX.to_le_bytes().to_vec().into(),
        ..tensor(INT64, &[], 0)
    });
    graph.initializer.push(TensorProto {
        name: "always".into(),
        raw_data: vec![1].into(),
        ..tensor(BOOL, &[], 0)
    });
    let body = GraphProto {
        name: "body".into(),
        node: vec![
            NodeProto::new("Identity", &["go"], &["go_on"]),
            NodeProto::new("Mul", &["before", "before"], &["after"]),
        ],
        input: vec![
            ValueInfoProto::tensor("round", INT64, &[]),
            ValueInfoProto::tensor("go", BOOL, &[]),
            value("before", &[]),
        ],
        output: vec![ValueInfoProto::tensor("go_on", BOOL, &[]), value("after", &[])],
        ..GraphProto::default()
    };
    let attribute = AttributeProto {
        name: "body".into(),
        r#type: 5,
        g: Some(body),
        ..AttributeProto::default()
    };
    let node = NodeProto {
        attribute: vec![attribute],
        ..NodeProto::new("Loop", &["rounds", "always", "zero_before"], &["zero"])
    };
    before_outputs(graph, vec![node]);
}
