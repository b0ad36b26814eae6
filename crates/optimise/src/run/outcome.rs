//! What came of it.

use std::path::PathBuf;

use luchs_report::Report;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// The report, which is also in the folder.
    pub report: Report,
    /// The folder with report and, if one was taken, model.
    pub folder: PathBuf,
    /// Whether a model was taken. If not, the folder has the report only, and is not the one that was asked for.
    pub taken: bool,
    /// Why this one, in English.
    pub reason: String,
}
