//! `luchs outbox inspect`.

use clap::Args;
use luchs_delivery::{OutboxError, Refusal, StoredEvent};
use luchs_scene::Utc;
use serde_json::json;

use super::{Target, Which, opened};
use crate::output::{Outcome, data, line};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    which: Which,
    /// One JSON object a line instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let view = arguments.target.open()?;
    if !arguments.json {
        line(format_args!(
            "{:>10}  {:<24}  {:>7}  {:<12}  {:<8}  topic",
            "number", "committed", "bytes", "state", "priority"
        ));
    }
    let shown = view.events(&arguments.which.filter(), |event| {
        show(&event, arguments.json);
        Ok::<_, OutboxError>(true)
    });
    opened(shown, &arguments.target.path)
}

fn show(event: &StoredEvent, json: bool) {
    let committed = Utc::from_unix_millis(event.created);
    if json {
        data(json!({
            "seq": event.seq,
            "topic": event.topic,
            "committed": committed,
            "bytes": event.payload.len(),
            "state": event.state.as_str(),
            "priority": event.priority.as_str(),
            "refused": event.refused.map(Refusal::as_str),
        }));
    } else {
        line(format_args!(
            "{:>10}  {:<24}  {:>7}  {:<12}  {:<8}  {}{}",
            event.seq,
            committed.to_string(),
            event.payload.len(),
            event.state.as_str(),
            event.priority.as_str(),
            event.topic,
            event
                .refused
                .map(|why| format!("  ({})", why.as_str()))
                .unwrap_or_default()
        ));
    }
}
