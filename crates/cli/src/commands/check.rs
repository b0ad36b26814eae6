//! `luchs check`: everything that is wrong with a configuration, at once.

mod render;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use luchs_appliance::config::{self, Config, Problem, Problems, Severity};
use luchs_scene::printable;
use serde_json::json;

use crate::output::{self, Failure, Outcome, Sort as _};

/// Look at a configuration, and at the files that it names
#[derive(Args)]
pub(crate) struct Arguments {
    /// The configuration
    #[arg(value_name = "FILE", default_value = Config::FILE)]
    file: PathBuf,
    /// Only the text: the files that it names may be on another box
    #[arg(long)]
    text_only: bool,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of configurations, for editors, and look at nothing
    #[arg(long, conflicts_with_all = ["file", "text_only", "json"])]
    schema: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if arguments.schema {
        output::data(serde_json::to_string_pretty(&config::json_schema()).environment()?);
        return Ok(());
    }
    let (config, problems, unread) = match Config::check(&arguments.file, !arguments.text_only) {
        Ok((config, problems)) => (config, problems, false),
        Err(Problems { problems, unread, .. }) => (None, problems, unread),
    };
    let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let file = printable(&arguments.file.display().to_string()).into_owned();
    if arguments.json {
        output::data(json!({ "file": file, "errors": errors, "warnings": warnings, "problems": problems }));
    } else {
        show(&file, &problems)?;
    }
    let found = match (errors, warnings) {
        (0, 0) => "no errors".to_owned(),
        (0, _) => format!("no errors, {}", counted(warnings, "warning")),
        (_, 0) => counted(errors, "error"),
        _ => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    match errors {
        0 => {
            if !arguments.json {
                output::line(format_args!("{file}: {found}; {}", summary(config.as_ref())));
            }
            Ok(())
        }
        _ if unread => Err(Failure::Environment(anyhow!("{file}: {found}"))),
        _ => Err(Failure::Usage(anyhow!("{file}: {found}"))),
    }
}

/// Colours appear on a terminal only, and not where ``NO_COLOR`` is set.
fn show(file: &str, problems: &[Problem]) -> Outcome {
    use std::io::Write as _;
    let mut out = anstream::stdout().lock();
    for problem in problems {
        match write!(out, "{}", render::render(file, problem)) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written.environment()?,
        }
    }
    Ok(())
}

/// What a configuration without errors is for.
fn summary(config: Option<&Config>) -> String {
    let Some(config) = config else { return String::new() };
    let (all, enabled) = (config.cameras.len(), config.enabled().count());
    match (all, &config.broker) {
        (0, _) => "no camera yet: add [broker] and [camera.NAME], each with its url".to_owned(),
        (_, Some(broker)) if all == enabled => format!("{} to {}", counted(all, "camera"), broker.url),
        _ => format!("{}, {enabled} of them enabled", counted(all, "camera")),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
