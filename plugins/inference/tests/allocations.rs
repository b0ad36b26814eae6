//! In steady state luchsdetect takes no memory per frame. What is attached to a buffer, an object or a mark, is GStreamer's,
//! which takes memory for it, as its Rust bindings do for names: so frames on which something is found are not counted.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;
#[path = "../../../crates/vision/tests/counting/mod.rs"]
mod counting;

use common::{Folder, info, models, numbered, running, seeing_colors, stat};
use counting::allocations;
use gst_video::VideoFormat;

#[test]
fn a_frame_on_which_nothing_is_found_takes_no_memory() {
    const FRAMES: u64 = 200;
    let gray = [64, 128, 128];
    let info = info(VideoFormat::Nv12, 128, 128);
    for policy in ["latency", "throughput"] {
        let folder = Folder::new();
        let properties = [("scheduling-policy", policy), ("stats-interval", "0")];
        let (element, _bus) = seeing_colors(&folder, &models::yolox_seeing_colors(), &properties);
        let mut harness = running(&element, &info);
        harness.set_drop_buffers(true);
        // Drawn before: painting is the test's.
        let mut frames: Vec<_> = (0..2 * FRAMES).map(|n| numbered(n, &info, &gray)).collect();
        for frame in frames.drain(..FRAMES as usize) {
            harness.push(frame).unwrap();
        }
        let count = allocations(|| {
            for frame in frames.drain(..) {
                harness.push(frame).unwrap();
            }
        });
        assert!(stat(&element, "inferences") >= 2 * FRAMES - 10);
        assert_eq!(
            (count, stat(&element, "objects")),
            (0, 0),
            "{policy}: of {FRAMES} frames"
        );
    }
}
