//! The tables, their versions, and the way from one to the next.

use luchs_scene::Name;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// The version that we write.
pub(in crate::outbox) const FORMAT: i64 = 3;

/// The first version. Never changed: what came later is a step.
const FIRST: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        payload BLOB NOT NULL,
        created INTEGER NOT NULL,
        state INTEGER NOT NULL DEFAULT 0,
        acknowledged_at INTEGER
    ) STRICT;
    CREATE INDEX event_state ON event (state, seq);
";

/// From version n + 1 to n + 2.
const STEPS: [&str; 2] = [
    // What an event is worth when there is no room (`luchs_scene::event::Priority`; what is there already counts as a
    // change), and of a gap event how many it announces, and from where.
    "ALTER TABLE event ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
     ALTER TABLE event ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE event ADD COLUMN lost_from INTEGER;
     CREATE INDEX event_priority ON event (priority, seq) WHERE state != 1;",
    // Why the broker refused it for good, as its reason code of MQTT 5; of what is there already it is not known.
    "ALTER TABLE event ADD COLUMN refused INTEGER;",
];

/// Makes the tables of a new outbox.
pub(super) fn create(connection: &Connection, device: &Name) -> rusqlite::Result<()> {
    in_transaction(connection, || {
        connection.execute_batch(FIRST)?;
        let mut insert = connection.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
        insert.execute(params!["device", device.as_str()])?;
        insert.execute(params!["epoch", Uuid::new_v4().to_string()])?;
        insert.execute(params!["next_seq", 1])?;
        steps_from(connection, 1)
    })
}

/// Brings the tables of version `version` to ours: all of it, or nothing.
pub(super) fn migrate(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    in_transaction(connection, || steps_from(connection, version))
}

fn steps_from(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(version - 1).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        connection.execute_batch(step)?;
    }
    connection.execute_batch(&format!("PRAGMA user_version = {FORMAT}"))
}

