//! The helper's side.

use std::{
    env,
    ffi::OsString,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use luchs_model::{Digest, OnnxFile, Operator, Trial};
use luchs_vision::ElementType;

use super::{limits::Limits, report::Report};
use crate::{Device, Engine, EngineError, EngineOptions};

/// What the parent gives as arguments: the dimensions and the type of the input, the number of bytes that follow on the
/// standard input, the name of the model for messages, and the operators of Luchs's own that it may have.
pub(super) fn arguments(trial: Trial, file: &OnnxFile) -> Vec<OsString> {
    let mut words: Vec<OsString> = trial.shape.iter().map(|side| side.to_string().into()).collect();
    let element = if trial.element == ElementType::U8 { "u8" } else { "f32" };
    words.extend([
        element.into(),
        file.bytes.len().to_string().into(),
        file.path.clone().into(),
    ]);
    words.extend(file.operators.iter().map(|operator| operator.to_string().into()));
    words
}

/// The helper `luchs-model-trial`, whole.
pub fn serve() -> ExitCode {
    let done = match parse(env::args_os().skip(1)) {
        Some(asked) => tried(asked),
        None => Err(io::Error::other("this is a helper of luchs, which starts it by itself")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent reads it; if it is gone, nobody is left to tell.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

/// What the arguments ask for.
#[derive(Debug, PartialEq)]
struct Asked {
    trial: Trial,
    size: usize,
    path: PathBuf,
    operators: Vec<Operator>,
}

fn parse(words: impl Iterator<Item = OsString>) -> Option<Asked> {
    let words: Vec<OsString> = words.collect();
    let number = |word: &OsString| word.to_str()?.parse().ok();
    let [a, b, c, d, element, size, path, operators @ ..] = words.as_slice() else {
        return None;
    };
    let element = match element.to_str()? {
        "u8" => ElementType::U8,
        "f32" => ElementType::F32,
        _ => return None,
    };
    let shape = [number(a)?, number(b)?, number(c)?, number(d)?];
    let operators = operators.iter().map(|word| word.to_str()?.parse().ok());
    Some(Asked {
        trial: Trial { shape, element },
        size: number(size)?,
        path: path.into(),
        operators: operators.collect::<Option<_>>()?,
    })
}

fn tried(asked: Asked) -> io::Result<()> {
    let Asked {
        trial,
        size,
        path,
        operators,
    } = asked;
    Limits::of(size).apply()?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(io::Error::other)?;
    io::stdin().take(size as u64).read_to_end(&mut bytes)?;
    if bytes.len() != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let file = OnnxFile {
        path,
        digest: Digest::of(&bytes),
        bytes: bytes.into(),
        quantized: false,
        operators,
        open_batch: None,
        input: None,
    };
    let report = match outputs(&file, trial) {
        Ok(report) => report,
        Err(error) => Report {
            refused: Some(error.to_string()),
            ..Report::default()
        },
    };
    let text = toml::to_string(&report).map_err(io::Error::other)?;
    io::stdout().write_all(text.as_bytes())
}

fn outputs(file: &OnnxFile, trial: Trial) -> Result<Report, EngineError> {
    let options = EngineOptions {
        device: Device::Cpu,
        threads: 1,
        workers: 1,
        batch_size: 1,
        ..EngineOptions::default()
    };
    let outputs = Engine::new(file, &options)?.try_out(trial)?;
    Ok(Report {
        refused: None,
        outputs: outputs.into_iter().map(Into::into).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_they_were_written() {
        let trial = Trial {
            shape: [1, 3, 64, 32],
            element: ElementType::U8,
        };
        let file = OnnxFile {
            path: "a b.onnx".into(),
            bytes: vec![0; 9].into(),
            digest: Digest::of(b""),
            quantized: false,
            operators: vec![Operator::Table8],
            open_batch: None,
            input: None,
        };
        assert_eq!(
            parse(arguments(trial, &file).into_iter()),
            Some(Asked {
                trial,
                size: 9,
                path: "a b.onnx".into(),
                operators: vec![Operator::Table8],
            })
        );
        let unknown = arguments(trial, &file).into_iter().chain(["luchs.Table9".into()]);
        assert_eq!(parse(unknown), None);
        assert_eq!(parse(["--help".into()].into_iter()), None);
    }
}
