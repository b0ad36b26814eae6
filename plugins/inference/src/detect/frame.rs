//! A mapped GStreamer frame as the pre-processing sees it.

use gst_video::{VideoColorMatrix, VideoColorRange, VideoFormat, VideoFrameRef, VideoInfo, prelude::*};
use luchs_scene::Size;
use luchs_vision::{Frame, FrameError, Matrix, PixelFormat, Plane, Range};

/// Why a buffer is no frame.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The caps allow what the pads do not.
    #[error("frames of format {0:?} cannot be looked at")]
    Format(VideoFormat),
    /// A plane cannot be had.
    #[error("plane {plane} of the frame cannot be read: {source}")]
    Plane {
        /// Its index.
        plane: u32,
        /// Why.
        source: gst::glib::BoolError,
    },
    /// The buffer's metadata lie.
    #[error("the buffer does not hold the frame it promises: {0}")]
    Frame(#[from] FrameError),
}

/// The planes of `mapped`, not copied. The frame is as large as the caps (`info`) say: a buffer's own metadata may speak
/// of a larger one, with padding at the right and below.
pub fn view<'a>(mapped: &'a VideoFrameRef<&gst::BufferRef>, info: &VideoInfo) -> Result<Frame<'a>, MapError> {
    let format = pixel_format(mapped.format()).ok_or(MapError::Format(mapped.format()))?;
    let mut planes = [Plane::default(); 3];
    for (index, plane) in (0..mapped.n_planes()).zip(&mut planes) {
        let data = mapped
            .plane_data(index)
            .map_err(|source| MapError::Plane { plane: index, source })?;
        let stride = mapped.plane_stride()[index as usize];
        *plane = Plane {
            data,
            stride: usize::try_from(stride).unwrap_or(0),
        };
    }
    let planes = &planes[..mapped.n_planes() as usize];
    Ok(Frame::new(format, size(info), planes, matrix(info), range(info))?)
}

/// Width and height.
pub(super) fn size(info: &VideoInfo) -> Size {
    Size {
        width: info.width(),
        height: info.height(),
    }
}

fn pixel_format(format: VideoFormat) -> Option<PixelFormat> {
    Some(match format {
        VideoFormat::Nv12 => PixelFormat::Nv12,
        VideoFormat::I420 => PixelFormat::I420,
        VideoFormat::Rgb => PixelFormat::Rgb,
        VideoFormat::Bgr => PixelFormat::Bgr,
        VideoFormat::Rgba => PixelFormat::Rgba,
        VideoFormat::Bgra => PixelFormat::Bgra,
        VideoFormat::Rgbx => PixelFormat::Rgbx,
        VideoFormat::Bgrx => PixelFormat::Bgrx,
        VideoFormat::Gray8 => PixelFormat::Gray8,
        _ => return None,
    })
}

/// The rest is nearer to BT.709 than to BT.601.
fn matrix(info: &VideoInfo) -> Matrix {
    match gst_luchs_meta::color_matrix(info) {
        VideoColorMatrix::Bt601 | VideoColorMatrix::Fcc => Matrix::Bt601,
        VideoColorMatrix::Bt2020 => Matrix::Bt2020,
        _ => Matrix::Bt709,
    }
}

fn range(info: &VideoInfo) -> Range {
    match info.colorimetry().range() {
        VideoColorRange::Range0_255 => Range::Full,
        _ => Range::Limited,
    }
}
