//! What competes: a candidate on a device.

use std::path::PathBuf;

use luchs_infer::Device;
use luchs_scene::Size;
use luchs_vision::{ElementType, InputSpec, Layout};

use super::{Request, RunError, original::Originals};
use crate::{
    measure::{MeasureError, Runner, Whose},
    passport::Draft,
    tool::{Made, Tensor},
    work::{Work, WorkError},
};

/// A candidate on a device.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Unique in the run.
    pub name: String,
    /// The model's folder.
    pub folder: PathBuf,
    /// Its ONNX file, if it was made here.
    pub onnx: PathBuf,
    /// Where it runs.
    pub device: Device,
    /// What it was made of, if it was made here: its index among those.
    pub made: Option<usize>,
}

impl Entry {
    /// Opens it with `threads` for a frame, 0 for as many as there are cores.
    pub(super) fn open(&self, threads: usize) -> Result<Runner, MeasureError> {
        let whose = if self.made.is_some() {
            Whose::Ours
        } else {
            Whose::Theirs
        };
        Runner::open(&self.folder, None, whose, &self.device, threads)
    }

    /// Why it does not work, without the path of a file that nobody will find any more.
    pub(super) fn reason(&self, error: &MeasureError) -> String {
        let text = error.to_string();
        let path = format!("{}: ", self.onnx.display());
        text.strip_prefix(&path).map_or(text.clone(), str::to_owned)
    }
}

/// Gives every candidate a folder with a passport, so that it is opened as an element would, and pairs it with the devices
/// that it is for.
pub(super) fn list(
    request: &Request<'_>,
    originals: &Originals,
    made: &[Made],
    work: &Work,
) -> Result<Vec<Entry>, RunError> {
    let folder = work.folder("candidates")?;
    let parent = originals.first().runner.model();
    let mut entries = Vec::new();
    let several = originals.devices().count() > 1;
    let name_on = |name: &str, device: &Device| {
        if several {
            format!("{name} on {device}")
        } else {
            name.to_owned()
        }
    };
    for (index, made) in made.iter().enumerate() {
        let folder = folder.join(&made.name);
        let draft = Draft {
            parent,
            suffix: &made.name,
            input: input(parent.input, &made.input),
            operators: made.operators(),
            made: None,
            accuracy: Vec::new(),
            latency: Vec::new(),
        };
        let written = draft.write(&folder, &made.path);
        let onnx = written.map_err(|source| WorkError::disk(&folder, source))?;
        let suited = originals.devices().filter(|device| made.suits(device));
        entries.extend(suited.map(|device| Entry {
            name: name_on(&made.name, device),
            folder: folder.clone(),
            onnx: onnx.clone(),
            device: device.clone(),
            made: Some(index),
        }));
    }
    for path in &request.also {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        entries.extend(originals.devices().map(|device| Entry {
            name: name_on(&name, device),
            folder: path.clone(),
            onnx: PathBuf::new(),
            device: device.clone(),
            made: None,
        }));
    }
    Ok(entries)
}

/// How the input of a candidate is filled: as its parent's, in its own size and type. Bytes are normalised inside.
pub(super) fn input(parent: InputSpec, tensor: &Tensor) -> InputSpec {
    let side = |index: usize| tensor.shape.get(index).and_then(|side| u32::try_from(*side).ok());
    let bytes = tensor.element == ElementType::U8;
    let (layout, height, width) = match tensor.shape[..] {
        [_, 3, _, _] => (Layout::Nchw, side(2), side(3)),
        _ => (Layout::Nhwc, side(1), side(2)),
    };
    InputSpec {
        size: Size {
            width: width.unwrap_or(parent.size.width),
            height: height.unwrap_or(parent.size.height),
        },
        layout,
        element: tensor.element,
        mean: if bytes { [0.0; 3] } else { parent.mean },
        std: if bytes { [1.0; 3] } else { parent.std },
        ..parent
    }
}

#[cfg(test)]
mod tests {
    use luchs_vision::{ColorOrder, Fit};

    use super::*;

    const PARENT: InputSpec = InputSpec {
        size: Size {
            width: 416,
            height: 416,
        },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit: Fit::Stretch,
        mean: [103.5, 116.3, 123.7],
        std: [57.4, 57.1, 58.4],
    };

    #[test]
    fn a_candidate_is_fed_as_its_parent_unless_it_takes_bytes_or_another_size() {
        let tensor = |element, shape: [i64; 4]| Tensor {
            element,
            shape: shape.into(),
        };
        assert_eq!(input(PARENT, &tensor(ElementType::F32, [1, 3, 416, 416])), PARENT);
        let smaller = input(PARENT, &tensor(ElementType::F32, [1, 3, 288, 320]));
        assert_eq!(
            (smaller.size.width, smaller.size.height, smaller.mean),
            (320, 288, PARENT.mean)
        );
        let bytes = input(PARENT, &tensor(ElementType::U8, [1, 416, 416, 3]));
        assert_eq!((bytes.layout, bytes.element), (Layout::Nhwc, ElementType::U8));
        assert_eq!(
            (bytes.mean, bytes.std, bytes.order),
            ([0.0; 3], [1.0; 3], ColorOrder::Bgr)
        );
    }
}
