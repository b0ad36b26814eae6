//! Who runs, and in which ways.

use crate::{
    process::Line,
    setup::{Model, Places, script},
};

/// Threshold and suppression, the same for all that make boxes.
const BOXES: &str = "threshold=0.3 iou-threshold=0.65";
const DECODE: &str = "filesrc location={clip} ! qtdemux ! h264parse ! avdec_h264";
const SINK: &str = "fakesink sync=false";

/// Whose it is; ratios are between equals in streams.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub(crate) enum Who {
    Luchs,
    Peer,
    /// Decoding alone, for orientation.
    Decoder,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) who: Who,
    pub(crate) name: String,
    pub(crate) streams: u32,
    /// Whether it says how many frames and objects it saw.
    pub(crate) counts: bool,
    /// It may be missing on this machine; then the table says why.
    pub(crate) optional: bool,
    /// Ways to do the same; the fastest is taken.
    pub(crate) ways: Vec<Way>,
}

/// A way to run a variant.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) label: String,
    pub(crate) line: Line,
}

fn gst(env: &[(String, String)], launcher: &[String], branch: &str, streams: u32) -> Line {
    // Messages are shown: luchsdetect says in one at the end what it saw.
    let words = launcher.iter().map(String::as_str).chain(["-m"]);
    let branches = (0..streams).flat_map(|_| branch.split_whitespace());
    Line::new(env, words.chain(branches))
}

/// How upstream's element is fed: it takes packed RGB of the model's size and swaps BGR back, so that a model that wants
/// BGR gets it under the name of RGB.
pub(crate) fn scaled(model: &Model, way: &Scaling) -> String {
    let Scaling { before, scale, after } = way;
    let (width, height) = (model.width, model.height);
    let size = format!("width={width},height={height},pixel-aspect-ratio=1/1");
    let order = if model.order == "BGR" {
        format!("video/x-raw,format=BGR,{size} ! capssetter caps=video/x-raw,format=RGB")
    } else {
        format!("video/x-raw,format=RGB,{size}")
    };
    format!("{before} ! {scale} ! {order} {after} !")
}

/// Where the threads are cut, and what scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaling {
    before: &'static str,
    scale: &'static str,
    after: &'static str,
}

const BILINEAR: &str = "videoscale add-borders=false method=bilinear ! videoconvert";
const NEAREST: &str = "videoscale add-borders=false method=nearest-neighbour ! videoconvert";
const QUEUE: &str = "! queue max-size-buffers=3";

/// Ways that were the fastest of many; scaling after the conversion of colours is far behind.
pub(crate) const SCALINGS: [(&str, Scaling); 5] = [
    (
        "videoscale bilinear, videoconvert",
        Scaling {
            before: "",
            scale: BILINEAR,
            after: "",
        },
    ),
    (
        "queue, videoscale bilinear, videoconvert",
        Scaling {
            before: QUEUE,
            scale: BILINEAR,
            after: "",
        },
    ),
    (
        "videoscale bilinear, videoconvert, queue",
        Scaling {
            before: "",
            scale: BILINEAR,
            after: QUEUE,
        },
    ),
    (
        "videoscale nearest-neighbour, videoconvert, queue",
        Scaling {
            before: "",
            scale: NEAREST,
            after: QUEUE,
        },
    ),
    (
        "videoconvertscale bilinear, queue",
        Scaling {
            before: "",
            scale: "videoconvertscale add-borders=false method=bilinear",
            after: QUEUE,
        },
    ),
];

/// A branch of upstream's, ending in `sink`.
pub(crate) fn onnxinference(places: &Places, model: &Model, scaling: &Scaling, sink: &str, streams: u32) -> Line {
    let file = model.directory.join("model.onnx");
    let branch = format!(
        "{DECODE} {} onnxinference model-file={} optimization-level=enable-all ! {sink}",
        scaled(model, scaling),
        file.display()
    );
    gst(&places.peer_env, &places.peer_gst, &branch, streams)
}

fn luchs(places: &Places, name: &str, streams: u32, settings: &str) -> Variant {
    let shared = if streams > 1 { "model-instance-id=cameras" } else { "" };
    let ways = [("as it is", ""), ("queue", QUEUE)].map(|(label, queue)| Way {
        label: label.to_owned(),
        line: gst(
            &places.host_env,
            &["gst-launch-1.0".to_owned()],
            &format!(
                "{DECODE} {queue} ! luchsdetect model={} {BOXES} stats-interval=0 {settings} {shared} ! {SINK}",
                places.model.display()
            ),
            streams,
        ),
    });
    Variant {
        who: Who::Luchs,
        name: name.to_owned(),
        streams,
        counts: true,
        optional: false,
        ways: ways.into(),
    }
}

/// Luchs, with the properties that its element has.
fn luchs_variants(places: &Places) -> Vec<Variant> {
    let policies = places.luchs_has("scheduling-policy");
    let policy = |policy: &str| {
        if policies {
            format!("scheduling-policy={policy}")
        } else {
            String::new()
        }
    };
    let (throughput, latency) = (policy("throughput"), policy("latency"));
    let mut all = vec![luchs(places, "Luchs", 1, &format!("device=cpu {throughput}"))];
    if policies {
        all.push(luchs(
            places,
            "Luchs, lowest latency",
            1,
            &format!("device=cpu {latency}"),
        ));
    }
    all.push(luchs(places, "Luchs", 4, &format!("device=cpu {throughput}")));
    for (name, device) in [("Luchs, device=openvino", "openvino"), ("Luchs, device=auto", "auto")] {
        for streams in [1, 4] {
            let variant = luchs(places, name, streams, &format!("device={device} {throughput}"));
            all.push(Variant {
                optional: true,
                ..variant
            });
        }
    }
    all
}

