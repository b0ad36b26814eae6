//! How the command ends and what it prints: results to standard output, everything about them to standard error.

use std::{
    fmt::Display,
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use luchs_infer::OpenError;
use luchs_scene::printable;

/// Shown below the help.
pub(crate) const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 something was found wrong, 2 wrong use, 3 something here prevents it, 70 a bug in luchs";

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It ran, and found something wrong: exit code 1.
    Finding(anyhow::Error),
    /// The arguments or a file they name are wrong: exit code 2.
    Usage(anyhow::Error),
    /// Something of this machine or network prevents it: exit code 3.
    Environment(anyhow::Error),
}

/// The end of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Sorts errors into exit codes.
pub(crate) trait Sort<T> {
    /// The person gave something wrong.
    fn usage(self) -> Outcome<T>;
    /// The machine or the network is in the way.
    fn environment(self) -> Outcome<T>;
}

impl<T, E: Into<anyhow::Error>> Sort<T> for Result<T, E> {
    fn usage(self) -> Outcome<T> {
        self.map_err(|error| Failure::Usage(error.into()))
    }

    fn environment(self) -> Outcome<T> {
        self.map_err(|error| Failure::Environment(error.into()))
    }
}

/// Sorts what can go wrong with a model: its files are the person's to correct, runtime and device the machine's.
pub(crate) fn opened<T>(result: Result<T, OpenError>) -> Outcome<T> {
    match result {
        Err(error @ OpenError::Load(_)) => Err(error).usage(),
        Err(OpenError::Trial(error)) if error.is_the_models() => Err(error).usage(),
        other => other.environment(),
    }
}

/// Turns the outcome into an exit code, and says why.
pub(crate) fn finish(outcome: Outcome) -> ExitCode {
    let (code, error) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Finding(error)) => (1, error),
        Err(Failure::Usage(error)) => (2, error),
        Err(Failure::Environment(error)) => (3, error),
    };
    // Some reasons have several lines, each of which is to be seen as one.
    for text in format!("luchs: {}", chain(&error)).lines() {
        note(text);
    }
    ExitCode::from(code)
}

/// The error and its causes; a cause that the text above it tells already is not told twice.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A panic is a bug in luchs, and says so by its exit code.
pub(crate) fn install_panic_exit() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        default(info);
        std::process::exit(70);
    }));
}

/// A line of the result, for people: it may hold text of others.
pub(crate) fn line(text: impl Display) {
    write(&printable(&text.to_string()));
}

/// Lines of the result, for people: text of ours that has its line breaks, with that of others made safe already.
pub(crate) fn text(text: &str) {
    write(text.trim_end());
}

/// A line of the result, for programs: JSON, with every text as it is.
pub(crate) fn data(json: impl Display) {
    write(&json.to_string());
}

/// A line about the result, for people.
pub(crate) fn note(text: impl Display) {
    // With standard error gone there is nobody left to tell.
    let _written = writeln!(std::io::stderr().lock(), "{}", printable(&text.to_string()));
}

fn write(line: &str) {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => {}
        // Nobody reads any more (`luchs … | head`): a normal end, not an error.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            note(format_args!("luchs: cannot write the result: {error}"));
            std::process::exit(3);
        }
    }
}
