//! Starts the pipeline, waits for its first frames, warms up, measures.

use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use gst::prelude::*;
use serde::Serialize;

use super::{
    Arguments,
    elements::{self, Figures},
    graph,
    line::Line,
    probes::Probes,
    report::Report,
    start,
    watch::{News, Watch},
};
use crate::{
    bench::{
        machine::Machine,
        progress::{Progress, Stop, done},
        usage::{self, Memory, Threads},
    },
    output::{Outcome, Sort as _},
};

/// How often it looks around.
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(50);
/// How often it looks for the first frame, which may be one of few.
const SOON: gst::ClockTime = gst::ClockTime::from_mseconds(2);
/// A pipeline that has begun and shows no frame for so long has stopped.
const STALLED: Duration = Duration::from_secs(20);

/// Why measuring ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ended {
    Duration,
    Frames,
    EndOfStream,
    Interrupted,
    Stalled,
}

/// Raw results.
pub(super) struct Measured {
    pub(super) line: String,
    pub(super) live: bool,
    pub(super) ended: Ended,
    pub(super) start: Duration,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) memory: (Memory, Memory),
    pub(super) most_resident: f64,
    pub(super) threads: Threads,
    /// What elements say of the time that was measured, by their name.
    pub(super) figures: Vec<(String, Figures)>,
    /// Elements that show what they do, and so run at the speed of the clock.
    pub(super) synchronous: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Outcome<Report> {
    let stop = Stop::on_signals().environment()?;
    let machine = Machine::look();
    start::gstreamer().environment()?;
    let line = Line::parse(
        &arguments.line,
        arguments.file.as_deref(),
        &arguments.values.iter().cloned().collect(),
    )
    .usage()?;
    let pipeline = line.pipeline.clone();
    let watch = Watch::new(&pipeline)
        .context("a pipeline without a bus")
        .environment()?;
    let mut session = Session {
        arguments,
        stop,
        machine,
        line,
        watch,
        probes: Probes::default(),
        progress: Progress::new(),
    };
    let report = session.measure();
    session.progress.clear();
    let _stopped = pipeline.set_state(gst::State::Null);
    report
}

struct Session<'a> {
    arguments: &'a Arguments,
    stop: Stop,
    machine: Machine,
    line: Line,
    watch: Watch,
    probes: Probes,
    progress: Progress,
}

