//! What `luchs bench model` says.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{
    Arguments, format,
    measure::Cost,
    stream::{STAGES, Stream},
};
use crate::{
    bench::{
        machine::Machine,
        spread::{Spread, milliseconds, rounded},
        table,
        usage::Memory,
    },
    output::{Outcome, Sort as _, data, line, note},
};

/// Where “infer” is among the stages.
const INFER: usize = 2;

/// Raw results, beside the samples of the streams.
pub(super) struct Measured {
    pub(super) load: Duration,
    /// Before the model, after each stream was opened, at the end.
    pub(super) memory: Vec<Memory>,
    pub(super) cost: Cost,
    pub(super) interrupted: bool,
    pub(super) pictures: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    machine: Machine,
    notes: Vec<String>,
    model: ModelFacts,
    device: DeviceFacts,
    input: InputFacts,
    streams: usize,
    in_flight: usize,
    shared_engine: bool,
    interrupted: bool,
    load_ms: f64,
    seconds: f64,
    frames: usize,
    fps: f64,
    cpu_ms_per_frame: f64,
    objects_per_frame: f64,
    latency_ms: Option<Spread>,
    stages_ms: BTreeMap<&'static str, Option<Spread>>,
    runtime: RuntimeFacts,
    memory_mib: MemoryFacts,
}

#[derive(Debug, Serialize)]
struct ModelFacts {
    path: String,
    name: String,
    family: String,
    sha256: String,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct DeviceFacts {
    requested: String,
    active: String,
    why: String,
    threads: usize,
    workers: usize,
    batch_size: usize,
}

#[derive(Debug, Serialize)]
struct InputFacts {
    width: u32,
    height: u32,
    format: &'static str,
    source: String,
    pictures: usize,
}

/// What of a frame is the runtime's.
#[derive(Debug, Serialize)]
struct RuntimeFacts {
    /// CPU time of all threads but those that stand for cameras: the engine's workers and the runtime's own.
    cpu_ms_per_frame: f64,
    share_of_cpu: f64,
    /// Of the time from frame to boxes.
    share_of_latency: f64,
}

#[derive(Debug, Serialize)]
struct MemoryFacts {
    before: f64,
    loaded: f64,
    /// Mean of the second and later streams; None for one stream.
    per_added_stream: Option<f64>,
    end: f64,
    peak: f64,
}

impl Report {
    /// An error if there was no frame.
    pub(super) fn new(
        arguments: &Arguments,
        machine: Machine,
        streams: &[Stream],
        measured: &Measured,
    ) -> Result<Self, &'static str> {
        let mut whole: Vec<Duration> = streams.iter().flat_map(|s| &s.samples.whole).copied().collect();
        if whole.is_empty() {
            return Err("no frame was finished: give a longer --duration");
        }
        let stage = |index: usize| {
            let mut times: Vec<Duration> = streams.iter().flat_map(|s| &s.samples.stages[index]).copied().collect();
            Spread::of(&mut times)
        };
        let cost = &measured.cost;
        let per_frame = |time: Duration| rounded(time.as_secs_f64() * 1e3 / whole.len() as f64, 3);
        let part = |of: Duration, all: Duration| rounded(of.as_secs_f64() / all.as_secs_f64().max(1e-9), 3);
        let inside = cost.cpu.saturating_sub(cost.outside);
        let inferring = streams.iter().flat_map(|s| &s.samples.stages[INFER]).sum();
        let runtime = RuntimeFacts {
            cpu_ms_per_frame: per_frame(inside),
            share_of_cpu: part(inside, cost.cpu),
            share_of_latency: part(inferring, whole.iter().sum()),
        };
        let objects: u64 = streams.iter().map(|s| s.samples.objects).sum();
        let mut notes = machine.notes();
        if measured.interrupted {
            notes.push("interrupted: these are the figures up to then".to_owned());
        }
        if arguments.input.is_none() {
            notes.push("the frame is made up: give --input a picture or a video for objects as they are".to_owned());
        }
        Ok(Self {
            schema: "luchs.bench.model/1",
            notes,
            model: model(arguments, streams),
            device: device(arguments, streams),
            input: InputFacts {
                width: arguments.frame_size.width,
                height: arguments.frame_size.height,
                format: format::name(arguments.format),
                source: arguments
                    .input
                    .as_ref()
                    .map_or_else(|| "made up".to_owned(), |path| path.display().to_string()),
                pictures: measured.pictures,
            },
            streams: streams.len(),
            in_flight: arguments.in_flight.get().into(),
            shared_engine: !arguments.separate,
            interrupted: measured.interrupted,
            load_ms: milliseconds(measured.load),
            seconds: rounded(cost.wall.as_secs_f64(), 3),
            frames: whole.len(),
            fps: rounded(whole.len() as f64 / cost.wall.as_secs_f64().max(1e-9), 2),
            cpu_ms_per_frame: per_frame(cost.cpu),
            objects_per_frame: rounded(objects as f64 / whole.len() as f64, 2),
            stages_ms: (0..).zip(STAGES).map(|(index, name)| (name, stage(index))).collect(),
            runtime,
            latency_ms: Spread::of(&mut whole),
            memory_mib: memory(&measured.memory, streams.len()),
            machine,
        })
    }

