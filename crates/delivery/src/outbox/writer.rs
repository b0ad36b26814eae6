//! The thread that owns the outbox: seals, numbers and commits drafts in groups, and answers the courier.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use luchs_scene::{Draft, Name};
use luchs_seal::Sealer;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Command, Inbox, OutboxError, Verdict, damage::Damage, inbox::Lost, recover, store::Store};
use crate::{
    backoff::{Backoff, random},
    clock::Clock,
    notice::{Board, Severity, Topic},
    settings::{Replay, Retention},
    stats::{Counters, set_error},
};

mod batch;
#[cfg(test)]
mod tests;

use batch::Batch;

/// Most drafts in one transaction.
const GROUP: usize = 256;
/// Least time between two transactions that are not full, so that a flood of single events is committed in groups.
const LINGER: Duration = Duration::from_millis(20);
/// Most time between two transactions: age counts even when nothing happens.
const UPKEEP: Duration = Duration::from_secs(30);
/// How often the recipients' folder is looked at while there are no events.
const LOOK: Duration = Duration::from_secs(2);

pub(crate) struct WriterSettings {
    pub(crate) path: PathBuf,
    pub(crate) prefix: String,
    pub(crate) boot: Uuid,
    pub(crate) retention: Retention,
    pub(crate) replay: Replay,
}

pub(crate) struct Writer {
    settings: WriterSettings,
    device: Name,
    sealer: Sealer,
    /// None while it cannot even be opened.
    store: Option<Store>,
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    board: Arc<Board>,
    /// There may be something new to send.
    news: Arc<Notify>,
    /// Taken from the inbox, not committed yet.
    hand: (Lost, Vec<Draft>),
    /// What the courier learned, not committed yet.
    verdicts: HashMap<u64, Verdict>,
    clock: Clock,
    last_commit: Instant,
    last_look: Instant,
    retry: Option<Instant>,
    backoff: Backoff,
    /// Whether there was a connection in this run.
    met: bool,
}

impl Writer {
    /// Opens the outbox. A full or failing disk is no error: then it is tried again later.
    pub(crate) fn open(
        settings: WriterSettings,
        sealer: Sealer,
        inbox: Arc<Inbox>,
        counters: Arc<Counters>,
        board: Arc<Board>,
        news: Arc<Notify>,
    ) -> Result<Self, OutboxError> {
        let now = Instant::now();
        let mut writer = Self {
            device: sealer.key().device().clone(),
            settings,
            sealer,
            store: None,
            inbox,
            counters,
            board,
            news,
            hand: (Lost::default(), Vec::new()),
            verdicts: HashMap::new(),
            clock: Clock::new(),
            last_commit: now.checked_sub(LINGER).unwrap_or(now),
            last_look: now,
            retry: None,
            backoff: Backoff::new(Duration::from_millis(500), Duration::from_secs(15)),
            met: false,
        };
        writer.note_recipients();
        match writer.open_store() {
            Err(error) if error.is_passing() => writer.failed(&error),
            other => other?,
        }
        Ok(writer)
    }