impl Session<'_> {
    fn measure(&mut self) -> Outcome<Report> {
        let begun = Instant::now();
        self.progress.part("starting");
        let live = self.preroll(begun)?;
        self.probes
            .attach(
                &self.line.pipeline,
                self.arguments.from.as_deref(),
                self.arguments.to.as_deref(),
            )
            .usage()?;
        if self.line.pipeline.set_state(gst::State::Playing).is_err() {
            return Err(self.why("the pipeline does not play")).environment();
        }
        self.wait_for_frames(begun)?;
        let start = begun.elapsed();
        self.progress.part("warming up");
        self.warm_up()?;
        let measured = self.window(start, live)?;
        let warnings = std::mem::take(&mut self.watch.warnings);
        let late = std::mem::take(&mut self.watch.late);
        Report::new(self.machine.clone(), &self.probes, measured, warnings, &late)
            .map_err(|error| anyhow!(error))
            .usage()
    }

    /// Into PAUSED, where what is not live has its first frame at the sinks. Whether it is live.
    fn preroll(&mut self, begun: Instant) -> Outcome<bool> {
        let pipeline = self.line.pipeline.clone();
        if pipeline.set_state(gst::State::Paused).is_err() {
            return Err(self.why("the pipeline does not start")).environment();
        }
        loop {
            match self.news()? {
                // A stream of less than a frame.
                Some(Over::Stream) => return Ok(false),
                Some(Over::Wanted) => return Err(anyhow!("stopped before the first frame")).environment(),
                None => {}
            }
            match pipeline.state(gst::ClockTime::ZERO).0 {
                Ok(gst::StateChangeSuccess::Async) if begun.elapsed() < self.arguments.start_timeout => {}
                Ok(gst::StateChangeSuccess::Async) => return Err(self.nothing_came()).environment(),
                Ok(gst::StateChangeSuccess::NoPreroll) => return Ok(true),
                Ok(gst::StateChangeSuccess::Success) => return Ok(false),
                Err(_) => return Err(self.why("the pipeline does not start")).environment(),
            }
        }
    }

    fn wait_for_frames(&mut self, begun: Instant) -> Outcome {
        loop {
            let (from, to) = (self.arguments.from.as_deref(), self.arguments.to.as_deref());
            let all = self.probes.attach(&self.line.pipeline, from, to).usage()?;
            if all && self.probes.all_have_begun() {
                return Ok(());
            }
            match self.news_within(SOON)? {
                Some(Over::Stream) => return Err(self.too_short()).usage(),
                Some(Over::Wanted) => return Err(anyhow!("stopped before the first frame")).environment(),
                None if begun.elapsed() > self.arguments.start_timeout => {
                    return Err(self.nothing_came()).environment();
                }
                None => {}
            }
        }
    }

    fn warm_up(&mut self) -> Outcome {
        let (begun, whole) = (Instant::now(), self.arguments.warm_up);
        while begun.elapsed() < whole {
            self.progress
                .at(done(begun.elapsed(), Some(whole), 0, None), self.speed(begun));
            match self.news()? {
                Some(Over::Stream) => return Err(self.too_short()).usage(),
                Some(Over::Wanted) => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    fn window(&mut self, start: Duration, live: bool) -> Outcome<Measured> {
        self.progress.part("measuring");
        let elements = graph::elements(&self.line.pipeline);
        let before: Vec<Option<Figures>> = elements.iter().map(elements::figures).collect();
        let memory = usage::memory();
        let mut threads = Threads::start();
        let mut most_resident = memory.rss;
        self.machine.begin();
        self.probes.reset();
        let (begun, cpu) = (Instant::now(), usage::cpu());
        let frames = self.arguments.frames.map(std::num::NonZero::get);
        let ended = loop {
            let news = self.news()?;
            let (time, seen) = (begun.elapsed(), self.probes.frames());
            threads.update();
            most_resident = usage::resident().max(most_resident);
            self.progress.at(
                done(time, Some(self.arguments.duration), seen, frames),
                self.speed(begun),
            );
            match news {
                Some(Over::Stream) => break Ended::EndOfStream,
                Some(Over::Wanted) => break Ended::Interrupted,
                None if frames.is_some_and(|frames| seen >= frames) => break Ended::Frames,
                None if time >= self.arguments.duration => break Ended::Duration,
                None if self.probes.last().unwrap_or(begun).elapsed() > STALLED => break Ended::Stalled,
                None => {}
            }
        };
        let cpu = usage::cpu().saturating_sub(cpu);
        // At the end of a stream the sinks may have waited for others, such as a broker.
        let last = self.probes.last().filter(|_| ended == Ended::EndOfStream);
        let wall = last.map_or_else(|| begun.elapsed(), |last| last - begun);
        self.machine.end();
        let figures = elements.iter().zip(before).filter_map(|(element, before)| {
            let figures = elements::change(&before?, &elements::figures(element)?);
            Some((element.name().to_string(), figures))
        });
        let synchronous = elements.iter().filter(|element| {
            let property = element.find_property("sync");
            let is_flag = property.is_some_and(|property| property.value_type() == bool::static_type());
            is_flag && element.property::<bool>("sync")
        });
        Ok(Measured {
            line: self.line.text.clone(),
            live,
            ended,
            start,
            wall,
            cpu,
            memory: (memory, usage::memory()),
            most_resident,
            threads,
            figures: figures.collect(),
            synchronous: synchronous.map(|element| element.name().to_string()).collect(),
        })
    }

    /// Waits a moment. An error of any element ends everything.
    fn news(&mut self) -> Outcome<Option<Over>> {
        self.news_within(TICK)
    }

    fn news_within(&mut self, time: gst::ClockTime) -> Outcome<Option<Over>> {
        if self.stop.is_wanted() {
            return Ok(Some(Over::Wanted));
        }
        match self.watch.next(time) {
            Some(News::Error(error)) => Err(error).environment(),
            Some(News::EndOfStream) => Ok(Some(Over::Stream)),
            None => Ok(None),
        }
    }

    fn speed(&self, begun: Instant) -> String {
        let fps = self.probes.frames() as f64 / begun.elapsed().as_secs_f64().max(0.001);
        format!("{fps:.1} fps")
    }

    /// The reason that an element gave, or else `otherwise`.
    fn why(&mut self, otherwise: &'static str) -> anyhow::Error {
        match self.watch.next(TICK) {
            Some(News::Error(error)) => error,
            _ => anyhow!("{otherwise}, and no element says why; GST_DEBUG=2 shows more"),
        }
    }

    fn nothing_came(&self) -> anyhow::Error {
        let seconds = self.arguments.start_timeout.as_secs_f64();
        let all = graph::sinks(&self.line.pipeline);
        let begun = |name: &str| {
            self.probes
                .streams
                .iter()
                .any(|s| s.sink == name && s.arrivals.count() > 0)
        };
        let names = all
            .iter()
            .filter_map(|pad| Some(pad.parent_element()?.name().to_string()));
        let waiting: Vec<String> = names.filter(|name| !begun(name)).collect();
        anyhow!(
            "no frame came to {} within {seconds} s: is the source reachable, and is every branch fed? --start-timeout waits longer",
            if waiting.is_empty() {
                "any sink".to_owned()
            } else {
                waiting.join(", ")
            }
        )
    }

    fn too_short(&self) -> anyhow::Error {
        let seconds = self.arguments.warm_up.as_secs_f64();
        anyhow!("the stream ended before anything was measured: give a longer one, or less than --warm-up {seconds}s")
    }
}

/// What ends a part from outside.
enum Over {
    Stream,
    Wanted,
}
