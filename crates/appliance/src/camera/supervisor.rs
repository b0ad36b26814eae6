//! The thread that keeps a camera's pipeline running.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    attempt::{Attempt, News},
    backoff::Backoff,
    face::{Face, Phase},
    fault::{Fault, FaultKind},
    memory,
};
use crate::pipeline::{Kind, Line};

/// How often a running camera is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// A camera that ran so long is well: the next wait is a short one again.
const WELL: Duration = Duration::from_secs(10);

/// Hears of a camera's ups and downs. Called on the camera's thread.
pub trait Listener: Send + 'static {
    /// Frames come; after an outage of so long, if it was lost before.
    fn up(&mut self, camera: &Line, outage: Option<Duration>);
    /// Frames come no more.
    fn down(&mut self, camera: &Line, fault: &Fault);
}

/// A camera under supervision. Dropped, its pipeline ends, and what it told is on disk.
#[derive(Debug)]
pub struct Camera {
    line: Line,
    face: Face,
    orders: mpsc::Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Interval(u32),
    Stop,
}

impl Camera {
    /// Begins to watch.
    pub fn start(line: Line, listener: impl Listener) -> io::Result<Self> {
        let model = line
            .words
            .iter()
            .find_map(|word| word.strip_prefix("model="))
            .unwrap_or_default();
        let model = model.rsplit('/').next().unwrap_or_default().to_owned();
        let face = Face::new(line.shown.clone(), line.interval, line.priority, model);
        let (orders, inbox) = mpsc::channel();
        let mut keeper = Keeper {
            interval: line.interval,
            line: line.clone(),
            face: face.clone(),
            inbox,
            backoff: Backoff::default(),
            broken: None,
            listener: Box::new(listener),
            stopped: false,
        };
        // The kernel keeps 15 characters of a thread's name.
        let thread = thread::Builder::new()
            .name(format!("cam-{}", line.camera))
            .spawn(move || keeper.run())?;
        Ok(Self {
            line,
            face,
            orders,
            thread: Some(thread),
        })
    }

    /// What it runs.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// What it shows of itself.
    pub fn face(&self) -> &Face {
        &self.face
    }

    /// Lets the model look at one frame of so many.
    pub fn set_interval(&self, interval: u32) {
        self.order(Order::Interval(interval));
    }

    /// Asks it to stop, without waiting for it.
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::debug!(camera = %self.line.camera, "the camera's thread has ended");
        }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(camera = %self.line.camera, "the camera's thread ended with a panic");
        }
    }
}

struct Keeper {
    line: Line,
    face: Face,
    interval: u32,
    inbox: mpsc::Receiver<Order>,
    backoff: Backoff,
    /// Why the hardware decoder is not used any more.
    broken: Option<String>,
    listener: Box<dyn Listener>,
    stopped: bool,
}

impl Keeper {
    fn run(&mut self) {
        while !self.stopped {
            // A fault of our own in one camera's thread ends that try only.
            let result = catch_unwind(AssertUnwindSafe(|| self.attempt()));
            let fault = match result {
                Ok(Ok(())) => continue,
                Ok(Err(fault)) => fault,
                Err(_) => Fault::new(FaultKind::Failed, "a panic in the camera's thread"),
            };
            if self.stopped {
                break;
            }
            if fault.kind == FaultKind::Ended && self.line.kind == (Kind::File { repeats: false }) {
                tracing::info!(camera = %self.line.camera, "the recording is at its end");
                self.wait(None);
                break;
            }
            self.lost(&fault);
            let wait = self.backoff.next(fault.kind.wants_a_person(), random());
            self.wait(Some(wait));
        }
        self.face.over();
    }

    /// One pipeline, until it ends; Ok if it is to begin anew at once.
    fn attempt(&mut self) -> Result<(), Fault> {
        self.face.phase(Phase::Opening);
        self.face.begins();
        let hardware = self.line.hardware && self.broken.is_none();
        let mut attempt = Attempt::start(&self.line, self.interval, hardware)?;
        let result = self.watch(&mut attempt);
        self.face.look(&mut attempt, self.broken.as_deref());
        self.face.phase(Phase::Closing);
        drop(attempt);
        memory::give_back();
        result
    }

    fn watch(&mut self, attempt: &mut Attempt) -> Result<(), Fault> {
        self.face.phase(Phase::Watching);
        let mut ran = None;
        let mut looked = Instant::now();
        loop {
            while let Ok(order) = self.inbox.try_recv() {
                match order {
                    Order::Stop => {
                        self.stopped = true;
                        return Ok(());
                    }
                    Order::Interval(interval) => {
                        self.interval = interval;
                        self.face.set_interval(interval);
                        attempt.set_interval(interval);
                    }
                }
            }
            match attempt.news(LOOK) {
                Some(News::End) if self.line.kind == (Kind::File { repeats: true }) && attempt.is_running() => {
                    return Ok(());
                }
                Some(News::End) => return Err(Fault::new(FaultKind::Ended, "the stream has ended")),
                Some(News::Fault { fault, hardware }) => {
                    if hardware {
                        self.broken = Some(fault.text.clone());
                        tracing::warn!(camera = %self.line.camera, "the hardware decoder failed, the next try is without: {}", fault.text);
                    }
                    return Err(fault);
                }
                Some(News::Warning(text)) => tracing::warn!(camera = %self.line.camera, "{text}"),
                None => {}
            }
            // News may come without a pause.
            if looked.elapsed() < LOOK / 2 {
                continue;
            }
            looked = Instant::now();
            if let Some(back) = self.face.look(attempt, self.broken.as_deref()) {
                ran = Some(Instant::now());
                self.listener.up(&self.line, back.outage);
            }
            if ran.is_some_and(|at| at.elapsed() > WELL) {
                self.backoff.reset();
            }
            attempt.check()?;
        }
    }

    fn lost(&mut self, fault: &Fault) {
        if self.face.lost(fault) {
            self.listener.down(&self.line, fault);
        } else {
            tracing::debug!(camera = %self.line.camera, kind = fault.kind.as_str(), "{}", fault.text);
        }
    }

    /// Waits; without a limit until it is stopped.
    fn wait(&mut self, wait: Option<Duration>) {
        let until = wait.map(|wait| Instant::now() + wait);
        while !self.stopped && until.is_none_or(|until| Instant::now() < until) {
            self.face.phase(Phase::Waiting);
            let left = until.map_or(LOOK, |until| until.saturating_duration_since(Instant::now()));
            match self.inbox.recv_timeout(left.min(LOOK)) {
                Ok(Order::Interval(interval)) => {
                    self.interval = interval;
                    self.face.set_interval(interval);
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => self.stopped = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// From 0 to 1. The keys of the standard library's hash maps are random enough to spread tries.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
