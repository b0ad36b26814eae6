//! Pixel formats by name, for GStreamer and for `vision`.

use gst_video::VideoFormat;
use luchs_vision::PixelFormat;

const NAMES: [(&str, PixelFormat, VideoFormat); 9] = [
    ("nv12", PixelFormat::Nv12, VideoFormat::Nv12),
    ("i420", PixelFormat::I420, VideoFormat::I420),
    ("rgb", PixelFormat::Rgb, VideoFormat::Rgb),
    ("bgr", PixelFormat::Bgr, VideoFormat::Bgr),
    ("rgba", PixelFormat::Rgba, VideoFormat::Rgba),
    ("bgra", PixelFormat::Bgra, VideoFormat::Bgra),
    ("rgbx", PixelFormat::Rgbx, VideoFormat::Rgbx),
    ("bgrx", PixelFormat::Bgrx, VideoFormat::Bgrx),
    ("gray8", PixelFormat::Gray8, VideoFormat::Gray8),
];

pub(super) fn parse(text: &str) -> Result<PixelFormat, String> {
    let found = NAMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text));
    found.map(|(_, format, _)| *format).ok_or_else(|| {
        let names: Vec<&str> = NAMES.iter().map(|(name, ..)| *name).collect();
        format!("no pixel format that a detector reads: use one of {}", names.join(", "))
    })
}

pub(super) fn name(format: PixelFormat) -> &'static str {
    NAMES.iter().find(|row| row.1 == format).map_or("", |row| row.0)
}

pub(super) fn of_gstreamer(format: PixelFormat) -> VideoFormat {
    NAMES
        .iter()
        .find(|row| row.1 == format)
        .map_or(VideoFormat::Unknown, |row| row.2)
}
