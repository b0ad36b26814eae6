//! What `luchs bench pipeline` says.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{
    elements::Figures,
    probes::{Probes, Stream},
    run::{Ended, Measured},
};
use crate::{
    bench::{
        machine::Machine,
        spread::{Spread, milliseconds, rounded},
        table,
    },
    output::{Outcome, Sort as _, data, line, note},
};

#[derive(Debug, Serialize)]
pub(super) struct Report {
    schema: &'static str,
    machine: Machine,
    notes: Vec<String>,
    /// What elements warned of, with how often.
    warnings: BTreeMap<String, u64>,
    line: String,
    live: bool,
    ended: Ended,
    start_ms: f64,
    seconds: f64,
    frames: u64,
    fps: f64,
    cpu_ms_per_frame: f64,
    cpu_cores: f64,
    streams: Vec<StreamFacts>,
    elements: Vec<ElementFacts>,
    threads: Vec<ThreadFacts>,
    memory_mib: MemoryFacts,
    commit_latency_ms: Option<Spread>,
}

#[derive(Debug, Serialize)]
struct StreamFacts {
    sink: String,
    from: Option<String>,
    to: Option<String>,
    frames: u64,
    fps: f64,
    dropped: u64,
    latency_ms: Option<Spread>,
}

#[derive(Debug, Serialize)]
struct ElementFacts {
    name: String,
    kind: String,
    frames: u64,
    dropped: u64,
    transit_ms: Option<Spread>,
    stats: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct ThreadFacts {
    name: String,
    count: usize,
    cpu_ms_per_frame: f64,
}

#[derive(Debug, Serialize)]
struct MemoryFacts {
    start: f64,
    end: f64,
    growth: f64,
    most: f64,
    peak: f64,
    pss: Option<f64>,
}

impl Report {
    /// An error if there was no frame.
    pub(super) fn new(
        machine: Machine,
        probes: &Probes,
        measured: Measured,
        warnings: BTreeMap<String, u64>,
        late: &BTreeMap<String, u64>,
    ) -> Result<Self, &'static str> {
        let frames = probes.frames();
        if frames == 0 {
            return Err(
                "no frame came while measuring: give a longer --duration, or a longer stream with less --warm-up",
            );
        }
        let seconds = measured.wall.as_secs_f64().max(1e-9);
        let per_frame = |time: Duration| rounded(time.as_secs_f64() * 1e3 / frames as f64, 3);
        let (before, after) = measured.memory;
        Ok(Self {
            schema: "luchs.bench.pipeline/1",
            notes: notes(&machine, &measured, late),
            machine,
            warnings,
            live: measured.live,
            ended: measured.ended,
            start_ms: milliseconds(measured.start),
            seconds: rounded(seconds, 3),
            frames,
            fps: rounded(frames as f64 / seconds, 2),
            cpu_ms_per_frame: per_frame(measured.cpu),
            cpu_cores: rounded(measured.cpu.as_secs_f64() / seconds, 3),
            streams: probes.streams.iter().map(|stream| facts(stream, seconds)).collect(),
            elements: elements(probes, &measured.figures),
            threads: threads(&measured, per_frame),
            memory_mib: MemoryFacts {
                start: before.rss,
                end: after.rss,
                growth: rounded(after.rss - before.rss, 2),
                most: measured.most_resident.max(after.rss),
                peak: after.peak,
                pss: after.pss,
            },
            commit_latency_ms: probes
                .commits
                .as_ref()
                .and_then(|commits| Spread::of(&mut commits.finish())),
            line: measured.line,
        })
    }

    pub(super) fn show(&self, json: bool) -> Outcome {
        if json {
            data(serde_json::to_string(self).environment()?);
            return Ok(());
        }
        self.print();
        for (text, count) in &self.warnings {
            note(format_args!("warning, {count} times: {text}"));
        }
        for text in &self.notes {
            note(format_args!("note: {text}"));
        }
        Ok(())
    }