    fn open_store(&mut self) -> Result<(), OutboxError> {
        let (mut store, damage) = Store::open(&self.settings.path, &self.device)?;
        // What was refused for good is tried again once per start: someone may have put the broker right.
        if store.totals().parked > 0 {
            #[expect(
                clippy::redundant_closure_for_method_calls,
                reason = "the method's lifetime is too narrow"
            )]
            store.transact(|change| change.unpark())?;
        }
        if let Some(damage) = damage {
            self.report(&damage);
        }
        if let Err(error) = store.note_limits(&self.settings.retention) {
            // For those who look at the file only. If it cannot be written, the first commit says so.
            tracing::debug!("{error}");
        }
        self.counters.acknowledged.store(store.totals().acknowledged, Relaxed);
        self.store = Some(store);
        self.publish_totals();
        Ok(())
    }

    /// Works until the inbox is stopped; what is in it then is still committed if that is possible.
    pub(crate) fn run(mut self) {
        while self.step() {}
        let left = self.hand.1.len() + self.inbox.waiting();
        if left > 0 {
            let path = self.settings.path.display();
            let text = format!("{left} events are lost: the outbox {path} could not be written until the end");
            self.board.post(Severity::Error, Topic::Storage, text);
        }
    }

    /// Waits for something to do and does it; false when it is time to go.
    fn step(&mut self) -> bool {
        self.counters.writer_signs.fetch_add(1, Relaxed);
        let (deadline, enough) = self.schedule();
        let look = self.last_look + LOOK;
        let work = self.inbox.wait(deadline.map(|deadline| deadline.min(look)), enough);
        for command in work.commands {
            self.obey(command);
        }
        self.look();
        let now = Instant::now();
        let due = match self.retry {
            Some(retry) => retry <= now || work.stop,
            None if now >= self.last_commit + UPKEEP => true,
            None => {
                let now_or_never = work.hurry || work.stop || self.inbox.waiting() >= GROUP;
                self.has_work() && (now_or_never || now >= self.last_commit + LINGER)
            }
        };
        if due {
            self.commit();
        }
        !(work.stop && (self.retry.is_some() || !self.has_work()))
    }

    fn has_work(&self) -> bool {
        let (lost, drafts) = &self.hand;
        !drafts.is_empty() || lost.count > 0 || !self.verdicts.is_empty() || self.inbox.has_drafts()
    }

    /// Until when to wait at most, and how many drafts are a reason to wake before.
    fn schedule(&self) -> (Option<Instant>, Option<usize>) {
        let linger = self.last_commit + LINGER;
        match self.retry {
            Some(retry) => (Some(retry), None),
            None if Instant::now() < linger => (Some(linger), Some(GROUP)),
            None => (Some(self.last_commit + UPKEEP), Some(1)),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Settle {
                seq,
                verdict,
                generation,
            } => {
                if generation == self.counters.generation.load(Relaxed) {
                    self.verdicts.insert(seq, verdict);
                }
            }
            Command::Fetch {
                after,
                except,
                limit,
                reply,
            } => {
                let rows = self
                    .store
                    .as_ref()
                    .map(|store| store.pending(after, &except, limit + self.verdicts.len()));
                let mut rows = self.read(rows);
                rows.retain(|row| !self.verdicts.contains_key(&row.seq));
                rows.truncate(limit);
                // Nobody waits any more if the courier was stopped meanwhile; likewise below.
                let _ = reply.send(rows);
            }
            Command::Oldest { topic, reply } => {
                let row = self.store.as_ref().map(|store| store.oldest_on(&topic));
                let row = self.read(row).filter(|row| !self.verdicts.contains_key(&row.seq));
                let _ = reply.send(row);
            }
            Command::Waiting { topic, reply } => {
                let limit = self.verdicts.len() + 1;
                let numbers = self.store.as_ref().map(|store| store.pending_on(&topic, limit));
                let unknown = numbers.as_ref().is_none_or(Result::is_err);
                let numbers = self.read(numbers);
                let waiting = unknown || numbers.iter().any(|seq| !self.verdicts.contains_key(seq));
                if !waiting && !self.verdicts.is_empty() && self.retry.is_none() {
                    // Who waits looks at the counts next, or ends the process: what the broker has said is written first.
                    self.commit();
                }
                let _ = reply.send(waiting || !self.verdicts.is_empty());
            }
            Command::Unpark => self.unpark(),
            Command::Session { broker, present, reply } => {
                self.session(&broker, present);
                let _ = reply.send(());
            }
        }
    }

    fn read<T: Default>(&mut self, result: Option<Result<T, OutboxError>>) -> T {
        match result {
            None => T::default(),
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.failed(&error);
                T::default()
            }
        }
    }

    fn unpark(&mut self) {
        let Some(store) = &mut self.store else { return };
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method's lifetime is too narrow"
        )]
        match store.transact(|change| change.unpark()) {
            Ok(_) => {
                self.publish_totals();
                self.news.notify_one();
            }
            Err(error) => self.failed(&error),
        }
    }

    /// A file that someone removed or exchanged while it is in use is made again.
    fn stay_in_place(&mut self) {
        let Some(store) = self.store.as_mut().filter(|store| store.is_displaced()) else {
            return;
        };
        match store.move_back(&self.device) {
            Ok(damage) => {
                self.report(&damage);
                self.renumbered();
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Numbers of the old file mean nothing in the new one.
    fn renumbered(&mut self) {
        self.verdicts.clear();
        self.counters.generation.fetch_add(1, Relaxed);
        self.publish_totals();
        self.news.notify_one();
    }

    /// Someone wants what was refused for good to be tried again.
    fn release(&mut self) {
        let parked = self.counters.parked.load(Relaxed);
        self.unpark();
        if self.counters.parked.load(Relaxed) > 0 {
            return;
        }
        recover::answered(&self.settings.path);
        // The courier is past them. It begins again from the oldest when it finds another generation.
        self.counters.generation.fetch_add(1, Relaxed);
        self.news.notify_one();
        let text = format!("{parked} events that the broker had refused are tried again, as asked for");
        self.board.post(Severity::Info, Topic::Storage, text);
    }

    fn session(&mut self, broker: &str, present: bool) {
        // First what was acknowledged before: it counts as lost as well.
        if !self.verdicts.is_empty() {
            self.commit();
        }
        let Some(store) = &mut self.store else { return };
        let met = std::mem::replace(&mut self.met, true);
        match store.transact(|change| change.session(broker, present, met)) {
            Ok(0) => {}
            Ok(again) => {
                self.counters.acknowledged.fetch_sub(again, Relaxed);
                self.counters.replayed.fetch_add(again, Relaxed);
                self.publish_totals();
                if present {
                    tracing::info!("{again} events that the broker may not have saved are sent again");
                    return;
                }
                let text = format!(
                    "the broker has lost its memory: {again} events that it had acknowledged lately are sent again"
                );
                self.board.post(Severity::Warning, Topic::Link, text);
            }
            Err(error) => self.failed(&error),
        }
    }

    fn commit(&mut self) {
        if self.store.is_none()
            && let Err(error) = self.open_store()
        {
            return self.failed(&error);
        }
        if self.hand.1.is_empty() && self.hand.0.count == 0 {
            self.hand = self.inbox.take(GROUP);
        }
        if !self.hand.1.is_empty() {
            self.look_at_recipients();
        }
        let Some(store) = &mut self.store else { return };
        let (lost, drafts) = &self.hand;
        let batch = Batch {
            settings: &self.settings,
            sealer: &self.sealer,
            device: &self.device,
            board: &self.board,
            epoch: store.epoch(),
            now: self.clock.now_ms(),
            connected: self.counters.connected.load(Relaxed),
        };
        match store.transact(|change| batch.write(change, lost, drafts, &self.verdicts)) {
            Ok(written) => {
                let drafts = drafts.len() as u64;
                self.counters.committed.fetch_add(written.committed, Relaxed);
                self.counters.acknowledged.fetch_add(written.acknowledged, Relaxed);
                // Those lost before were counted when they were dropped.
                self.counters.dropped.fetch_add(written.dropped, Relaxed);
                self.hand = (Lost::default(), Vec::new());
                self.verdicts.clear();
                self.last_commit = Instant::now();
                self.publish_totals();
                self.inbox.done(drafts);
                self.recovered();
                if written.committed > 0 {
                    self.news.notify_one();
                }
            }
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &OutboxError) {
        if error.is_damage()
            && let Some(store) = self.store.take()
        {
            match store.replace(error, &self.device) {
                Ok((store, damage)) => {
                    self.report(&damage);
                    self.store = Some(store);
                    self.renumbered();
                    return;
                }
                Err(error) => return self.failed(&error),
            }
        }
        let wait = self.backoff.next(random());
        self.retry = Some(Instant::now() + wait);
        self.inbox.set_failing(true);
        let waiting = self.hand.1.len() + self.inbox.waiting();
        let text = format!(
            "the outbox {} cannot be written: {}; {waiting} events are held in memory; next try in {:.1} s",
            self.settings.path.display(),
            error.plainly(),
            wait.as_secs_f32(),
        );
        set_error(&self.counters.storage_error, Some(text.clone()));
        self.board
            .post_seldom(&error.plainly(), Severity::Error, Topic::Storage, text);
    }

    fn recovered(&mut self) {
        if self.retry.take().is_none() {
            return;
        }
        self.backoff.reset();
        self.inbox.set_failing(false);
        set_error(&self.counters.storage_error, None);
        let text = format!("the outbox {} can be written again", self.settings.path.display());
        self.board.post(Severity::Info, Topic::Storage, text);
    }

    fn report(&self, damage: &Damage) {
        let aside = if damage.aside.exists() {
            format!(" What was there was set aside as {};", damage.aside.display())
        } else {
            String::new()
        };
        let text = format!(
            "{}.{aside} {} undelivered events were taken over into a new one at {}",
            damage.reason,
            damage.salvaged,
            self.settings.path.display(),
        );
        self.board.post(Severity::Error, Topic::Storage, text);
    }

    /// Looks whether the recipients have changed. A broken file changes nothing but is reported.
    fn look(&mut self) {
        if self.last_look.elapsed() < LOOK {
            return;
        }
        self.last_look = Instant::now();
        self.note_oldest();
        self.stay_in_place();
        if recover::is_asked(&self.settings.path) {
            self.release();
        }
        self.look_at_recipients();
    }

    /// Before events are sealed as well: who was added or removed counts from the next one on.
    fn look_at_recipients(&mut self) {
        match self.sealer.refresh() {
            Ok(false) => {}
            Ok(true) => {
                self.note_recipients();
                let keys = self.sealer.recipients().keys().iter();
                let kids: Vec<_> = keys.map(luchs_seal::RecipientPublic::kid).collect();
                let text = format!("events are now encrypted to {}", kids.join(", "));
                self.board.post(Severity::Info, Topic::Recipients, text);
            }
            Err(error) => {
                let text = format!("{error}; events are encrypted to the previous recipients");
                let matter = text.clone();
                self.board
                    .post_seldom(&matter, Severity::Warning, Topic::Recipients, text);
            }
        }
    }

    fn publish_totals(&self) {
        let Some(store) = &self.store else { return };
        self.counters.pending.store(store.totals().pending, Relaxed);
        self.counters.parked.store(store.totals().parked, Relaxed);
        self.counters.waiting_bytes.store(store.totals().waiting_bytes, Relaxed);
        let waits = store.totals().pending + store.totals().parked > 0;
        let known = self.counters.facts().oldest.is_some();
        // What has gone meanwhile is seen when it is looked at again.
        if waits != known {
            self.note_oldest();
        }
    }

    fn note_oldest(&self) {
        // A file that cannot be read is told of where it matters.
        let oldest = self
            .store
            .as_ref()
            .and_then(|store| store.oldest_waiting().ok())
            .flatten();
        self.counters.facts().oldest = oldest;
    }

    fn note_recipients(&self) {
        let count = self.sealer.recipients().keys().len() as u64;
        self.counters.recipients.store(count, Relaxed);
    }
}
