//! `luchs outbox status`.

use std::time::{Duration, SystemTime};

use anyhow::anyhow;
use clap::Args;
use luchs_delivery::{EventState, OutboxStatus, Refusal, Tally};
use luchs_scene::{Utc, event::Priority};
use serde_json::{Value, json};

use super::{Target, opened};
use crate::output::{Failure, Outcome, data, line};

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
    let status = opened(arguments.target.open()?.status(), path)?;
    if arguments.json {
        data(report(arguments, &status));
    } else {
        tell(arguments, &status);
    }
    findings(arguments, &status)
}

/// What someone should look after.
fn findings(arguments: &Arguments, status: &OutboxStatus) -> Outcome {
    let mut findings = Vec::new();
    let parked = of(status, EventState::Parked).map_or(0, |tally| tally.count);
    let path = arguments.target.path.display();
    if parked > 0 {
        findings.push(format!(
            "{parked} events were refused by the broker for good: put its rights or limits right, then run: luchs outbox \
             release {path}"
        ));
    }
    for aside in &status.set_aside {
        let aside = aside.display();
        findings.push(format!(
            "{aside} was damaged and set aside; what could be read of it was sent on. Look once more with: luchs outbox \
             recover {aside} --export FILE; then move it away"
        ));
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::Finding(anyhow!(findings.join("\n"))))
}

fn of(status: &OutboxStatus, state: EventState) -> Option<&Tally> {
    status.tallies.iter().find(|tally| tally.state == state)
}

fn report(arguments: &Arguments, status: &OutboxStatus) -> Value {
    let time = |millis: Option<i64>| millis.map(Utc::from_unix_millis);
    let mut events = serde_json::Map::new();
    for tally in &status.tallies {
        let value = json!({
            "count": tally.count, "bytes": tally.bytes, "oldest": time(tally.oldest), "newest": time(tally.newest),
        });
        events.insert(tally.state.as_str().to_owned(), value);
    }
    let topics: Vec<_> = status
        .topics
        .iter()
        .map(|part| {
            json!({
                "topic": part.topic, "state": part.state.as_str(), "priority": part.priority.as_str(),
                "refused": part.refused.map(Refusal::as_str), "count": part.count, "bytes": part.bytes,
            })
        })
        .collect();
    json!({
        "schema": "luchs.outbox.status/1",
        "outbox": arguments.target.path,
        "format": status.schema,
        "device": status.device,
        "epoch": status.epoch,
        "next_seq": status.next_seq,
        "in_use": status.used_by.is_some(),
        "pid": status.used_by.filter(|pid| *pid > 0),
        "file_bytes": status.file_bytes,
        "events": events,
        "topics": topics,
        "dropped": { "retention": status.dropped_by_retention, "storage": status.dropped_by_storage },
        "retention": { "bytes": status.retention_bytes, "seconds": status.retention_ms.map(|millis| millis / 1000) },
        "set_aside": status.set_aside,
    })
}

fn tell(arguments: &Arguments, status: &OutboxStatus) {
    let user = match status.used_by {
        None => "no publisher runs".to_owned(),
        Some(0) => "in use".to_owned(),
        Some(pid) => format!("in use by process {pid}"),
    };
    line(format_args!(
        "{}: device {}, {user}",
        arguments.target.path.display(),
        status.device
    ));
    line(format_args!(
        "epoch {}, next number {}, format {}, {} on disk",
        status.epoch,
        status.next_seq,
        status.schema,
        bytes(status.file_bytes)
    ));
    for tally in &status.tallies {
        let since = match (tally.oldest, tally.newest) {
            (Some(oldest), Some(newest)) => format!("from {} to {}", moment(oldest), moment(newest)),
            _ => String::new(),
        };
        line(format_args!(
            "  {:<12} {:>9}  {:>10}  {since}",
            tally.state.as_str(),
            tally.count,
            bytes(tally.bytes)
        ));
    }
    for priority in Priority::ALL.into_iter().rev() {
        let waiting = status
            .topics
            .iter()
            .filter(|part| part.state != EventState::Acknowledged);
        let count: u64 = waiting
            .filter(|part| part.priority == priority)
            .map(|part| part.count)
            .sum();
        if count > 0 {
            line(format_args!("  waiting, {:<9} {count:>6}", priority.as_str()));
        }
    }
    for part in status.topics.iter().filter(|part| part.state == EventState::Parked) {
        let why = part
            .refused
            .map(|why| format!(", {}", why.remedy()))
            .unwrap_or_default();
        line(format_args!("  parked on {}: {}{why}", part.topic, part.count));
    }
    line(format_args!(
        "given up: {} by retention, {} because it could not be written",
        status.dropped_by_retention, status.dropped_by_storage
    ));
    if let (Some(limit), Some(age)) = (status.retention_bytes, status.retention_ms) {
        let waiting: u64 = [EventState::Pending, EventState::Parked]
            .iter()
            .filter_map(|state| of(status, *state))
            .map(|tally| tally.bytes)
            .sum();
        line(format_args!(
            "retention: {} of {}, at most {:.1} days",
            bytes(waiting),
            bytes(limit),
            Duration::from_millis(age).as_secs_f64() / 86_400.0
        ));
    }
}

fn moment(millis: i64) -> String {
    let time = Utc::from_unix_millis(millis);
    let ago = Utc::from(SystemTime::now()).millis_since(time) / 1000;
    format!("{time} ({} ago)", rough(ago))
}

fn rough(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..10_240 => format!("{count} B"),
        10_240..10_485_760 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}
