//! What the tool says of a candidate that it made: `NAME.json`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use luchs_infer::Device;
use luchs_model::{Digest, Operator, passport};
use luchs_report::optimise::RecipeStep;
use luchs_vision::ElementType;
use serde::Deserialize;

use super::{ToolError, recipe::Recipe};

/// A candidate that the tool made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its name, unique in the run.
    pub name: String,
    /// Its ONNX file.
    pub path: PathBuf,
    /// Digest of that file.
    pub sha256: Digest,
    /// Size of that file.
    pub bytes: u64,
    /// How it was made.
    recipe: Recipe,
    /// The devices it is for, in the tool's words.
    targets: Vec<String>,
    /// Digest of the model it was made of.
    pub parent: Digest,
    /// Digest of the frames.
    pub calibration: Digest,
    /// How many frames.
    pub frames: u32,
    /// The tools and their versions.
    pub tools: Vec<(String, String)>,
    /// Its input.
    pub input: Tensor,
    /// Whether it needs Luchs's own operator.
    pub needs_table: bool,
}

/// An input tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Type of its elements.
    pub element: ElementType,
    /// Its dimensions, batch first.
    pub shape: Vec<i64>,
}

impl Made {
    /// Whether it is for `device`.
    pub(crate) fn suits(&self, device: &Device) -> bool {
        let kind = match device {
            Device::Auto | Device::Cpu => "cpu",
            Device::OpenVino(_) => "openvino",
            Device::TensorRt(_) | Device::Cuda(_) => "tensorrt",
        };
        self.targets.iter().any(|target| target == kind)
    }

    /// Operators of Luchs's own that it needs.
    pub(crate) fn operators(&self) -> Vec<Operator> {
        let table = self.needs_table.then_some(Operator::Table8);
        table.into_iter().collect()
    }

    /// Names of the layers that stayed in float.
    pub(crate) fn float_layers(&self) -> &[String] {
        &self.recipe.float
    }

    /// How it was made, for the passport.
    pub(crate) fn recipe(&self) -> passport::Recipe {
        self.recipe.for_passport()
    }

    /// How it was made, for the report.
    pub(crate) fn steps(&self) -> Vec<RecipeStep> {
        self.recipe.for_report(self.needs_table)
    }
}

#[derive(Deserialize)]
struct Description {
    name: String,
    file: String,
    sha256: Digest,
    bytes: u64,
    recipe: Recipe,
    #[serde(rename = "for")]
    targets: Vec<String>,
    parent: Digest,
    calibration: Digest,
    frames: u32,
    tools: std::collections::BTreeMap<String, String>,
    input: InputDescription,
    needs_table_operator: bool,
}

#[derive(Deserialize)]
struct InputDescription {
    #[serde(rename = "type")]
    element: String,
    shape: Vec<i64>,
}

impl Made {
    /// All candidates whose descriptions are in `folder`, by name.
    pub fn all(folder: &Path) -> Result<Vec<Self>, ToolError> {
        let failed = |error: std::io::Error| ToolError::Result {
            path: folder.to_owned(),
            reason: error.to_string(),
        };
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                all.push(Self::read(&path)?);
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Reads a description.
    pub fn read(path: &Path) -> Result<Self, ToolError> {
        let failed = |reason: String| ToolError::Result {
            path: path.to_owned(),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let read: Description = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let element = match read.input.element.as_str() {
            "u8" => ElementType::U8,
            "f32" => ElementType::F32,
            other => return Err(failed(format!("an input of type {other} is not known"))),
        };
        Ok(Self {
            path: path.with_file_name(&read.file),
            name: read.name,
            sha256: read.sha256,
            bytes: read.bytes,
            recipe: read.recipe,
            targets: read.targets,
            parent: read.parent,
            calibration: read.calibration,
            frames: read.frames,
            tools: read.tools.into_iter().collect(),
            input: Tensor {
                element,
                shape: read.input.shape,
            },
            needs_table: read.needs_table_operator,
        })
    }
}