fn python(places: &Places, model: &Model, name: &str, streams: u32, what: &str, ways: &[(&str, &str)]) -> Variant {
    let ways = ways.iter().map(|(label, options)| {
        let fixed = [
            places.python.clone(),
            script("loop.py"),
            what.to_owned(),
            model.directory.display().to_string(),
        ];
        let rest = ["{clip}", "--streams"]
            .map(str::to_owned)
            .into_iter()
            .chain([streams.to_string()]);
        let words = fixed
            .into_iter()
            .chain(rest)
            .chain(options.split_whitespace().map(str::to_owned));
        Way {
            label: (*label).to_owned(),
            line: Line::new(&[], words),
        }
    });
    Variant {
        who: Who::Peer,
        name: name.to_owned(),
        streams,
        counts: true,
        optional: false,
        ways: ways.collect(),
    }
}

fn decoders(places: &Places, model: &Model) -> Vec<Variant> {
    let branch = format!("{DECODE} ! {SINK}");
    let one = |name: &str, line: Line| Variant {
        who: Who::Decoder,
        name: name.to_owned(),
        streams: 1,
        counts: false,
        optional: false,
        ways: vec![Way {
            label: String::new(),
            line,
        }],
    };
    let opencv = python(places, model, "", 1, "decode", &[("", "")]).ways.remove(0).line;
    vec![
        one(
            "decoding alone, this system's GStreamer",
            gst(&places.host_env, &["gst-launch-1.0".to_owned()], &branch, 1),
        ),
        one(
            "decoding alone, the newer GStreamer",
            gst(&places.peer_env, &places.peer_gst, &branch, 1),
        ),
        one("decoding alone, OpenCV", opencv),
    ]
}

/// Everyone.
pub(crate) fn all(places: &Places, model: &Model) -> Vec<Variant> {
    let upstream = |streams| Variant {
        who: Who::Peer,
        name: "GStreamer onnxinference".to_owned(),
        streams,
        counts: false,
        optional: false,
        ways: SCALINGS
            .iter()
            .map(|(label, scaling)| Way {
                label: (*label).to_owned(),
                line: onnxinference(places, model, scaling, SINK, streams),
            })
            .collect(),
    };
    let ort = |streams, ways| python(places, model, "Python, OpenCV and ONNX Runtime", streams, "ort", ways);
    let openvino = |name, streams, hint: &str| {
        let ahead = format!("{hint} --ahead");
        let ways = [
            ("decoding in the loop", hint),
            ("decoding in a thread of its own", ahead.as_str()),
        ];
        python(places, model, name, streams, "openvino", &ways)
    };
    let mut all = luchs_variants(places);
    all.extend([upstream(1), upstream(4)]);
    all.push(ort(
        1,
        &[
            ("defaults", ""),
            ("decoding in a thread of its own", "--ahead"),
            ("threads that do not spin", "--spin 0"),
            ("one thread, decoding in another", "--threads 1 --ahead"),
        ],
    ));
    all.push(ort(
        4,
        &[
            ("threads and one session, defaults", ""),
            ("threads and one session of one thread", "--threads 1"),
            ("processes, a session of one thread each", "--threads 1 --processes"),
        ],
    ));
    all.push(openvino("Python, OpenVINO, hint THROUGHPUT", 1, "--hint THROUGHPUT"));
    all.push(openvino("Python, OpenVINO, hint LATENCY", 1, "--hint LATENCY"));
    all.push(openvino("Python, OpenVINO, hint THROUGHPUT", 4, "--hint THROUGHPUT"));
    all.extend(decoders(places, model));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(order: &str) -> Model {
        Model {
            order: order.to_owned(),
            width: 416,
            height: 320,
            ..Model::default()
        }
    }

    #[test]
    fn upstream_gets_bgr_under_the_name_of_rgb() {
        let bgr = scaled(&model("BGR"), &SCALINGS[2].1);
        assert!(
            bgr.contains("format=BGR,width=416,height=320,") && bgr.contains("capssetter caps=video/x-raw,format=RGB")
        );
        assert!(!scaled(&model("RGB"), &SCALINGS[2].1).contains("BGR"));
    }

    #[test]
    fn all_streams_run_in_one_process_and_share_the_engine() {
        let places = Places::default();
        let four = luchs(&places, "Luchs", 4, "");
        for way in four.ways {
            let count = |word: &str| way.line.words.iter().filter(|w| w.contains(word)).count();
            assert_eq!(
                (
                    count("gst-launch"),
                    count("luchsdetect"),
                    count("model-instance-id=cameras")
                ),
                (1, 4, 4)
            );
        }
    }

    #[test]
    fn everyone_runs_with_one_stream_and_with_four_and_has_a_way() {
        let all = all(&Places::default(), &model("BGR"));
        for name in [
            "Luchs",
            "GStreamer onnxinference",
            "Python, OpenCV and ONNX Runtime",
            "Python, OpenVINO, hint THROUGHPUT",
        ] {
            let streams: Vec<_> = all.iter().filter(|v| v.name == name).map(|v| v.streams).collect();
            assert_eq!(streams, [1, 4], "{name}");
        }
        assert!(all.iter().all(|variant| !variant.ways.is_empty()));
    }
}
