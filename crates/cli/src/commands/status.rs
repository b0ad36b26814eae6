//! `luchs status`: what the running appliance says about itself.

mod live;
mod view;

use std::{io::IsTerminal as _, path::PathBuf};

use anyhow::anyhow;
use clap::Args;
use luchs_appliance::status::{Health, ReadError, SOCKET, Snapshot, read};

use crate::output::{Failure, Outcome, Sort as _, data};

/// Columns where there is no terminal to ask.
const COLUMNS: usize = 100;

#[derive(Args)]
#[command(after_help = "Exit codes: 0 all is well, 1 somebody should look, 3 luchs does not run or cannot be asked")]
pub(crate) struct Arguments {
    /// One JSON object instead of text (schema luchs.status/1)
    #[arg(long)]
    json: bool,
    /// Tell once; otherwise what is shown on a terminal is refreshed every second until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Where the service tells its status
    #[arg(long, value_name = "SOCKET", default_value = SOCKET)]
    socket: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let ask = || read(&arguments.socket);
    if !arguments.json && !arguments.once && std::io::stdout().is_terminal() {
        return verdict(live::watch(ask)?);
    }
    let all = ask().environment()?;
    if arguments.json {
        data(serde_json::to_string(&all).environment()?);
    } else {
        data(view::whole(&all, COLUMNS).trim_end());
    }
    verdict(Ok(all))
}

fn verdict(asked: Result<Snapshot, ReadError>) -> Outcome {
    let all = asked.environment()?;
    match all.health {
        Health::Good => Ok(()),
        Health::Degraded => Err(Failure::Finding(anyhow!(
            "it works, but somebody should look after what is told above"
        ))),
        Health::Failed => Err(Failure::Finding(anyhow!(
            "it does not work: see above; more in: journalctl -u luchs"
        ))),
    }
}
