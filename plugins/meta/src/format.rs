//! Which pictures our elements read and draw on.

use gst_video::VideoFormat;

/// The formats of the pads of elements that touch pixels: what cameras and decoders give first.
pub const FORMATS: [VideoFormat; 9] = [
    VideoFormat::Nv12,
    VideoFormat::I420,
    VideoFormat::Rgb,
    VideoFormat::Bgr,
    VideoFormat::Rgba,
    VideoFormat::Bgra,
    VideoFormat::Rgbx,
    VideoFormat::Bgrx,
    VideoFormat::Gray8,
];
