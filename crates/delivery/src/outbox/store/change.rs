//! What one transaction can do.

use std::time::Duration;

use luchs_scene::event::{GapReason, Priority};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::{ACKNOWLEDGED, Dropped, PARKED, PENDING, Totals, Verdict, totals};
use crate::{
    outbox::StoredEvent,
    settings::{Replay, Retention},
};

/// Before 2024 a clock was not set yet: such a time says nothing about age.
const CLOCK_SET_MS: i64 = 1_704_067_200_000;

/// Milliseconds that a broker may be behind with saving what it has acknowledged: twice the interval of `luchs broker init`.
const UNSAVED: i64 = 10_000;

/// An event to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) topic: &'a str,
    /// Sealed.
    pub(crate) payload: &'a [u8],
    pub(crate) priority: Priority,
    /// Of a gap: how many events it announces, and the first of their numbers.
    pub(crate) gap: Option<(u64, u64)>,
}

/// An event that may be given up.
struct Waiting {
    seq: u64,
    topic: String,
    bytes: u64,
    state: i64,
    lost: u64,
    lost_from: Option<u64>,
    created: i64,
}

/// One transaction.
pub(crate) struct Change<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) next_seq: u64,
    pub(super) totals: Totals,
}

impl Change<'_> {
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Uses up `count` numbers without events.
    pub(crate) fn skip(&mut self, count: u64) {
        self.next_seq += count;
    }

    /// Adds the event of number [`Self::next_seq`].
    pub(crate) fn append(&mut self, entry: &Entry<'_>, now: i64) -> rusqlite::Result<()> {
        self.insert(self.next_seq, entry, now)?;
        self.next_seq += 1;
        Ok(())
    }

    /// Takes over an event from another file, at the same place. Numbers of this epoch begin after it.
    pub(crate) fn adopt(&mut self, event: &StoredEvent) -> rusqlite::Result<()> {
        self.insert(event.seq, &event.entry(), event.created)?;
        self.next_seq = self.next_seq.max(event.seq + 1);
        Ok(())
    }

    /// Takes over events from another file behind all that are here. Their places are not numbers of this epoch, so
    /// another one begins.
    pub(crate) fn adopt_behind(&mut self, events: &[StoredEvent]) -> rusqlite::Result<Uuid> {
        for event in events {
            self.insert(self.next_seq, &event.entry(), event.created)?;
            self.next_seq += 1;
        }
        let epoch = Uuid::new_v4();
        self.transaction
            .execute("UPDATE meta SET value = ?1 WHERE key = 'epoch'", [epoch.to_string()])?;
        Ok(epoch)
    }

    fn insert(&mut self, seq: u64, entry: &Entry<'_>, created: i64) -> rusqlite::Result<()> {
        let insert = "INSERT INTO event (seq, topic, payload, created, priority, lost, lost_from)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = self.transaction.prepare_cached(insert)?;
        let (lost, lost_from) = entry.gap.map_or((0, None), |(count, from)| (count, Some(from)));
        insert.execute(params![
            seq,
            entry.topic,
            entry.payload,
            created,
            entry.priority as i64,
            lost,
            lost_from
        ])?;
        self.totals.pending += 1;
        self.totals.waiting_bytes += entry.payload.len() as u64;
        Ok(())
    }

    /// Adds to the count of all events that were ever given up for `reason`.
    pub(crate) fn count_dropped(&mut self, reason: GapReason, count: u64) -> rusqlite::Result<()> {
        let upsert = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + ?2";
        self.transaction
            .prepare_cached(upsert)?
            .execute(params![dropped_key(reason), count])?;
        Ok(())
    }

    pub(super) fn set_meta(&mut self, key: &str, value: i64) -> rusqlite::Result<()> {
        let upsert = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2";
        self.transaction.execute(upsert, params![key, value]).map(drop)
    }

    /// Settles a pending event; false if it is not pending (any more).
    pub(crate) fn settle(&mut self, seq: u64, verdict: Verdict, now: i64) -> rusqlite::Result<bool> {
        let update = "UPDATE event SET state = ?2, acknowledged_at = ?3, refused = ?4 WHERE seq = ?1 AND state = 0
                      RETURNING length(payload)";
        let (state, refused) = match verdict {
            Verdict::Acknowledged => (ACKNOWLEDGED, None),
            Verdict::Parked(refusal) => (PARKED, Some(refusal.number())),
        };
        let mut update = self.transaction.prepare_cached(update)?;
        let bytes: Option<u64> = update
            .query_row(params![seq, state, now, refused], |row| row.get(0))
            .optional()?;
        let Some(bytes) = bytes else { return Ok(false) };
        self.totals.pending -= 1;
        match verdict {
            Verdict::Acknowledged => {
                self.totals.acknowledged += 1;
                self.totals.acknowledged_bytes += bytes;
                self.totals.waiting_bytes -= bytes;
            }
            Verdict::Parked(_) => self.totals.parked += 1,
        }
        Ok(true)
    }

    /// Parked events become pending again.
    pub(crate) fn unpark(&mut self) -> rusqlite::Result<u64> {
        let count = self.transaction.execute(
            "UPDATE event SET state = ?1, refused = NULL WHERE state = ?2",
            [PENDING, PARKED],
        )?;
        self.totals = totals(&self.transaction)?;
        Ok(count as u64)
    }

    /// Notes that the broker `broker` has a session of ours. If it is the one that had one before and says now that it
    /// has none (`present` false), it has lost its memory: all acknowledged events become pending again. If it has the
    /// session, it may have died all the same and be back with what it had saved last: then those become pending again that
    /// were acknowledged in the last seconds before the connection ended. Not at the first connection of a run (`met` false):
    /// readers who came since would be told what was before them.
    pub(crate) fn session(&mut self, broker: &str, present: bool, met: bool) -> rusqlite::Result<u64> {
        let query = "SELECT value FROM meta WHERE key = 'session'";
        let before: Option<String> = self.transaction.query_row(query, [], |row| row.get(0)).optional()?;
        let known = before.as_deref() == Some(broker);
        let mut again = 0;
        if known && (met || !present) {
            let since = if present { UNSAVED } else { i64::MAX };
            let update = "UPDATE event SET state = ?1, acknowledged_at = NULL WHERE state = ?2 AND acknowledged_at >=
                          (SELECT max(acknowledged_at) FROM event WHERE state = ?2) - ?3";
            again = self
                .transaction
                .execute(update, params![PENDING, ACKNOWLEDGED, since])? as u64;
            self.totals = totals(&self.transaction)?;
        }
        if !known {
            let upsert = "INSERT INTO meta (key, value) VALUES ('session', ?1) ON CONFLICT DO UPDATE SET value = ?1";
            self.transaction.execute(upsert, [broker])?;
        }
        Ok(again)
    }

    /// Forgets acknowledged events beyond the limits of `replay`.
    pub(crate) fn forget(&mut self, replay: &Replay, now: i64) -> rusqlite::Result<()> {
        let age = millis(replay.age);
        let delete = "DELETE FROM event WHERE state = 1 AND seq IN
                      (SELECT seq FROM event WHERE state = 1 ORDER BY seq LIMIT ?1)
                      AND (?2 OR acknowledged_at < ?3) RETURNING length(payload)";
        loop {
            let over = self.totals.acknowledged > replay.count || self.totals.acknowledged_bytes > replay.bytes;
            // In steps: an index tells which are the oldest, but not which are too old.
            let step = if over {
                (self.totals.acknowledged.saturating_sub(replay.count)).clamp(1, 256)
            } else {
                256
            };
            let mut delete = self.transaction.prepare_cached(delete)?;
            let sizes = delete.query_map(params![step, over, now.saturating_sub(age)], |row| row.get::<_, u64>(0))?;
            let mut count = 0;
            for size in sizes {
                self.totals.acknowledged -= 1;
                self.totals.acknowledged_bytes -= size?;
                count += 1;
            }
            if count < step {
                return Ok(());
            }
        }
    }

    /// Gives up waiting events beyond the limits of `retention`: what is too old; then, as long as there are too many
    /// bytes, the oldest of the least priority. Over the limit of bytes it makes a little room at once, so that not
    /// every further event costs a gap of its own; and gaps that wait are taken back, to be announced with the new one.
    pub(crate) fn retain(&mut self, retention: &Retention, now: i64) -> rusqlite::Result<Option<Dropped>> {
        let too_old = now.saturating_sub(millis(retention.age));
        let mut dropped = None;
        // Two look-ups in the index, whatever lies acknowledged in between.
        let oldest = "SELECT seq, topic, length(payload), state, lost, lost_from, created FROM event WHERE seq =
                      (SELECT min(seq) FROM (SELECT min(seq) AS seq FROM event WHERE state = 0
                                   UNION ALL SELECT min(seq) FROM event WHERE state = 2))";
        while let Some(waiting) = self.waiting(oldest)?
            && (CLOCK_SET_MS..too_old).contains(&waiting.created)
        {
            self.give_up(waiting, &mut dropped)?;
        }
        if self.totals.waiting_bytes > retention.bytes {
            let target = retention.bytes / 20 * 19;
            let least = "SELECT seq, topic, length(payload), state, lost, lost_from, created FROM event
                         WHERE state != 1 ORDER BY priority, seq LIMIT 1";
            while self.totals.waiting_bytes > target
                && let Some(waiting) = self.waiting(least)?
            {
                self.give_up(waiting, &mut dropped)?;
            }
        }
        if dropped.is_some() {
            let gap = "SELECT seq, topic, length(payload), state, lost, lost_from, created FROM event
                       WHERE state != 1 AND priority = 2 AND lost > 0 ORDER BY seq LIMIT 1";
            while let Some(waiting) = self.waiting(gap)? {
                self.give_up(waiting, &mut dropped)?;
            }
        }
        Ok(dropped)
    }

    fn waiting(&self, query: &str) -> rusqlite::Result<Option<Waiting>> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Waiting {
                seq: row.get(0)?,
                topic: row.get(1)?,
                bytes: row.get(2)?,
                state: row.get(3)?,
                lost: row.get(4)?,
                lost_from: row.get(5)?,
                created: row.get(6)?,
            })
        };
        self.transaction.prepare_cached(query)?.query_row([], row).optional()
    }

    fn give_up(&mut self, waiting: Waiting, dropped: &mut Option<Dropped>) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("DELETE FROM event WHERE seq = ?1")?
            .execute([waiting.seq])?;
        self.totals.waiting_bytes -= waiting.bytes;
        let number = if waiting.state == PARKED {
            &mut self.totals.parked
        } else {
            &mut self.totals.pending
        };
        *number -= 1;
        let from = waiting.lost_from.map_or(waiting.seq, |from| from.min(waiting.seq));
        let before = dropped.take();
        *dropped = Some(Dropped {
            rows: before.as_ref().map_or(0, |dropped| dropped.rows) + 1,
            count: before.as_ref().map_or(0, |dropped| dropped.count) + 1 + waiting.lost,
            from: before.as_ref().map_or(from, |dropped| dropped.from.min(from)),
            to: before.map_or(waiting.seq, |dropped| dropped.to.max(waiting.seq)),
            topic: waiting.topic,
        });
        Ok(())
    }
}

/// Where the count of what was given up for `reason` is kept.
pub(in crate::outbox) fn dropped_key(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Retention => "dropped_by_retention",
        GapReason::StorageFailed => "dropped_by_storage",
    }
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
