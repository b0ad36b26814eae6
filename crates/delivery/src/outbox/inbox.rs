//! What waits for the writer: drafts without numbers, and commands of the courier.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, Instant},
};

use luchs_scene::{Draft, Latencies, Name};
use tokio::sync::oneshot;

use super::{Row, Verdict};

mod queue;

use queue::Queue;

/// What the courier wants of the writer.
#[derive(Debug)]
pub(crate) enum Command {
    /// Pending events after a number, without those on some topics.
    Fetch {
        after: u64,
        except: Vec<String>,
        limit: usize,
        reply: oneshot::Sender<Vec<Row>>,
    },
    /// The oldest pending event on a topic.
    Oldest {
        topic: String,
        reply: oneshot::Sender<Option<Row>>,
    },
    /// Whether any pending event on a topic has no answer yet.
    Waiting { topic: String, reply: mpsc::Sender<bool> },
    /// What became of an event, of the file that was in use when it was fetched.
    Settle {
        seq: u64,
        verdict: Verdict,
        generation: u64,
    },
    /// What was refused for good becomes pending again.
    Unpark,
    /// The broker is connected, and says whether it knows us. Answered when nothing that it lost is still counted as
    /// acknowledged.
    Session {
        broker: String,
        present: bool,
        reply: oneshot::Sender<()>,
    },
}

/// Bounded; nothing ever waits in it for long.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// Something was put in.
    filled: Condvar,
    /// Something was taken out, or settled.
    emptied: Condvar,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    drafts: Queue,
    /// When what the writer has in hand came about.
    in_hand: VecDeque<Instant>,
    /// From there until it was done.
    latencies: Latencies,
    /// How many were dropped since the writer last took some, and whose the last was.
    lost: Lost,
    commands: Vec<Command>,
    /// Whether the outbox cannot be written at present.
    failing: bool,
    hurry: bool,
    phase: Phase,
    /// How many drafts were ever put in, and how many of them are committed or lost.
    submitted: u64,
    done: u64,
    lost_ever: u64,
}

/// Whether the writer is wanted, and there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    Stopping,
    Closed,
}

/// Drafts that were dropped because the outbox could not be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    pub(crate) count: u64,
    pub(crate) camera: Option<Name>,
}

/// What the writer takes out at a time.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) commands: Vec<Command>,
    /// Someone waits for the commit.
    pub(crate) hurry: bool,
    pub(crate) stop: bool,
}

/// How long a submitter waits for room at most, while the outbox works.
const PATIENCE: Duration = Duration::from_millis(500);

