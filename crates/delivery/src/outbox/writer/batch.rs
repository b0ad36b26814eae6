//! What one transaction of the writer does.

use std::{collections::HashMap, time::SystemTime};

use luchs_scene::{
    Draft, Name, Utc,
    event::{Gap, GapReason, Kind, Stamp, topic},
};
use luchs_seal::Sealer;
use uuid::Uuid;

use super::WriterSettings;
use crate::{
    notice::{Board, Severity, Topic},
    outbox::{
        Verdict,
        inbox::Lost,
        store::{Change, Entry},
    },
};

/// What one transaction writes.
pub(super) struct Batch<'a> {
    pub(super) settings: &'a WriterSettings,
    pub(super) sealer: &'a Sealer,
    pub(super) device: &'a Name,
    pub(super) board: &'a Board,
    pub(super) epoch: Uuid,
    pub(super) now: i64,
    pub(super) connected: bool,
}

#[derive(Default)]
pub(super) struct Written {
    pub(super) committed: u64,
    pub(super) acknowledged: u64,
    pub(super) dropped: u64,
}

impl Batch<'_> {
    pub(super) fn write(
        &self,
        change: &mut Change<'_>,
        lost: &Lost,
        drafts: &[Draft],
        verdicts: &HashMap<u64, Verdict>,
    ) -> rusqlite::Result<Written> {
        let mut written = Written::default();
        for (&seq, &verdict) in verdicts {
            let settled = change.settle(seq, verdict, self.now)?;
            written.acknowledged += u64::from(settled && verdict == Verdict::Acknowledged);
        }
        if let (count @ 1.., Some(camera)) = (lost.count, &lost.camera) {
            let from = change.next_seq();
            change.skip(count);
            change.count_dropped(GapReason::StorageFailed, count)?;
            self.gap(
                change,
                camera,
                &mut written,
                Gap {
                    count,
                    from_seq: from,
                    to_seq: from + count - 1,
                    reason: GapReason::StorageFailed,
                },
            )?;
        }
        for draft in drafts {
            self.append(change, draft.clone(), &mut written)?;
        }
        // Only time with a broker counts: one that dies keeps us from seeing what it had not passed on yet.
        if self.connected || !verdicts.is_empty() {
            change.forget(&self.settings.replay, self.now)?;
        }
        if let Some(dropped) = change.retain(&self.settings.retention, self.now)? {
            written.dropped += dropped.rows;
            change.count_dropped(GapReason::Retention, dropped.rows)?;
            // `<prefix>/<device>/<camera>/events`; of several cameras the last one tells.
            if let Some(Ok(camera)) = dropped.topic.rsplit('/').nth(1).map(str::parse) {
                let gap = Gap {
                    count: dropped.count,
                    from_seq: dropped.from,
                    to_seq: dropped.to,
                    reason: GapReason::Retention,
                };
                self.gap(change, &camera, &mut written, gap)?;
            }
        }
        Ok(written)
    }

    fn gap(&self, change: &mut Change<'_>, camera: &Name, written: &mut Written, gap: Gap) -> rusqlite::Result<()> {
        let draft = Draft {
            gap: Some(gap),
            ..Draft::new(Kind::Gap, camera.clone(), Utc::from(SystemTime::now()))
        };
        self.append(change, draft, written)
    }

    fn append(&self, change: &mut Change<'_>, draft: Draft, written: &mut Written) -> rusqlite::Result<()> {
        let topic = topic(&self.settings.prefix, self.device, &draft.camera);
        let priority = draft.kind.priority();
        let gap = draft.gap.as_ref().map(|gap| (gap.count, gap.from_seq));
        let event = draft.stamped(Stamp {
            id: Uuid::now_v7(),
            device: self.device.clone(),
            boot: self.settings.boot,
            epoch: self.epoch,
            seq: change.next_seq(),
        });
        match self.sealer.seal(&event, &topic) {
            Ok(payload) => {
                let entry = Entry {
                    topic: &topic,
                    payload: &payload,
                    priority,
                    gap,
                };
                change.append(&entry, self.now)?;
                written.committed += 1;
            }
            // Its number is used up, so subscribers see that one is missing.
            Err(error) => {
                change.skip(1);
                written.dropped += 1;
                self.board
                    .post(Severity::Error, Topic::Storage, format!("{error}; it is lost"));
            }
        }
        Ok(())
    }
}
