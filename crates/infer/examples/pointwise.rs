//! What SiLU on bytes costs in the engine: as `luchs.Table8`, and as what stock operators make of it. `pointwise [THREADS]`
//! prints microseconds for one function on a tensor, in turn over many rounds, for tensors as large as those of small detectors.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool of developers")]

use std::{env, sync::Arc};

use luchs_infer::{Detector, Device, Engine, EngineOptions};
use luchs_model::{
    Digest, Model, OnnxFile, Operator, Thresholds,
    onnx::{
        AttributeProto, FLOAT, GraphProto, ModelProto, NodeProto, OperatorSetId, TensorProto, UINT8, ValueInfoProto,
    },
};
use luchs_scene::{Labels, Size};
use luchs_vision::{
    ColorOrder, ElementType, Family, Fit, Frame, InputSpec, Layout, Matrix, Params, PixelFormat, Plane, Range,
};
use prost::Message as _;

const SIDES: [u32; 4] = [160, 256, 352, 480];
const ROUNDS: usize = 60;
/// Functions in a model, one behind the other, as in a detector.
const LENGTH: usize = 24;
/// Of the bytes.
const SCALE: f32 = 0.05;
const ZERO: u8 = 100;

/// The ways of writing it.
#[derive(Clone, Copy)]
enum Way {
    Nothing,
    Table,
    Dequantized,
    Integer,
}

fn main() {
    let threads = env::args().nth(1).map_or(1, |threads| threads.parse().unwrap());
    println!(
        "      KiB   Table8   Dequantize·Sigmoid·Mul·Quantize   QLinearSigmoid·QLinearMul   ({threads} thread(s), µs)"
    );
    for side in SIDES {
        let ways = [Way::Nothing, Way::Table, Way::Dequantized, Way::Integer];
        let mut runners = ways.map(|way| runner(way, side, threads));
        let mut times = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            for (run, times) in runners.iter_mut().zip(&mut times) {
                times.push(run());
            }
        }
        let [nothing, table, floats, integers] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        });
        // What the rest of the model takes is not the function's.
        let [table, floats, integers] = [table, floats, integers].map(|time| (time - nothing) / LENGTH as f64);
        println!(
            "{:>9} {table:>8.1} {floats:>18.1}, {:>5.1} times {integers:>18.1}, {:>5.1} times",
            (side * side * 3) >> 10,
            floats / table,
            integers / table
        );
    }
}

