//! `luchs outbox release`.

use clap::Args;
use serde_json::json;

use super::{Target, opened};
use crate::output::{Outcome, data, line};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let path = &arguments.target.path;
    let released = opened(luchs_delivery::release(path), path)?;
    if arguments.json {
        data(json!({ "schema": "luchs.outbox.release/1", "released": released }));
    } else if released == 0 {
        line("no event is parked");
    } else {
        line(format_args!("{released} events wait for the broker again"));
    }
    Ok(())
}
