//! What the helper answers: TOML on its standard output.

use luchs_vision::TensorInfo;
use serde::{Deserialize, Serialize};

/// More is no answer.
pub(super) const LIMIT: u64 = 1 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// Why the runtime does not take the model.
    pub(super) refused: Option<String>,
    /// What it gave. Has to be there: silence is no consent.
    pub(super) outputs: Vec<Output>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    name: String,
    shape: Vec<i64>,
    element: String,
}

impl From<TensorInfo> for Output {
    fn from(info: TensorInfo) -> Self {
        let TensorInfo { name, shape, element } = info;
        Self { name, shape, element }
    }
}

impl From<Output> for TensorInfo {
    fn from(output: Output) -> Self {
        let Output { name, shape, element } = output;
        Self { name, shape, element }
    }
}
