//! Opens, warms up, measures.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use luchs_infer::{Detector, EngineOptions, ModelSource};

use super::{
    Arguments,
    frames::{Frames, FramesError},
    report::{Measured, Report},
    stream::{Samples, Stream, StreamError},
};
use crate::{
    bench::{
        machine::Machine,
        progress::{Progress, Stop, done},
        usage,
    },
    output::{Outcome, Sort as _, opened},
};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(50);

/// When streams stop; whichever comes first.
#[derive(Clone, Copy)]
struct Limit {
    time: Duration,
    frames: Option<u64>,
}

/// What it took.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    /// CPU time of the process.
    pub(super) cpu: Duration,
    /// CPU time of the threads that stand for cameras, without that in the model, and of the one that watches: all but the
    /// engine's.
    pub(super) outside: Duration,
}

pub(super) fn measure(arguments: &Arguments) -> Outcome<Report> {
    let stop = Stop::on_signals().environment()?;
    let mut machine = Machine::look();
    let frames = match Frames::new(arguments.input.as_deref(), arguments.frame_size, arguments.format) {
        Err(error @ (FramesError::NoFile { .. } | FramesError::Decode { .. })) => return Err(error).usage(),
        other => other.environment()?,
    };
    let progress = Progress::new();
    progress.part("loading");
    let begun = Instant::now();
    let mut memory = vec![usage::memory()];
    let mut streams = Vec::new();
    for number in 0..arguments.streams.get() {
        streams.push(open(arguments, number)?);
        memory.push(usage::memory());
    }
    let load = begun.elapsed();

    progress.part("warming up");
    let warm_up = Limit {
        time: arguments.warm_up,
        frames: None,
    };
    run(&mut streams, &frames, warm_up, &stop, &progress).environment()?;
    for stream in &mut streams {
        stream.samples = Samples::default();
    }

    progress.part("measuring");
    let limit = Limit {
        time: arguments.duration,
        frames: arguments.frames.map(std::num::NonZero::get),
    };
    machine.begin();
    let cost = run(&mut streams, &frames, limit, &stop, &progress).environment()?;
    machine.end();
    progress.clear();
    memory.push(usage::memory());
    let measured = Measured {
        load,
        memory,
        cost,
        interrupted: stop.is_wanted(),
        pictures: frames.len(),
    };
    Report::new(arguments, machine, &streams, &measured)
        .map_err(|error| anyhow!(error))
        .usage()
}

fn open(arguments: &Arguments, number: u8) -> Outcome<Stream> {
    let own = format!("bench-{number}");
    let source = ModelSource {
        path: &arguments.model,
        labels: arguments.labels_file.as_deref(),
        id: Some(&*own).filter(|_| arguments.separate),
        options: EngineOptions {
            device: arguments.device.clone(),
            threads: arguments.threads.into(),
            workers: arguments.workers.into(),
            ..EngineOptions::default()
        },
    };
    let (model, engine) = opened(source.open())?;
    let in_flight = arguments.in_flight.get().into();
    Detector::with_capacity(Arc::new(model.without_bytes()), engine, in_flight)
        .map(Stream::new)
        .environment()
}

/// All streams work, each in a thread of its own, until the limit; the first error ends them all.
fn run(
    streams: &mut [Stream],
    frames: &Frames,
    limit: Limit,
    stop: &Stop,
    progress: &Progress,
) -> Result<Cost, StreamError> {
    let (count, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let (begun, cpu, watching) = (Instant::now(), usage::cpu(), usage::thread_cpu());
    let enough = |taken: u64| limit.frames.is_some_and(|frames| taken >= frames);
    let one = |stream: &mut Stream| -> Result<Duration, StreamError> {
        let around = stream.around;
        // Counted before it is done, so that all together do exactly as many as was asked for.
        let more = || begun.elapsed() < limit.time && !enough(count.fetch_add(1, Ordering::Relaxed));
        while !over.load(Ordering::Relaxed) && more() {
            let looked = stream.look(frames);
            looked.inspect_err(|_| over.store(true, Ordering::Relaxed))?;
        }
        stream.drain()?;
        // A thread with one frame under way runs the model itself if a worker is free.
        Ok(usage::thread_cpu().min(stream.around.saturating_sub(around)))
    };
    let one = &one;
    let outside = thread::scope(|scope| {
        let workers: Vec<_> = streams
            .iter_mut()
            .map(|stream| scope.spawn(move || one(stream)))
            .collect();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            if stop.is_wanted() {
                over.store(true, Ordering::Relaxed);
            }
            let (time, made) = (begun.elapsed(), count.load(Ordering::Relaxed));
            let speed = made as f64 / time.as_secs_f64().max(0.001);
            progress.at(
                done(time, Some(limit.time), made, limit.frames),
                format!("{speed:.1}/s"),
            );
            thread::park_timeout(TICK.min(limit.time / 20).max(Duration::from_millis(1)));
        }
        workers
            .into_iter()
            .try_fold(Duration::ZERO, |sum, worker| match worker.join() {
                Ok(result) => result.map(|time| sum + time),
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })?;
    Ok(Cost {
        wall: begun.elapsed(),
        cpu: usage::cpu().saturating_sub(cpu),
        outside: outside + usage::thread_cpu().saturating_sub(watching),
    })
}
