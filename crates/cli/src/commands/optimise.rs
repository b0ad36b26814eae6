//! `luchs optimise`: a model that is faster and as good, or the proof that there is none.

mod arguments;
mod watcher;

use std::{env, ffi::OsStr, path::PathBuf, time::SystemTime};

use anyhow::anyhow;
use luchs_optimise::{
    agreement::Rules,
    gates::Limits,
    run::{Blame, Conclusion, Labelled, Prune, Request, RunError, Source, optimise},
    tool::{Environment, Place},
};
use luchs_report::{
    Screen,
    optimise::{Command, Purpose},
};
use luchs_scene::Utc;

pub(crate) use arguments::Arguments;
use watcher::Watcher;

use crate::{
    bench::Stop,
    footage::{Given, given},
    output::{Failure, Outcome, Sort as _, note},
};

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let stop = Stop::gently().environment()?;
    let to = target(arguments)?;
    let place = Place::find(arguments.tools.as_deref()).environment()?;
    let mut footage = given(&arguments.footage, arguments.camera.clone()).usage()?;
    let request = Request {
        model: &arguments.model,
        labels_file: arguments.labels_file.as_deref(),
        footage: match &mut footage {
            Given::Pictures(folder) => Source::Pictures(folder),
            Given::Moving(footage) => Source::Moving {
                name: arguments.footage.clone(),
                footage: &mut **footage,
            },
        },
        labelled: arguments.labels.clone().map(|labels| Labelled {
            labels,
            images: arguments.images.clone(),
        }),
        also: arguments.also.clone(),
        prune: arguments.prune.map(|part| Prune {
            part,
            training: arguments.prune_for,
        }),
        target: arguments.target.into(),
        to: &to,
        frames: arguments.frames,
        threads: arguments.threads.get().into(),
        limits: Limits {
            max_drop: arguments.max_drop / 100.0,
            min_agreement: arguments.min_agreement / 100.0,
            min_speedup: arguments.min_speedup,
            ..Limits::default()
        },
        rules: Rules {
            threshold: arguments.threshold,
            ..Rules::default()
        },
        force: arguments.force.clone(),
        language: arguments.language,
        settings: arguments.settings(),
        command: Command {
            purpose: Purpose::Run,
            text: command_line(),
        },
        place,
        environment: Environment::find(arguments.python.as_deref()),
        now: Utc::from(SystemTime::now()),
    };
    let watcher = Watcher::new(stop);
    let result = optimise(request, &watcher);
    watcher.clear();
    match result {
        Ok(result) => show(arguments, &result),
        Err(error) => Err(sorted(error)),
    }
}

fn show(arguments: &Arguments, result: &Conclusion) -> Outcome {
    if arguments.json {
        let json = result.report.to_json().environment()?;
        crate::output::data(json.trim_end());
    } else {
        let screen = Screen {
            columns: console::Term::stdout().size().1.into(),
            colour: console::colors_enabled(),
        };
        crate::output::text(&result.report.terminal(arguments.language, screen));
    }
    note(format_args!("{}: {}", result.folder.display(), result.reason));
    if result.taken {
        return Ok(());
    }
    Err(Failure::Finding(anyhow!(
        "no candidate passed; {} has the reasons, --force REASON takes the best one all the same",
        result.folder.join("report.html").display()
    )))
}

fn sorted(error: RunError) -> Failure {
    match error.blame() {
        Blame::Usage => Failure::Usage(error.into()),
        Blame::Environment => Failure::Environment(error.into()),
        Blame::Stopped => Failure::Environment(anyhow!("stopped; nothing was changed")),
    }
}

/// Where the result goes: the folder that is named, or one beside the model.
fn target(arguments: &Arguments) -> Outcome<PathBuf> {
    if let Some(to) = &arguments.to {
        return Ok(to.clone());
    }
    let model = std::path::absolute(&arguments.model).environment()?;
    let name = if model.is_dir() {
        model.file_name()
    } else {
        model.file_stem()
    };
    let mut name = name.unwrap_or(OsStr::new("model")).to_owned();
    name.push("-optimised");
    Ok(model.with_file_name(name))
}

/// What was typed, for a shell.
fn command_line() -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    let word = |word: String| {
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    let words = env::args_os()
        .skip(1)
        .map(|argument| word(argument.to_string_lossy().into_owned()));
    std::iter::once("luchs".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}
