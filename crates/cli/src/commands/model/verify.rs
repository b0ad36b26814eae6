//! `luchs model verify`: everything that an element demands of a model, and the trial in any case.

use std::path::PathBuf;

use clap::Args;
use luchs_infer::{ModelSource, OpenError};
use luchs_model::{Demand, LoadError, Trust, TrustError};

use super::source;
use crate::output::{Failure, Outcome, Sort as _, line};

#[derive(Args)]
pub(crate) struct Verify {
    /// A model's folder, or a .onnx file
    model: PathBuf,
    /// Demand a signature by this key, instead of what this machine demands
    #[arg(long, value_name = "FILE.pub")]
    key: Option<PathBuf>,
    /// Demand a signature by one of the keys of this folder
    #[arg(long, value_name = "DIR", conflicts_with = "key")]
    keys: Option<PathBuf>,
}

pub(super) fn verify(arguments: &Verify) -> Outcome {
    let trust = match (&arguments.key, &arguments.keys) {
        (Some(key), _) => Trust::of_key(key, Demand::Signed),
        (_, Some(keys)) => Trust::of(keys, Demand::Signed),
        _ => Trust::of_this_machine(),
    };
    let trust = trust.usage()?;
    let model = source(&arguments.model).model_trusted_by(&trust).map_err(found)?;
    line(format_args!("{}", model.name));
    match &model.signer {
        Some(signer) => line(format_args!("  signature  by {} ({})", signer.name, signer.comment)),
        None => line("  signature  by nobody who is trusted here; none is demanded, but a trial"),
    }
    match &model.passport {
        Some(passport) => line(format_args!(
            "  digests    of {} files are those of the passport",
            passport.files.len()
        )),
        None => line("  digests    none: the file has no passport"),
    }
    line(format_args!(
        "  contents   whole, self-contained, of known operators; SHA-256 {}",
        model.file.digest
    ));
    ModelSource::try_out(&model).map_err(found)?;
    line("  trial      passed");
    Ok(())
}

/// What is wrong with the model is what was looked for; a wrong path or key is not.
fn found(error: OpenError) -> Failure {
    match error {
        OpenError::Load(
            LoadError::NotFound { .. }
            | LoadError::NoPassport { .. }
            | LoadError::Trust(TrustError::Demand { .. } | TrustError::Keys { .. }),
        ) => Failure::Usage(error.into()),
        OpenError::Load(_) => Failure::Finding(error.into()),
        OpenError::Trial(ref trial) if trial.is_the_models() => Failure::Finding(error.into()),
        _ => Failure::Environment(error.into()),
    }
}
