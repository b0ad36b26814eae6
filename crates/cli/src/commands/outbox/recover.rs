//! `luchs outbox recover`.

use std::{fs, path::PathBuf};

use anyhow::anyhow;
use clap::{ArgGroup, Args};
use luchs_delivery::Salvage;
use luchs_scene::Name;
use serde_json::json;

use super::{export::Sink, opened};
use crate::output::{Failure, Outcome, Sort as _, data, line, note};

#[derive(Args)]
#[command(group(ArgGroup::new("to").required(true).args(["into", "export"])))]
pub(crate) struct Arguments {
    /// The damaged file, usually OUTBOX.damaged-TIME; it is only read
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Take the events over into this outbox, which is made if missing; its publisher must be stopped
    #[arg(long, value_name = "OUTBOX")]
    into: Option<PathBuf>,
    /// Write the events as JSON lines to a new file
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Whose events they are, where the file does not tell any more
    #[arg(long, value_name = "NAME")]
    device: Option<Name>,
    /// Also events that the broker has acknowledged
    #[arg(long)]
    acknowledged: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let from = &arguments.from;
    if !from.is_file() {
        return Err(anyhow!("there is no file {}: check the path", from.display())).usage();
    }
    if let Some(into) = &arguments.into
        && fs::canonicalize(into).is_ok_and(|into| fs::canonicalize(from).is_ok_and(|from| from == into))
    {
        return Err(anyhow!(
            "{} cannot be recovered into itself: give another path",
            from.display()
        ))
        .usage();
    }
    let salvage = Salvage::read(from, arguments.acknowledged);
    let found = salvage.events.len() as u64;
    let (mut taken, mut known) = (found, 0);
    if let Some(into) = &arguments.into {
        let recovered = luchs_delivery::recover(&salvage, from, into, arguments.device.as_ref());
        let recovered = opened(recovered, into)?;
        (taken, known) = (recovered.taken, recovered.known);
    }
    if let Some(path) = &arguments.export {
        let mut sink = Sink::new(Some(path))?;
        salvage.events.iter().try_for_each(|event| sink.write(event))?;
        sink.finish()?;
    }
    if arguments.json {
        data(json!({
            "schema": "luchs.outbox.recover/1",
            "found": found,
            "taken": taken,
            "known": known,
            "from_pages": salvage.from_pages,
            "damaged": salvage.damaged,
        }));
    } else {
        let to = arguments.into.as_ref().or(arguments.export.as_ref());
        let to = to.map(|path| path.display().to_string()).unwrap_or_default();
        line(format_args!("{taken} events were taken over into {to}"));
        if known > 0 {
            line(format_args!("{known} were there already"));
        }
        tell(&salvage);
    }
    if found == 0 {
        return Err(Failure::Finding(anyhow!(
            "no event could be read of {}",
            from.display()
        )));
    }
    Ok(())
}

/// What could not be read as usual.
fn tell(salvage: &Salvage) {
    if salvage.from_pages {
        note("the table of events was unreadable: they were put together from the file's pages");
    }
    let found = |from: u64, to: u64| {
        let within = |seq: &u64| (from..=to).contains(seq);
        salvage.events.iter().map(|event| event.seq).filter(within).count()
    };
    for &(from, to) in &salvage.damaged {
        note(format_args!(
            "damaged between numbers {from} and {to}; {} events were found there all the same",
            found(from, to)
        ));
    }
    if !salvage.is_whole() {
        note("some may have been delivered before: readers drop what they have");
    }
}
