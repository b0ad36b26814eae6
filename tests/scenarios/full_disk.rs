//! A full disk is a state: frames flow, the outbox is named, and events arrive once there is room again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{path::PathBuf, process::Command};

use luchs_tests::{Process, Site, publisher, until};

/// A file system of a megabyte, unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: PathBuf) -> Self {
        std::fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(mounted.success(), "this test mounts a tmpfs and needs root");
        Self(path)
    }

    fn grow(&self) {
        let grown = Command::new("mount")
            .args(["-o", "remount,size=64m"])
            .arg(&self.0)
            .status()
            .unwrap();
        assert!(grown.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Nothing better can be done here than to try.
        let _unmounted = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn events_that_found_no_room_arrive_when_there_is_room() {
    let mut site = Site::new().unwrap();
    let disk = SmallDisk::mount(site.file("small"));
    let folder = site.file("logs");
    std::fs::create_dir(&folder).unwrap();
    let mut reader = Process::start(
        &folder,
        "subscribe",
        luchs_tests::built().unwrap().join("luchs"),
        |command| {
            command.args(site.subscribe_arguments());
        },
    )
    .unwrap();
    reader.wait_for_output("subscribed", 20).unwrap();
    // With the broker away, events pile up until the disk is full.
    site.broker.kill().unwrap();

    let mut full = publisher::start_with_outbox(&site, &folder, 0, &disk.0.join("outbox.db"), 3_000, true).unwrap();
    full.wait_for_output("outbox.db", 60).unwrap();
    let said = full.stderr() + &full.stdout();
    assert!(said.contains("full"), "the reason is not told: {said}");

    disk.grow();
    site.broker.restart().unwrap();
    let status = full.wait(120).unwrap();
    assert!(status.success(), "{}", full.stderr());
    until("all events", 60, || {
        Ok((reader.stdout().lines().count() >= 3_001).then_some(()))
    })
    .unwrap();
    reader.signal("TERM").unwrap();
    reader.wait(10).unwrap();
    let report = reader.stderr();
    assert!(report.contains("\"gaps\":0"), "{report}");
}