    pub(super) fn show(&self, json: bool) -> Outcome {
        if json {
            data(serde_json::to_string(self).environment()?);
            return Ok(());
        }
        self.print();
        for text in &self.notes {
            note(format_args!("note: {text}"));
        }
        Ok(())
    }

    fn print(&self) {
        let Self {
            model,
            device,
            input,
            runtime,
            memory_mib,
            ..
        } = self;
        line(format_args!(
            "{} ({}, {}×{})",
            model.name, model.family, model.width, model.height
        ));
        table::machine(&self.machine);
        table::row("device", format_args!("{} ({})", device.active, device.why));
        let (threads, workers) = (device.threads, device.workers);
        table::row(
            "engine",
            format_args!(
                "{workers} frames at a time, {threads} threads each, batches of {}",
                device.batch_size
            ),
        );
        table::row(
            "frames",
            format_args!("{}×{} {}, {}", input.width, input.height, input.format, input.source),
        );
        let engine = if self.shared_engine {
            "one engine"
        } else {
            "an engine each"
        };
        table::row(
            "streams",
            format_args!("{}, {engine}, {} of a stream under way", self.streams, self.in_flight),
        );
        table::row("loaded in", format_args!("{:.0} ms", self.load_ms));
        line("");
        table::row(
            "frames per second",
            format_args!("{:.1} ({} frames in {:.1} s)", self.fps, self.frames, self.seconds),
        );
        table::row("CPU per frame", format_args!("{:.2} ms", self.cpu_ms_per_frame));
        table::row(
            "of it the runtime",
            format_args!(
                "{:.1} % ({:.2} ms)",
                runtime.share_of_cpu * 100.0,
                runtime.cpu_ms_per_frame
            ),
        );
        table::row("objects per frame", self.objects_per_frame);
        line("");
        table::spread_head("milliseconds");
        table::spread("a frame", self.latency_ms.as_ref());
        for name in STAGES {
            table::spread(&format!("  {name}"), self.stages_ms.get(name).and_then(Option::as_ref));
        }
        line("");
        let added = memory_mib
            .per_added_stream
            .map_or(String::new(), |mib| format!(", {mib:.1} for each stream more"));
        table::row(
            "memory, MiB",
            format_args!(
                "{:.0} before, {:.0} loaded, {:.0} at the end, {:.0} at most{added}",
                memory_mib.before, memory_mib.loaded, memory_mib.end, memory_mib.peak
            ),
        );
    }
}

fn model(arguments: &Arguments, streams: &[Stream]) -> ModelFacts {
    let model = streams.first().map(|stream| stream.detector().model());
    ModelFacts {
        path: arguments.model.display().to_string(),
        name: model.map_or_else(String::new, |m| m.name.clone()),
        family: model.map_or_else(String::new, |m| m.family.to_string()),
        sha256: model.map_or_else(String::new, |m| m.file.digest.to_string()),
        width: model.map_or(0, |m| m.input.size.width),
        height: model.map_or(0, |m| m.input.size.height),
    }
}

fn device(arguments: &Arguments, streams: &[Stream]) -> DeviceFacts {
    let engine = streams.first().map(|stream| stream.detector().engine());
    let fallback = engine.and_then(|engine| engine.fallback());
    let choice = engine.and_then(|engine| engine.choice());
    let why = match (choice, fallback) {
        (Some(choice), None) => choice.to_string(),
        (Some(choice), Some(reason)) => format!("{choice}; part of the model runs on the CPU: {reason}"),
        (None, Some(reason)) => format!("as asked, but part of the model runs on the CPU: {reason}"),
        (None, None) => "as asked".to_owned(),
    };
    DeviceFacts {
        requested: arguments.device.to_string(),
        active: engine.map_or_else(String::new, |engine| engine.active_device()),
        why,
        threads: engine.map_or(0, |engine| engine.threads()),
        workers: engine.map_or(0, |engine| engine.workers()),
        batch_size: engine.map_or(0, |engine| engine.batch_size()),
    }
}

fn memory(seen: &[Memory], streams: usize) -> MemoryFacts {
    let at = |index: usize| seen.get(index).map_or(0.0, |memory| memory.rss);
    let added = (streams > 1).then(|| rounded((at(streams) - at(1)) / (streams - 1) as f64, 2));
    MemoryFacts {
        before: at(0),
        loaded: at(1),
        per_added_stream: added,
        end: seen.last().map_or(0.0, |memory| memory.rss),
        peak: seen.last().map_or(0.0, |memory| memory.peak),
    }
}
