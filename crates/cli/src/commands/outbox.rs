//! `luchs outbox`: what waits for the broker, and what can be done about it by hand.

mod export;
mod inspect;
mod recover;
mod release;
mod status;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use luchs_delivery::{EventState, Filter, OutboxError, OutboxView};

use crate::output::{Failure, Outcome, Sort as _};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// How many events wait, since when, and why; exit code 1 if events were refused or a file was damaged
    Status(status::Arguments),
    /// List the events: number, topic, time, size, state; what they tell is sealed
    Inspect(inspect::Arguments),
    /// Write sealed events as JSON lines, to hand them over by other means
    Export(export::Arguments),
    /// Take events out of a damaged or set-aside file into an outbox, or write them as JSON lines
    Recover(recover::Arguments),
    /// Have events that the broker refused for good tried again
    Release(release::Arguments),
}

/// Which events.
#[derive(Args)]
struct Which {
    /// Only events of this state; may be given several times
    #[arg(long, value_name = "STATE")]
    state: Vec<State>,
    /// Only events on this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// At most so many, from the oldest
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    /// Waits for the broker
    Pending,
    /// The broker has it; it is kept for a while in case the broker loses its memory
    Acknowledged,
    /// The broker refused it for good
    Parked,
}

impl From<State> for EventState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Acknowledged => Self::Acknowledged,
            State::Parked => Self::Parked,
        }
    }
}

impl Which {
    fn filter(&self) -> Filter {
        Filter {
            states: self.state.iter().copied().map(EventState::from).collect(),
            topic: self.topic.clone(),
            limit: self.limit,
        }
    }
}

#[derive(Args)]
struct Target {
    /// The outbox: what the property “outbox” of luchspublish names
    #[arg(value_name = "OUTBOX")]
    path: PathBuf,
}

impl Target {
    fn open(&self) -> Outcome<OutboxView> {
        opened(OutboxView::open(&self.path), &self.path)
    }
}

/// Sorts what can go wrong with an outbox: another path is the person's to give, damage is a finding.
fn opened<T>(result: Result<T, OutboxError>, path: &std::path::Path) -> Outcome<T> {
    match result {
        Err(error) if error.is_damage() => {
            let error = anyhow::Error::from(error).context(format!(
                "{0} is damaged: its publisher will set it aside and go on with what can be read; or see: luchs outbox \
                 recover {0}",
                path.display()
            ));
            Err(Failure::Finding(error))
        }
        Err(
            error @ (OutboxError::Missing { .. }
            | OutboxError::Foreign { .. }
            | OutboxError::NotOurs { .. }
            | OutboxError::Link { .. }
            | OutboxError::Nameless { .. }
            | OutboxError::Device { .. }),
        ) => Err(error).usage(),
        other => other.environment(),
    }
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Status(arguments) => status::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Recover(arguments) => recover::run(arguments),
        Command::Release(arguments) => release::run(arguments),
    }
}