impl Inbox {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
            limit,
        }
    }

    /// Takes drafts in, of something that came about at `arrived`. When there is no room the oldest draft of the least
    /// priority is dropped, counted; but as long as the outbox works, only after some patience. How many were dropped.
    pub(crate) fn submit(&self, drafts: impl IntoIterator<Item = Draft>, arrived: Instant) -> u64 {
        let mut dropped = 0;
        let mut state = self.state();
        for draft in drafts {
            if state.drafts.len() >= self.limit && !state.failing {
                self.filled.notify_one();
                let full = |state: &mut State| state.drafts.len() >= self.limit && !state.failing;
                state = match self.emptied.wait_timeout_while(state, PATIENCE, full) {
                    Ok((state, _)) => state,
                    Err(poisoned) => poisoned.into_inner().0,
                };
            }
            state.drafts.push(draft, arrived);
            state.submitted += 1;
            while state.drafts.len() > self.limit {
                // It may be the new one.
                let Some(given_up) = state.drafts.give_up() else { break };
                state.lost.count += 1;
                state.lost.camera = Some(given_up.camera);
                state.lost_ever += 1;
                state.done += 1;
                dropped += 1;
            }
        }
        drop(state);
        // Once: the writer commits what belongs together in one transaction, and then rests for a moment.
        self.filled.notify_one();
        dropped
    }

    /// Gives the writer a command. If there is no writer any more it is dropped, and with it the place for the answer.
    pub(crate) fn command(&self, command: Command) {
        let mut state = self.state();
        if state.phase == Phase::Closed {
            return;
        }
        state.commands.push(command);
        drop(state);
        self.filled.notify_one();
    }

    /// The writer is gone, by its own will or by a fault: nobody may wait for it any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.phase = Phase::Closed;
        state.failing = true;
        state.commands.clear();
        drop(state);
        self.emptied.notify_all();
    }

    pub(crate) fn stop(&self) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.phase = Phase::Stopping;
        }
        drop(state);
        self.filled.notify_one();
        self.emptied.notify_all();
    }

    /// Waits until everything that was submitted so far is committed; false if it takes too long, or if any of it was
    /// dropped meanwhile.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.state();
        let (target, lost) = (state.submitted, state.lost_ever);
        state.hurry = true;
        self.filled.notify_one();
        let unfinished = |state: &mut State| state.done < target && state.phase == Phase::Open;
        let state = match self.emptied.wait_timeout_while(state, timeout, unfinished) {
            Ok((state, _)) => state,
            Err(poisoned) => poisoned.into_inner().0,
        };
        state.done >= target && state.lost_ever == lost
    }

    /// For the writer: waits until there is something to do, at most until `deadline`. Drafts are a reason to wake when there
    /// are `enough`; none are if it is None.
    pub(crate) fn wait(&self, deadline: Option<Instant>, enough: Option<usize>) -> Work {
        let mut state = self.state();
        loop {
            let drafts =
                enough.is_some_and(|enough| state.drafts.len() >= enough || (enough == 1 && state.lost.count > 0));
            if drafts || !state.commands.is_empty() || state.hurry || state.phase != Phase::Open {
                break;
            }
            let now = Instant::now();
            state = match deadline {
                None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) if deadline <= now => break,
                Some(deadline) => match self.filled.wait_timeout(state, deadline - now) {
                    Ok((state, _)) => state,
                    Err(poisoned) => poisoned.into_inner().0,
                },
            };
        }
        let hurry = std::mem::take(&mut state.hurry);
        Work {
            commands: std::mem::take(&mut state.commands),
            hurry,
            stop: state.phase != Phase::Open,
        }
    }

    /// For the writer: the next drafts, and what was lost just before the first of them.
    pub(crate) fn take(&self, limit: usize) -> (Lost, Vec<Draft>) {
        let mut guard = self.state();
        let state = &mut *guard;
        let lost = std::mem::take(&mut state.lost);
        let (drafts, arrivals): (Vec<_>, Vec<_>) = std::iter::from_fn(|| state.drafts.pop()).take(limit).unzip();
        state.in_hand.extend(arrivals);
        drop(guard);
        self.emptied.notify_all();
        (lost, drafts)
    }

    /// Whether something waits to be taken.
    pub(crate) fn has_drafts(&self) -> bool {
        let state = self.state();
        !state.drafts.is_empty() || state.lost.count > 0
    }

    /// How many drafts wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().drafts.len()
    }

    /// For the writer: `count` drafts are committed, or given up for good.
    pub(crate) fn done(&self, count: u64) {
        let mut guard = self.state();
        let state = &mut *guard;
        state.done += count;
        let finished = (count as usize).min(state.in_hand.len());
        let now = Instant::now();
        for arrived in state.in_hand.drain(..finished) {
            state.latencies.add(now.saturating_duration_since(arrived));
        }
        drop(guard);
        self.emptied.notify_all();
    }

    /// How long it took from the arrival of what a draft tells to its commit.
    pub(crate) fn latencies(&self) -> Latencies {
        self.state().latencies.clone()
    }

    pub(crate) fn set_failing(&self, failing: bool) {
        self.state().failing = failing;
        self.emptied.notify_all();
    }

    /// Whether nothing waits to be committed.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.state();
        state.done >= state.submitted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use luchs_scene::{Utc, event::Kind};

    use super::*;

    fn draft() -> Draft {
        Draft::new(Kind::ObjectNew, "gate".parse().unwrap(), Utc::from_unix_millis(0))
    }

    #[test]
    fn a_writer_that_is_gone_holds_up_nobody() {
        let inbox = Inbox::new(10);
        let (reply, mut before) = oneshot::channel();
        inbox.command(Command::Oldest {
            topic: "a".into(),
            reply,
        });
        inbox.close();
        let (reply, mut after) = oneshot::channel();
        inbox.command(Command::Oldest {
            topic: "a".into(),
            reply,
        });
        assert!(before.try_recv().is_err() && after.try_recv().is_err());
        let begun = Instant::now();
        let dropped = (0..30).map(|_| inbox.submit([draft()], Instant::now())).sum::<u64>();
        assert_eq!(dropped, 20);
        assert!(!inbox.flush(Duration::from_mins(1)));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_flood_waits_for_the_disk_a_little_and_loses_nothing_while_it_works() {
        let inbox = std::sync::Arc::new(Inbox::new(10));
        let writer = {
            let inbox = inbox.clone();
            std::thread::spawn(move || {
                let mut taken = 0;
                while taken < 500 {
                    inbox.wait(None, Some(1));
                    let (lost, drafts) = inbox.take(7);
                    assert_eq!(lost.count, 0);
                    taken += drafts.len();
                    inbox.done(drafts.len() as u64);
                }
            })
        };
        assert!((0..250).all(|_| inbox.submit([draft(), draft()], Instant::now()) == 0));
        assert!(inbox.flush(Duration::from_secs(20)) && inbox.is_settled());
        writer.join().unwrap();
    }

    #[test]
    fn a_writer_that_waits_gets_what_belongs_together_at_once() {
        let inbox = std::sync::Arc::new(Inbox::new(10));
        for _ in 0..100 {
            let writer = {
                let inbox = inbox.clone();
                std::thread::spawn(move || {
                    inbox.wait(None, Some(1));
                    inbox.take(9).1.len()
                })
            };
            inbox.submit((0..3).map(|_| draft()), Instant::now());
            assert_eq!(writer.join().unwrap(), 3);
        }
    }

    #[test]
    fn without_room_the_least_important_go_first_and_the_rest_keeps_its_order() {
        let inbox = Inbox::new(4);
        inbox.set_failing(true);
        let of = |kind, number| Draft {
            kind,
            stream_time_ns: Some(number),
            ..draft()
        };
        let kinds = [
            Kind::DeviceStatus,
            Kind::ObjectUpdate,
            Kind::ObjectNew,
            Kind::ObjectUpdate,
            Kind::ObjectEnd,
            Kind::ObjectNew,
            Kind::ObjectNew,
            Kind::ObjectUpdate,
        ];
        let dropped: u64 = kinds
            .into_iter()
            .zip(0..)
            .map(|(kind, number)| inbox.submit([of(kind, number)], Instant::now()))
            .sum();
        let (lost, drafts) = inbox.take(9);
        let kept: Vec<_> = drafts.iter().filter_map(|draft| draft.stream_time_ns).collect();
        // Both updates, then the oldest change, then the last update at once: it is worth less than all that wait.
        assert_eq!((dropped, lost.count, kept), (4, 4, vec![0, 4, 5, 6]));
    }

    #[test]
    fn latencies_are_those_of_what_was_committed() {
        let inbox = Inbox::new(2);
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        inbox.submit([draft()], ago(40));
        let (_, drafts) = inbox.take(1);
        inbox.set_failing(true);
        for seconds in [30, 20, 10] {
            inbox.submit([draft()], ago(seconds));
        }
        inbox.done(drafts.len() as u64);
        let (lost, drafts) = inbox.take(9);
        inbox.done(drafts.len() as u64);
        let latencies = inbox.latencies();
        assert_eq!((lost.count, latencies.count(), latencies.max().as_secs()), (1, 3, 40));
        let average = latencies.average().as_secs_f64();
        assert!((average - 70.0 / 3.0).abs() < 1.0, "{average}");
    }
}