/// Microseconds of a run.
fn runner(way: Way, side: u32, threads: usize) -> impl FnMut() -> f64 {
    let size = Size {
        width: side,
        height: side,
    };
    let bytes = graph(way, i64::from(side)).encode_to_vec();
    let input = InputSpec {
        size,
        layout: Layout::Nhwc,
        element: ElementType::U8,
        order: ColorOrder::Rgb,
        fit: Fit::Stretch,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    let file = OnnxFile {
        path: "pointwise.onnx".into(),
        digest: Digest::of(&bytes),
        bytes: bytes.into(),
        quantized: true,
        operators: Operator::ALL.to_vec(),
        open_batch: None,
        input: Some(input),
    };
    let options = EngineOptions {
        device: Device::Cpu,
        threads,
        workers: 1,
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::new(&file, &options).unwrap());
    let model = Model {
        name: "pointwise".into(),
        file,
        family: Family::Yolox,
        input,
        input_name: "images".into(),
        outputs: engine.outputs().to_vec(),
        classes: Some(3),
        labels: Labels::parse("a\nb\nc\n"),
        thresholds: Thresholds::default(),
        passport: None,
        signer: None,
    };
    let mut detector = Detector::new(Arc::new(model), engine).unwrap();
    let data: Vec<u8> = (0..side * side).map(|i| (i * 7 / 3 % 251) as u8).collect();
    let params = Params {
        threshold: 0.5,
        iou_threshold: 0.5,
        max_detections: 10,
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    move || {
        let planes = [Plane {
            data: &data,
            stride: side as usize,
        }];
        let frame = Frame::new(PixelFormat::Gray8, size, &planes, Matrix::Bt601, Range::Full).unwrap();
        detector
            .detect(&frame, None, &params, &mut found)
            .unwrap()
            .infer
            .as_secs_f64()
            * 1e6
    }
}

/// A model that computes the function again and again, and finds nothing.
fn graph(way: Way, side: i64) -> ModelProto {
    let cells: i64 = [8, 16, 32].map(|stride| (side / stride) * (side / stride)).iter().sum();
    let mut node = Vec::new();
    for at in 0..LENGTH {
        let (from, to) = (format!("v{at}"), format!("v{}", at + 1));
        node.extend(function(way, &from, &to));
    }
    let last = if matches!(way, Way::Nothing) {
        "v0".to_owned()
    } else {
        format!("v{LENGTH}")
    };
    let mut cast = NodeProto::new("Cast", &["corner"], &["number"]);
    cast.attribute.push(AttributeProto {
        name: "to".into(),
        i: FLOAT.into(),
        r#type: 2,
        ..AttributeProto::default()
    });
    node.extend([
        NodeProto::new("Slice", &[&last, "from", "until", "axes"], &["corner"]),
        cast,
        NodeProto::new("ReduceMax", &["number"], &["one"]),
        NodeProto::new("Mul", &["one", "nothing"], &["zero"]),
        NodeProto::new("Reshape", &["zero", "shape"], &["flat"]),
        NodeProto::new("Add", &["known", "flat"], &["output"]),
    ]);
    let bytes = |name: &str, values: &[u8], dims: &[i64]| TensorProto {
        dims: dims.to_vec(),
        data_type: UINT8,
        name: name.into(),
        raw_data: values.to_vec().into(),
        ..TensorProto::default()
    };
    let numbers = |name: &str, values: &[i64]| TensorProto {
        dims: vec![values.len() as i64],
        data_type: 7,
        name: name.into(),
        raw_data: values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
            .into(),
        ..TensorProto::default()
    };
    let initializer = vec![
        bytes("table", &table(), &[256]),
        bytes("zero_point", &[ZERO], &[]),
        bytes("unit_zero", &[0], &[]),
        TensorProto::floats("scale", &[], &[SCALE]),
        TensorProto::floats("unit", &[], &[1.0 / 255.0]),
        numbers("from", &[0, 0]),
        numbers("until", &[1, 1]),
        numbers("axes", &[1, 2]),
        numbers("shape", &[1]),
        TensorProto::floats("nothing", &[], &[0.0]),
        TensorProto::floats("known", &[1, cells, 8], &vec![0.0; cells as usize * 8]),
    ];
    let mut model = ModelProto::new(GraphProto {
        name: "pointwise".into(),
        node,
        initializer,
        input: vec![ValueInfoProto::tensor("v0", UINT8, &[1, side, side, 3])],
        output: vec![ValueInfoProto::tensor("output", FLOAT, &[1, cells, 8])],
        ..GraphProto::default()
    });
    for domain in [Operator::DOMAIN, "com.microsoft"] {
        model.opset_import.push(OperatorSetId {
            domain: domain.into(),
            version: 1,
        });
    }
    model
}

fn function(way: Way, from: &str, to: &str) -> Vec<NodeProto> {
    let own = |domain: &str, node: NodeProto| NodeProto {
        domain: domain.into(),
        ..node
    };
    let named = |part: &str| format!("{to}/{part}");
    let (real, sigmoid, product) = (named("real"), named("sigmoid"), named("product"));
    match way {
        Way::Nothing => Vec::new(),
        Way::Table => vec![own(Operator::DOMAIN, NodeProto::new("Table8", &[from, "table"], &[to]))],
        Way::Dequantized => vec![
            NodeProto::new("DequantizeLinear", &[from, "scale", "zero_point"], &[&real]),
            NodeProto::new("Sigmoid", &[&real], &[&sigmoid]),
            NodeProto::new("Mul", &[&real, &sigmoid], &[&product]),
            NodeProto::new("QuantizeLinear", &[&product, "scale", "zero_point"], &[to]),
        ],
        Way::Integer => {
            let range = ["scale", "zero_point"];
            let unit = ["unit", "unit_zero"];
            let inner = [from, range[0], range[1], unit[0], unit[1]];
            let outer = [from, range[0], range[1], &sigmoid, unit[0], unit[1], range[0], range[1]];
            vec![
                own("com.microsoft", NodeProto::new("QLinearSigmoid", &inner, &[&sigmoid])),
                own("com.microsoft", NodeProto::new("QLinearMul", &outer, &[to])),
            ]
        }
    }
}

/// SiLU between two tensors of the same range.
fn table() -> [u8; 256] {
    std::array::from_fn(|byte| {
        let value = (byte as f32 - f32::from(ZERO)) * SCALE;
        let result = value / (1.0 + (-value).exp());
        (result / SCALE + f32::from(ZERO)).round().clamp(0.0, 255.0) as u8
    })
}
