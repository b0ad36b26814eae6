//! Looks at the frames that pass: at both ends of each stream, and around each element in between.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use gst::prelude::*;

use super::{commit::Commits, graph, graph::Way, span::Span};

/// One sink and the way to it.
pub(super) struct Stream {
    pub(super) sink: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    /// The pad that its frames come from; sinks behind one `tee` share it.
    pub(super) origin: Option<gst::Pad>,
    /// From there to the sink, or to what encodes.
    pub(super) span: Arc<Span>,
    pub(super) arrivals: Arc<Arrivals>,
}

/// Counts what arrives at a sink.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    count: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Arrivals {
    fn arrived(&self, now: Instant) {
        self.count.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn last(&self) -> Option<Instant> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reset(&self) {
        self.count.store(0, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// One element on the way of a stream.
pub(super) struct Step {
    pub(super) element: gst::Element,
    src: gst::Pad,
    pub(super) span: Arc<Span>,
}

/// All that is looked at.
#[derive(Default)]
pub(super) struct Probes {
    pub(super) streams: Vec<Stream>,
    pub(super) steps: Vec<Step>,
    pub(super) commits: Option<Arc<Commits>>,
    known: Vec<gst::Pad>,
}

/// `--from` or `--to` names nobody.
#[derive(Debug, thiserror::Error)]
#[error("no element “{name}” on the way of the frames to {sink}; there are: {there}")]
pub(super) struct NoElement {
    name: String,
    sink: String,
    there: String,
}

impl Probes {
    /// Looks for sinks that get data by now and are not watched yet. True once every sink is watched.
    pub(super) fn attach(
        &mut self,
        pipeline: &gst::Pipeline,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<bool, NoElement> {
        let sinks = graph::sinks(pipeline);
        for pad in &sinks {
            if !self.known.contains(pad) && pad.current_caps().is_some() {
                self.watch(pad, from, to)?;
                self.known.push(pad.clone());
            }
        }
        Ok(!sinks.is_empty() && sinks.len() == self.known.len())
    }

    fn watch(&mut self, pad: &gst::Pad, from: Option<&str>, to: Option<&str>) -> Result<(), NoElement> {
        let sink = pad
            .parent_element()
            .map_or_else(String::new, |element| element.name().to_string());
        let way = Way::to(pad).raw();
        let stations = way.stations();
        let (mut first, mut last) = (
            way.links.first().map(|l| l.src.clone()),
            way.links.last().map(|l| l.sink.clone()),
        );
        let named = |name: &str| {
            let pads = way.links.iter().map(|link| &link.src);
            let found = pads.clone().find(|pad| name_of(pad).as_deref() == Some(name)).cloned();
            found.ok_or_else(|| NoElement {
                name: name.to_owned(),
                sink: sink.clone(),
                there: pads.filter_map(name_of).collect::<Vec<_>>().join(", "),
            })
        };
        if let Some(name) = from {
            first = Some(named(name)?);
        }
        if let Some(name) = to {
            last = Some(named(name)?);
        }
        let span = Arc::new(Span::default());
        if let (Some(first), Some(last)) = (&first, &last) {
            between(&span, first, last);
        }
        for station in stations {
            if self.steps.iter().any(|step| step.src == station.src) {
                continue;
            }
            let inside = Arc::new(Span::default());
            between(&inside, &station.sink, &station.src);
            if let (Some(origin), true) = (&first, is_publisher(&station.element)) {
                self.watch_commits(origin, &station.element, &station.src);
            }
            self.steps.push(Step {
                element: station.element,
                src: station.src,
                span: inside,
            });
        }
        let arrivals = Arc::new(Arrivals::default());
        let counting = Arc::clone(&arrivals);
        on_buffers(pad, move |_| counting.arrived(Instant::now()));
        self.streams.push(Stream {
            sink,
            from: first.as_ref().and_then(name_of),
            to: last.as_ref().and_then(name_of),
            origin: first,
            span,
            arrivals,
        });
        Ok(())
    }

    /// Only of a single publisher: what is committed is counted for all together.
    fn watch_commits(&mut self, origin: &gst::Pad, publisher: &gst::Element, src: &gst::Pad) {
        let other = self.steps.iter().any(|step| is_publisher(&step.element));
        self.commits = (!other).then(|| Commits::watch(origin, publisher, src));
    }

    /// Whether every sink has got a frame.
    pub(super) fn all_have_begun(&self) -> bool {
        self.streams.iter().all(|stream| stream.arrivals.count() > 0)
    }

    /// Frames at the sinks, those behind one `tee` counted once.
    pub(super) fn frames(&self) -> u64 {
        let mut origins: Vec<(Option<&gst::Pad>, u64)> = Vec::new();
        for stream in &self.streams {
            let count = stream.arrivals.count();
            match origins
                .iter_mut()
                .find(|(origin, _)| origin.is_some() && *origin == stream.origin.as_ref())
            {
                Some((_, most)) => *most = count.max(*most),
                None => origins.push((stream.origin.as_ref(), count)),
            }
        }
        origins.into_iter().map(|(_, count)| count).sum()
    }

    /// When the last frame came to any sink.
    pub(super) fn last(&self) -> Option<Instant> {
        self.streams.iter().filter_map(|stream| stream.arrivals.last()).max()
    }

    /// Measuring begins.
    pub(super) fn reset(&self) {
        self.steps.iter().for_each(|step| step.span.reset());
        for stream in &self.streams {
            stream.span.reset();
            stream.arrivals.reset();
        }
        if let Some(commits) = &self.commits {
            commits.reset();
        }
    }
}

fn is_publisher(element: &gst::Element) -> bool {
    element
        .factory()
        .is_some_and(|factory| factory.name() == "luchspublish")
}

fn name_of(pad: &gst::Pad) -> Option<String> {
    pad.parent_element().map(|element| element.name().to_string())
}

fn between(span: &Arc<Span>, from: &gst::Pad, to: &gst::Pad) {
    let (entering, leaving) = (Arc::clone(span), Arc::clone(span));
    on_buffers(from, move |stamp| entering.enter(stamp, Instant::now()));
    on_buffers(to, move |stamp| leaving.leave(stamp, Instant::now()));
}

/// Calls `look` with the time stamp of every buffer that passes `pad`.
pub(super) fn on_buffers(pad: &gst::Pad, look: impl Fn(Option<u64>) + Send + Sync + 'static) {
    let stamp = |buffer: &gst::BufferRef| buffer.pts().map(gst::ClockTime::nseconds);
    pad.add_probe(
        gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST,
        move |_, info| {
            match &info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => look(stamp(buffer)),
                Some(gst::PadProbeData::BufferList(list)) => list.iter().for_each(|buffer| look(stamp(buffer))),
                _ => {}
            }
            gst::PadProbeReturn::Ok
        },
    );
}

/// How often commits are looked for.
pub(super) const LOOK: Duration = Duration::from_millis(1);
