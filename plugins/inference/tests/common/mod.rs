//! What the tests of luchsdetect share: models on disk, pictures of one colour in every format, the bus.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(missing_docs, unreachable_pub, reason = "a module of tests")]
#![allow(
    clippy::allow_attributes,
    reason = "whether something is unused differs from test file to test file"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use gst::prelude::*;
use gst_check::Harness;
use gst_video::{VideoFormat, VideoFrameRef, VideoInfo, prelude::*};
use luchs_model::{Digest, onnx::ModelProto};
use luchs_scene::{Object, Size};

#[path = "../../../../crates/infer/tests/models/mod.rs"]
pub mod models;

pub mod variants;

pub const RED: [u8; 4] = [255, 0, 0, 255];
pub const GREEN: [u8; 4] = [0, 255, 0, 255];

/// A folder with models.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub fn model(&self, name: &str, model: &ModelProto) -> PathBuf {
        self.file(name, &models::bytes(model))
    }

    /// A directory with a passport for a YOLOX with three classes.
    pub fn with_passport(&self, model: &ModelProto) -> PathBuf {
        let onnx = models::bytes(model);
        let labels = b"blue\ngreen\nred\n";
        self.file("m.onnx", &onnx);
        self.file("labels.txt", labels);
        let passport = format!(
            "[model]\nname = \"m\"\nversion = \"1\"\nfile = \"m.onnx\"\nlabels = \"labels.txt\"\nfamily = \"yolox\"\n\
             licence = \"MIT\"\nsource = \"a test\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
             fit = \"letterbox-top-left\"\n[thresholds]\nconfidence = 0.7\n[files]\n\"m.onnx\" = \"{}\"\n\
             \"labels.txt\" = \"{}\"\n",
            Digest::of(&onnx),
            Digest::of(labels)
        );
        self.file("model.toml", passport.as_bytes());
        self.path().to_owned()
    }
}

/// A luchsdetect with a bus of its own.
pub fn element(model: &Path) -> (gst::Element, gst::Bus) {
    gst::init().unwrap();
    gstluchsinference::plugin_register_static().unwrap();
    let element = gst::ElementFactory::make("luchsdetect")
        .property("model", model.to_str().unwrap())
        .build()
        .unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    (element, bus)
}

/// The text of the next error on the bus.
pub fn error(bus: &gst::Bus) -> String {
    let message = bus.pop_filtered(&[gst::MessageType::Error]).expect("an error message");
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!()
    };
    error.error().to_string()
}

/// Opens the element, which must fail, and gives the error's text.
pub fn refused(element: &gst::Element, bus: &gst::Bus) -> String {
    assert!(element.set_state(gst::State::Ready).is_err(), "the element opened");
    element.set_state(gst::State::Null).unwrap();
    error(bus)
}

/// A running element that takes frames of `info`.
pub fn running(element: &gst::Element, info: &VideoInfo) -> Harness {
    let mut harness = Harness::with_element(element, Some("sink"), Some("src"));
    harness.set_src_caps(info.to_caps().unwrap());
    harness
}

pub fn info(format: VideoFormat, width: u32, height: u32) -> VideoInfo {
    gst::init().unwrap();
    VideoInfo::builder(format, width, height)
        .fps(gst::Fraction::new(25, 1))
        .build()
        .unwrap()
}

/// A frame of one colour: the bytes of each component, in the order of the format's components (R, G, B, A or Y, U, V).
pub fn picture(info: &VideoInfo, color: &[u8]) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(info.size()).unwrap();
    paint(buffer.get_mut().unwrap(), info, color);
    buffer
}

/// Fills the frame in `buffer`.
pub fn paint(buffer: &mut gst::BufferRef, info: &VideoInfo, color: &[u8]) {
    let mut frame = VideoFrameRef::from_buffer_ref_writable(buffer, info).unwrap();
    let format = frame.format_info();
    for component in 0..format.n_components() {
        let index = component as usize;
        let (plane, offset, step) = (
            format.plane()[index],
            format.poffset()[index] as usize,
            format.pixel_stride()[index] as usize,
        );
        let (width, height) = (
            frame.comp_width(component) as usize,
            frame.comp_height(component) as usize,
        );
        let stride = frame.plane_stride()[plane as usize] as usize;
        let data = frame.plane_data_mut(plane).unwrap();
        for y in 0..height {
            for x in 0..width {
                data[y * stride + offset + x * step] = color[index];
            }
        }
    }
}

/// The objects on a frame of `info`.
pub fn objects(buffer: &gst::BufferRef, info: &VideoInfo) -> Vec<Object> {
    gst_luchs_meta::objects(
        buffer,
        Size {
            width: info.width(),
            height: info.height(),
        },
    )
}

/// A frame with a timestamp: number `n` at 25 frames a second.
pub fn numbered(n: u64, info: &VideoInfo, color: &[u8]) -> gst::Buffer {
    let mut buffer = picture(info, color);
    buffer.get_mut().unwrap().set_pts(n * gst::ClockTime::from_mseconds(40));
    buffer
}

/// The number of a [`numbered`] frame.
pub fn number(buffer: &gst::BufferRef) -> u64 {
    buffer.pts().unwrap().mseconds() / 40
}

/// An element for models that see colours, and its bus. `properties`: as in a launch line.
pub fn seeing_colors(folder: &Folder, model: &ModelProto, properties: &[(&str, &str)]) -> (gst::Element, gst::Bus) {
    folder.file("labels.txt", b"blue\ngreen\nred\n");
    let (element, bus) = element(&folder.model("m.onnx", model));
    element.set_property("threshold", 0.5f32);
    for (name, value) in properties {
        element.set_property_from_str(name, value);
    }
    (element, bus)
}

/// Labels of the objects on a frame.
pub fn labels(buffer: &gst::BufferRef, info: &VideoInfo) -> Vec<String> {
    let named = objects(buffer, info);
    named.iter().map(|object| object.label.to_string()).collect()
}

/// All frames that came out.
pub fn pulled(harness: &mut Harness) -> Vec<gst::Buffer> {
    std::iter::from_fn(|| harness.try_pull()).collect()
}

/// A figure of the statistics.
pub fn stat(element: &gst::Element, name: &str) -> u64 {
    element.property::<gst::Structure>("stats").get(name).unwrap()
}

/// Texts of the warnings on the bus.
pub fn warnings(bus: &gst::Bus) -> Vec<String> {
    std::iter::from_fn(|| bus.pop_filtered(&[gst::MessageType::Warning]))
        .map(|message| {
            let gst::MessageView::Warning(warning) = message.view() else {
                unreachable!()
            };
            warning.error().to_string()
        })
        .collect()
}

/// Polls until it is so.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within 30 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}
