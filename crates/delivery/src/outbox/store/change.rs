//! What one transaction can do.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{ACKNOWLEDGED, Dropped, PARKED, PENDING, Row, Totals, Verdict, totals};
use crate::settings::{Replay, Retention};

/// Before 2024 a clock was not set yet: such a time says nothing about age.
const CLOCK_SET_MS: i64 = 1_704_067_200_000;

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
    pub(crate) fn append(&mut self, topic: &str, payload: &[u8], now: i64) -> rusqlite::Result<()> {
        self.insert(&Row {
            seq: self.next_seq,
            topic: topic.into(),
            payload: payload.into(),
            created: now,
        })?;
        self.next_seq += 1;
        Ok(())
    }

    /// Takes over an event from another file. Numbers of this epoch begin after it.
    pub(crate) fn adopt(&mut self, row: &Row) -> rusqlite::Result<()> {
        self.insert(row)?;
        self.next_seq = self.next_seq.max(row.seq + 1);
        Ok(())
    }

    fn insert(&mut self, row: &Row) -> rusqlite::Result<()> {
        let insert = "INSERT INTO event (seq, topic, payload, created) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = self.transaction.prepare_cached(insert)?;
        insert.execute(params![row.seq, row.topic, row.payload, row.created])?;
        self.totals.pending += 1;
        self.totals.waiting_bytes += row.payload.len() as u64;
        Ok(())
    }

    /// Settles a pending event; false if it is not pending (any more).
    pub(crate) fn settle(&mut self, seq: u64, verdict: Verdict, now: i64) -> rusqlite::Result<bool> {
        let update = "UPDATE event SET state = ?2, acknowledged_at = ?3 WHERE seq = ?1 AND state = 0
                      RETURNING length(payload)";
        let state = if verdict == Verdict::Acknowledged {
            ACKNOWLEDGED
        } else {
            PARKED
        };
        let mut update = self.transaction.prepare_cached(update)?;
        let bytes: Option<u64> = update
            .query_row(params![seq, state, now], |row| row.get(0))
            .optional()?;
        let Some(bytes) = bytes else { return Ok(false) };
        self.totals.pending -= 1;
        match verdict {
            Verdict::Acknowledged => {
                self.totals.acknowledged += 1;
                self.totals.acknowledged_bytes += bytes;
                self.totals.waiting_bytes -= bytes;
            }
            Verdict::Parked => self.totals.parked += 1,
        }
        Ok(true)
    }

    /// Parked events become pending again.
    pub(crate) fn unpark(&mut self) -> rusqlite::Result<u64> {
        let count = self
            .transaction
            .execute("UPDATE event SET state = ?1 WHERE state = ?2", [PENDING, PARKED])?;
        self.totals = totals(&self.transaction)?;
        Ok(count as u64)
    }

    /// Notes that the broker `broker` has a session of ours. If it is the one that had one before and says now that it
    /// has none (`present` false), it has lost its memory: all acknowledged events become pending again.
    pub(crate) fn session(&mut self, broker: &str, present: bool) -> rusqlite::Result<u64> {
        let query = "SELECT value FROM meta WHERE key = 'session'";
        let before: Option<String> = self.transaction.query_row(query, [], |row| row.get(0)).optional()?;
        let known = before.as_deref() == Some(broker);
        let mut again = 0;
        if known && !present {
            let update = "UPDATE event SET state = ?1, acknowledged_at = NULL WHERE state = ?2";
            again = self.transaction.execute(update, [PENDING, ACKNOWLEDGED])? as u64;
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
        let age = i64::try_from(replay.age.as_millis()).unwrap_or(i64::MAX);
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

    /// Gives up the oldest waiting events beyond the limits of `retention`. Over the limit of bytes it makes a little
    /// room at once, so that not every further event costs a gap of its own.
    pub(crate) fn retain(&mut self, retention: &Retention, now: i64) -> rusqlite::Result<Option<Dropped>> {
        let age = i64::try_from(retention.age.as_millis()).unwrap_or(i64::MAX);
        let too_old = now.saturating_sub(age);
        let target = if self.totals.waiting_bytes > retention.bytes {
            retention.bytes / 20 * 19
        } else {
            retention.bytes
        };
        let mut dropped: Option<Dropped> = None;
        // Two look-ups in the index, whatever lies acknowledged in between.
        let oldest = "SELECT seq, topic, length(payload), created, state FROM event WHERE seq =
                      (SELECT min(seq) FROM (SELECT min(seq) AS seq FROM event WHERE state = 0
                                   UNION ALL SELECT min(seq) FROM event WHERE state = 2))";
        loop {
            let row = |row: &rusqlite::Row<'_>| {
                let values: (u64, String, u64, i64, i64) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                Ok(values)
            };
            let next = self.transaction.prepare_cached(oldest)?.query_row([], row).optional()?;
            let Some((seq, topic, bytes, created, state)) = next else {
                return Ok(dropped);
            };
            let aged = (CLOCK_SET_MS..too_old).contains(&created);
            if !aged && self.totals.waiting_bytes <= target {
                return Ok(dropped);
            }
            self.transaction
                .prepare_cached("DELETE FROM event WHERE seq = ?1")?
                .execute([seq])?;
            self.totals.waiting_bytes -= bytes;
            *(if state == PARKED {
                &mut self.totals.parked
            } else {
                &mut self.totals.pending
            }) -= 1;
            let (count, from) = dropped.map_or((0, seq), |dropped| (dropped.count, dropped.from));
            dropped = Some(Dropped {
                count: count + 1,
                from,
                to: seq,
                topic,
            });
        }
    }
}
