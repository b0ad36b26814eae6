//! Making a session: settings that were measured to be the best, and the device that was named or none.

use luchs_model::OnnxFile;
use ort::{
    environment::Environment,
    session::{
        Session,
        builder::{GraphOptimizationLevel, SessionBuilder},
    },
};

use crate::{
    Device, EngineError, operator,
    progress::{Work, tell},
    providers::{self, Load},
};

/// A session of `file` for a `load`, and why some of its operators run on the CPU although `device` is another one.
pub(crate) fn create(
    environment: &Environment,
    file: &OnnxFile,
    device: &Device,
    load: Load,
) -> Result<(Session, Option<String>), EngineError> {
    if let Some(&needed) = file.operators.first()
        && *device != Device::Cpu
    {
        return Err(EngineError::Operator {
            model: file.path.clone(),
            device: device.clone(),
            operator: needed,
        });
    }
    let make = || strict_or_mixed(environment, file, device, load);
    if providers::builds(file, device, load) {
        tell(Work::Build(device.clone()), file.path.clone(), make)
    } else {
        make()
    }
}

fn strict_or_mixed(
    environment: &Environment,
    file: &OnnxFile,
    device: &Device,
    load: Load,
) -> Result<(Session, Option<String>), EngineError> {
    let failed = |reason: String| EngineError::Load {
        model: file.path.clone(),
        device: device.clone(),
        reason,
    };
    let commit = |may_fall_back: bool| {
        let builder = builder(environment, load.threads, may_fall_back).map_err(failed)?;
        let builder = operator::register(builder, &file.operators).map_err(failed)?;
        let mut builder =
            providers::apply(builder, environment, file, device, load).map_err(|source| EngineError::Device {
                device: device.clone(),
                source,
            })?;
        builder
            .commit_from_memory(&file.bytes)
            .map_err(|error| failed(reason(&error)))
    };
    // The runtime gives operators that a device does not know, and with some devices the whole model, to the CPU without a
    // word. So first without that; if it fails for another reason, the second attempt fails too.
    match commit(*device == Device::Cpu) {
        Ok(session) => Ok((session, None)),
        Err(EngineError::Load { reason, .. }) if *device != Device::Cpu => Ok((commit(true)?, Some(reason))),
        Err(error) => Err(error),
    }
}

fn builder(environment: &Environment, threads: usize, may_fall_back: bool) -> Result<SessionBuilder, String> {
    let builder = Session::builder(environment)
        .map_err(|error| reason(&error))?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|error| reason(&error))?
        .with_intra_threads(threads)
        .map_err(|error| reason(&error))?
        // Spinning threads take the time that decoding and the next stream need.
        .with_intra_op_spinning(false)
        .map_err(|error| reason(&error))?
        .with_inter_op_spinning(false)
        .map_err(|error| reason(&error))?;
    if may_fall_back {
        return Ok(builder);
    }
    builder.with_disable_cpu_fallback().map_err(|error| reason(&error))
}

/// What the runtime says, as a part of a sentence.
pub(crate) fn reason(error: &impl std::error::Error) -> String {
    let text = error.to_string();
    // Before this stand the file and line of the runtime's source, behind it the number and the name of the error.
    let told = text.split_once("[ONNXRuntimeError] : ").and_then(|(_, rest)| {
        let mut parts = rest.splitn(3, " : ");
        parts.nth(2)
    });
    told.unwrap_or(&text).trim_end_matches(['.', ' ', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_begins_where_the_runtime_says_what_is_wrong() {
        let said = "/src/core/provider_bridge_ort.cc:2043 Provider& ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : \
                    Failed to load library a.so with error: b.so : cannot open.\n";
        let error = std::io::Error::other(said);
        assert_eq!(
            reason(&error),
            "Failed to load library a.so with error: b.so : cannot open"
        );
        assert_eq!(reason(&std::io::Error::other("no such thing. ")), "no such thing");
    }
}
