//! Reports to look at.

use luchs_report::{
    Picture, Report, Subject,
    optimise::{Example, Found, Run},
};
use luchs_scene::{Size, event::NormalizedBox};
use serde_json::Value;

/// A PNG of one pixel.
const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1,
    0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

pub(crate) const LABELLED: &str = include_str!("../fixtures/labelled.json");
pub(crate) const UNLABELLED: &str = include_str!("../fixtures/unlabelled.json");

/// With labels: one candidate was chosen and passed.
pub(crate) fn labelled() -> Report {
    with_pictures(Report::from_json(LABELLED).unwrap())
}

/// Without labels: one candidate was forced.
pub(crate) fn unlabelled() -> Report {
    with_pictures(Report::from_json(UNLABELLED).unwrap())
}

/// The same with changes to its JSON.
pub(crate) fn changed(text: &str, change: impl FnOnce(&mut Value)) -> Report {
    let mut value: Value = serde_json::from_str(text).unwrap();
    change(&mut value);
    Report::from_json(&value.to_string()).unwrap()
}

pub(crate) fn run(report: &mut Report) -> &mut Run {
    let Subject::Optimise(run) = &mut report.subject;
    run
}

pub(crate) fn with_pictures(mut report: Report) -> Report {
    let size = Size {
        width: 640,
        height: 360,
    };
    let found = |label: &str, x_min: f32, agrees| Found {
        label: label.into(),
        score: 0.5,
        area: NormalizedBox {
            x_min,
            y_min: 0.25,
            x_max: x_min + 0.1,
            y_max: 0.75,
        },
        agrees,
    };
    let frame = |name: &str, after: Vec<Found>| Example {
        name: name.into(),
        candidate: "int8".into(),
        picture: Picture::new(PIXEL.to_vec(), size).unwrap(),
        before: vec![found("person", 0.1, true), found("person", 0.5, false)],
        after,
    };
    run(&mut report).frames = vec![
        frame("0001.jpg", vec![found("person", 0.1, true)]),
        frame("0002.jpg", Vec::new()),
    ];
    report
}