    fn print(&self) {
        line(&self.line);
        table::machine(&self.machine);
        let kind = if self.live { "live" } else { "as fast as it goes" };
        table::row(
            "frames per second",
            format_args!(
                "{:.1} ({} frames in {:.1} s, {kind})",
                self.fps, self.frames, self.seconds
            ),
        );
        table::row("CPU per frame", format_args!("{:.2} ms", self.cpu_ms_per_frame));
        table::row("cores busy", format_args!("{:.2}", self.cpu_cores));
        table::row("first frame after", format_args!("{:.0} ms", self.start_ms));
        let memory = &self.memory_mib;
        table::row(
            "memory, MiB",
            format_args!(
                "{:.0} at the start, {:.0} at the end, {:.0} at most while measuring, {:.0} ever",
                memory.start, memory.end, memory.most, memory.peak
            ),
        );
        line("");
        table::spread_head("latency, milliseconds");
        for stream in &self.streams {
            table::spread(&stream.way(), stream.latency_ms.as_ref());
            if self.streams.len() > 1 || stream.dropped > 0 {
                table::row(
                    "",
                    format_args!("{:.1} fps, {} frames dropped", stream.fps, stream.dropped),
                );
            }
        }
        if self.commit_latency_ms.is_some() {
            table::spread("arrival to commit", self.commit_latency_ms.as_ref());
        }
        line("");
        table::spread_head("through elements, ms");
        for element in self.elements.iter().filter(|element| element.transit_ms.is_some()) {
            table::spread(&element.name, element.transit_ms.as_ref());
        }
        for element in &self.elements {
            if let Some(stats) = element.stats.as_ref().filter(|_| element.kind.starts_with("luchs")) {
                let words: Vec<String> = stats.iter().map(|(name, value)| format!("{name} {value}")).collect();
                table::row(&element.name, words.join(", "));
            }
        }
        line("");
        line("  CPU by thread, ms per frame");
        for thread in self.threads.iter().filter(|thread| thread.cpu_ms_per_frame >= 0.005) {
            table::row(
                &format!("{} × {}", thread.count, thread.name),
                format_args!("{:>9.2}", thread.cpu_ms_per_frame),
            );
        }
    }
}

impl StreamFacts {
    fn way(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => format!("{from} to {to}"),
            _ => self.sink.clone(),
        }
    }
}

fn facts(stream: &Stream, seconds: f64) -> StreamFacts {
    let frames = stream.arrivals.count();
    let (counts, mut times) = stream.span.take();
    StreamFacts {
        sink: stream.sink.clone(),
        from: stream.from.clone(),
        to: stream.to.clone(),
        frames,
        fps: rounded(frames as f64 / seconds, 2),
        dropped: counts.dropped,
        latency_ms: Spread::of(&mut times),
    }
}

/// Those on the way of the frames, in their order, and then those that only say something about themselves.
fn elements(probes: &Probes, figures: &[(String, Figures)]) -> Vec<ElementFacts> {
    use gst::prelude::*;
    let said = |name: &str| {
        figures
            .iter()
            .find(|(of, _)| of == name)
            .map(|(_, figures)| figures.clone())
    };
    let mut list: Vec<ElementFacts> = Vec::new();
    for step in &probes.steps {
        let (counts, mut times) = step.span.take();
        let name = step.element.name().to_string();
        list.push(ElementFacts {
            kind: step
                .element
                .factory()
                .map_or_else(String::new, |factory| factory.name().to_string()),
            frames: counts.left,
            dropped: counts.dropped,
            transit_ms: Spread::of(&mut times),
            stats: said(&name),
            name,
        });
    }
    for (name, figures) in figures {
        if !list.iter().any(|element| element.name == *name) {
            list.push(ElementFacts {
                name: name.clone(),
                kind: "sink".to_owned(),
                frames: figures.get("rendered").copied().unwrap_or_default() as u64,
                dropped: figures.get("dropped").copied().unwrap_or_default() as u64,
                transit_ms: None,
                stats: Some(figures.clone()),
            });
        }
    }
    list
}

fn threads(measured: &Measured, per_frame: impl Fn(Duration) -> f64) -> Vec<ThreadFacts> {
    let fact = |(name, count, time)| ThreadFacts {
        name,
        count,
        cpu_ms_per_frame: per_frame(time),
    };
    measured.threads.by_name().into_iter().map(fact).collect()
}

fn notes(machine: &Machine, measured: &Measured, late: &BTreeMap<String, u64>) -> Vec<String> {
    let mut notes = machine.notes();
    match measured.ended {
        Ended::Interrupted => notes.push("interrupted: these are the figures up to then".to_owned()),
        Ended::Stalled => notes.push(
            "no frame came any more for 20 s: the pipeline has stopped, and the figures hold that time too".to_owned(),
        ),
        _ => {}
    }
    if !measured.live && !measured.synchronous.is_empty() {
        let names = measured.synchronous.join(", ");
        notes.push(format!(
            "{names} runs by the clock (sync=true): frames per second are those of the clip, not what this box can do"
        ));
    }
    for (element, count) in late {
        notes.push(format!("{element} dropped {count} frames that were late"));
    }
    notes
}
