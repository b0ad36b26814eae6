//! What colours a frame has that does not say.

use gst_video::{VideoColorMatrix, VideoInfo};

/// The matrix of the caps; where they name none, BT.601 below 720 lines and BT.709 from there on, as GStreamer guesses.
pub fn color_matrix(info: &VideoInfo) -> VideoColorMatrix {
    match info.colorimetry().matrix() {
        VideoColorMatrix::Unknown if info.height() < 720 => VideoColorMatrix::Bt601,
        VideoColorMatrix::Unknown => VideoColorMatrix::Bt709,
        stated => stated,
    }
}
