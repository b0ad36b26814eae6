//! File systems that are full or read-only: events wait, the reason is told, and it goes on by itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use common::settings;
use luchs_delivery::{Delivery, OutboxView, Stats};
use luchs_scene::{Draft, Utc, event::Kind};

/// A file system of a megabyte, unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: PathBuf) -> Self {
        fs::create_dir(&path).unwrap();
        let disk = Self(path);
        disk.run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
        disk
    }

    fn remount(&self, option: &str) {
        self.run("mount", &["-o", &format!("remount,{option}")]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = Command::new(program).args(arguments).arg(&self.0).status().unwrap();
        assert!(done.success(), "this test mounts a tmpfs and needs root");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nothing better can be done here than to try.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn submit(delivery: &Delivery, count: u64) {
    for number in 0..count {
        delivery.submit(Draft {
            stream_time_ns: Some(number),
            ..Draft::new(
                Kind::ObjectNew,
                "gate".parse().unwrap(),
                Utc::from_unix_millis(1_795_443_939_120),
            )
        });
    }
}

fn until(delivery: &Delivery, what: &str, holds: impl Fn(&Stats) -> bool) -> Stats {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let stats = delivery.stats();
        if holds(&stats) {
            return stats;
        }
        assert!(Instant::now() < deadline, "{what}: {stats:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn said(delivery: &Delivery, words: &str) -> bool {
    delivery.notices().iter().any(|notice| notice.text.contains(words))
}

fn pending(outbox: &Path) -> u64 {
    let status = OutboxView::open(outbox).unwrap().status().unwrap();
    status.tallies.iter().map(|tally| tally.count).sum()
}

#[test]
fn a_disk_that_others_fill_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::mount(dir.path().join("disk"));
    let outbox = disk.0.join("box.outbox");
    let delivery = Delivery::open(settings(dir.path(), outbox.clone())).unwrap();
    submit(&delivery, 10);
    assert!(delivery.flush(Duration::from_secs(10)));
    let filler = disk.0.join("filler");
    // As much as there is room for.
    assert!(fs::write(&filler, vec![0; 2 << 20]).is_err());
    submit(&delivery, 500);
    until(&delivery, "the disk is full", |stats| {
        stats
            .last_error
            .as_ref()
            .is_some_and(|error| error.contains("the disk is full"))
    });
    fs::remove_file(&filler).unwrap();
    disk.remount("size=64m");
    let stats = until(&delivery, "there is room again", |stats| stats.committed == 510);
    assert_eq!(stats.dropped, 0);
    assert!(said(&delivery, "can be written again"));
    drop(delivery);
    assert_eq!(pending(&outbox), 510);
}

#[test]
fn a_file_system_that_is_read_only_at_the_start_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::mount(dir.path().join("disk"));
    let outbox = disk.0.join("box.outbox");
    let settings = settings(dir.path(), outbox.clone());
    let delivery = Delivery::open(settings.clone()).unwrap();
    submit(&delivery, 10);
    drop(delivery);
    disk.remount("ro");
    assert_eq!(pending(&outbox), 10, "it can be looked at all the same");
    let delivery = Delivery::open(settings).unwrap();
    submit(&delivery, 5);
    assert!(!delivery.flush(Duration::from_millis(300)));
    assert!(
        said(&delivery, "box.outbox") && said(&delivery, "ead-only"),
        "{:?}",
        delivery.notices()
    );
    disk.remount("rw");
    until(&delivery, "it can be written", |stats| {
        stats.committed == 5 && stats.pending == 15
    });
    drop(delivery);
    assert_eq!(pending(&outbox), 15);
}