fn in_transaction(connection: &Connection, work: impl FnOnce() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    work()
        .and_then(|()| connection.execute_batch("COMMIT"))
        .inspect_err(|_| {
            // The error that counts is the first one.
            let _ = connection.execute_batch("ROLLBACK");
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{
        EventState, Filter, OutboxError, OutboxView, Refusal, StoredEvent, Verdict, owner::APPLICATION_ID, store::Store,
    };

    /// An outbox as version 1 left it behind.
    fn old(path: &std::path::Path) -> Connection {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        options
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .unwrap();
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL; {FIRST}
                 INSERT INTO meta VALUES ('device', 'box'), ('epoch', '0b8e2f5c-3c55-4b0e-9f0a-3f1d5c0c7a11'),
                                         ('next_seq', 4);
                 INSERT INTO event (seq, topic, payload, created, state, acknowledged_at)
                 VALUES (1, 'luchs/box/gate/events', x'01', 1795443939120, 1, 1795443939121),
                        (2, 'luchs/box/gate/events', x'0202', 1795443939120, 0, NULL),
                        (3, 'luchs/box/shed/events', x'030303', 1795443939120, 2, NULL);
                 PRAGMA user_version = 1;"
            ))
            .unwrap();
        connection
    }

    #[test]
    fn an_outbox_of_the_first_version_goes_on_with_all_that_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        drop(old(&path));
        let (mut store, damage) = Store::open(&path, &"box".parse().unwrap()).unwrap();
        assert!(damage.is_none(), "{damage:?}");
        let totals = store.totals();
        assert_eq!((totals.pending, totals.acknowledged, totals.parked), (1, 1, 1));
        assert_eq!(store.epoch().to_string(), "0b8e2f5c-3c55-4b0e-9f0a-3f1d5c0c7a11");
        let row = store.pending(0, &[], 9).unwrap().remove(0);
        assert_eq!((row.seq, row.payload.as_slice()), (2, [2_u8, 2].as_slice()));
        store
            .transact(|change| {
                assert_eq!(change.next_seq(), 4);
                change.settle(2, Verdict::Acknowledged, 0)?;
                change.unpark()
            })
            .unwrap();
        drop(store);
        // And the next start finds nothing left to do.
        let connection = Connection::open(&path).unwrap();
        let version: i64 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, FORMAT);
        drop(connection);
        let (store, _) = Store::open(&path, &"box".parse().unwrap()).unwrap();
        assert_eq!((store.totals().pending, store.totals().acknowledged), (1, 2));
    }

    #[test]
    fn a_new_outbox_and_a_migrated_one_have_the_same_tables() {
        let dir = tempfile::tempdir().unwrap();
        let tables = |path: &std::path::Path| {
            drop(Store::open(path, &"box".parse().unwrap()).unwrap());
            let connection = Connection::open(path).unwrap();
            let mut query = connection
                .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
                .unwrap();
            let rows = query.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
            });
            rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
        };
        let (fresh, migrated) = (dir.path().join("a"), dir.path().join("b"));
        drop(old(&migrated));
        assert_eq!(tables(&fresh), tables(&migrated));
    }

    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method itself is not general enough over the lifetime of a change"
    )]
    #[test]
    fn of_what_the_second_version_had_put_aside_the_reason_is_not_known_and_of_the_next_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        let connection = old(&path);
        connection.execute_batch(STEPS[0]).unwrap();
        connection.execute_batch("PRAGMA user_version = 2").unwrap();
        drop(connection);
        let reasons = || {
            let mut reasons = Vec::new();
            let view = OutboxView::open(&path).unwrap();
            let each = |event: StoredEvent| {
                reasons.push((event.seq, event.state, event.refused));
                Ok::<_, OutboxError>(true)
            };
            view.events(&Filter::default(), each).unwrap();
            reasons
        };
        let (acknowledged, pending, parked) = (EventState::Acknowledged, EventState::Pending, EventState::Parked);
        let before = [(1, acknowledged, None), (2, pending, None), (3, parked, None)];
        assert_eq!(reasons(), before, "as it was");
        let (mut store, damage) = Store::open(&path, &"box".parse().unwrap()).unwrap();
        assert!(damage.is_none(), "{damage:?}");
        assert_eq!(reasons(), before, "as it is now");
        let refuse = |store: &mut Store, seq, refusal| {
            store
                .transact(|change| change.settle(seq, Verdict::Parked(refusal), 0))
                .unwrap();
        };
        refuse(&mut store, 2, Refusal::TooLarge);
        assert_eq!(reasons()[1], (2, parked, Some(Refusal::TooLarge)));
        store.transact(|change| change.unpark()).unwrap();
        assert_eq!(reasons()[1..], [(2, pending, None), (3, pending, None)]);
        for (seq, refusal) in [(2, Refusal::NotAuthorized), (3, Refusal::FormatInvalid)] {
            refuse(&mut store, seq, refusal);
        }
        let topics = OutboxView::open(&path).unwrap().status().unwrap().topics;
        let refused: Vec<_> = topics.iter().filter_map(|part| part.refused).collect();
        assert_eq!(refused, [Refusal::NotAuthorized, Refusal::FormatInvalid]);
    }

    #[test]
    fn a_step_that_fails_leaves_the_old_version_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        let connection = old(&path);
        // No room for the step.
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .unwrap();
        assert!(migrate(&connection, 1).is_err());
        let version: i64 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, 1);
        drop(connection);
        assert_eq!(
            Store::open(&path, &"box".parse().unwrap()).unwrap().0.totals().pending,
            1
        );
    }

    #[test]
    fn a_newer_version_than_ours_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        drop(Store::open(&path, &"box".parse().unwrap()).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!("PRAGMA user_version = {}", FORMAT + 1))
            .unwrap();
        drop(connection);
        let error = Store::open(&path, &"box".parse().unwrap()).unwrap_err();
        assert!(matches!(error, OutboxError::Newer { version, .. } if version == FORMAT + 1));
        assert!(error.to_string().contains("update, or choose another path"), "{error}");
    }
}
