//! systemd's watchdog is fed while everything advances, and only then. Each part is made to stand still for real: its thread
//! is stopped from outside, as by a driver that never returns, while all others go on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant};

use luchs_tests::{Camera, Frozen, Manager, Process, Site, appliance::Configuration, built, footage, until};
use tempfile::TempDir;

/// What `WatchdogSec=` says. All limits are parts of it.
const WATCHDOG: Duration = Duration::from_secs(10);
/// Time from one feeding to the next, with what a busy machine adds to it.
const PACE: Duration = Duration::from_millis(4500);
/// The part that waits longest is found out within so many seconds, and one that goes on is seen to.
const FOUND: u64 = 40;
const BACK: u64 = 40;

/// `luchs run` with two cameras under a service manager.
struct Service {
    // Dropped from top to bottom: programs before what they use.
    process: Process,
    manager: Manager,
    _cameras: [Camera; 2],
    _site: Site,
    _folder: TempDir,
}

impl Service {
    fn start() -> Self {
        let site = Site::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let manager = Manager::listen(folder.path()).unwrap();
        let cameras = [(); 2].map(|()| Camera::start(&footage()).unwrap());
        let configuration = Configuration::new(&site, folder.path())
            .and_then(|configuration| configuration.camera("gate", &cameras[0].url(), &[]))
            .and_then(|configuration| configuration.camera("yard", &cameras[1].url(), &[]))
            .unwrap();
        let file = configuration.write().unwrap();
        let program = built().unwrap().join("luchs");
        let process = Process::start(folder.path(), "luchs-run", program, |command| {
            command.arg("run").arg("--config").arg(file);
            command.arg("--socket").arg(folder.path().join("status.sock"));
            command.env("NOTIFY_SOCKET", manager.socket());
            command.env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        });
        let service = Self {
            process: process.unwrap(),
            manager,
            _cameras: cameras,
            _site: site,
            _folder: folder,
        };
        until("READY=1", 60, || {
            Ok((!service.manager.heard("READY=1").is_empty()).then_some(()))
        })
        .unwrap();
        // Threads of the pipelines are there once pictures are.
        until("both cameras", 60, || {
            let threads = luchs_tests::frozen::threads(service.process.pid())?;
            let streaming = threads.iter().filter(|(_, name)| name.starts_with("newest:src"));
            Ok((streaming.count() == 2).then_some(()))
        })
        .unwrap();
        service.is_fed();
        service
    }

    fn said(&self, text: &str) -> usize {
        self.process.stderr().matches(text).count() + self.process.stdout().matches(text).count()
    }

    fn is_fed(&self) {
        self.manager
            .wait_for("WATCHDOG=1", BACK)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.process.stderr()));
    }

    /// Freezes, sees the reason told and nothing fed from then on; thaws, and sees that it is fed again.
    fn trial(&self, reason: &str, freeze: impl FnOnce(&Process) -> Frozen) {
        let before = self.said(reason);
        let frozen = freeze(&self.process);
        until(reason, FOUND, || Ok((self.said(reason) > before).then_some(())))
            .unwrap_or_else(|error| panic!("{error}\n{}", self.process.stderr()));
        let told = Instant::now();
        let last = self.manager.wait_for_silence("WATCHDOG=1", PACE, 30).unwrap();
        assert!(last <= told + Duration::from_millis(500), "{reason}: fed afterwards");
        assert_eq!(self.said(reason), before + 1, "{reason}: told more than once");
        drop(frozen);
        self.is_fed();
    }
}

#[test]
fn the_service_manager_hears_of_start_reload_life_and_end() {
    let mut service = Service::start();
    let begun = Instant::now();
    until("four feedings", 60, || {
        Ok((service
            .manager
            .heard("WATCHDOG=1")
            .iter()
            .filter(|(at, _)| *at > begun)
            .count()
            >= 4)
            .then_some(()))
    })
    .unwrap();
    let fed: Vec<Instant> = service.manager.heard("WATCHDOG=1").iter().map(|(at, _)| *at).collect();
    let longest = fed.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < WATCHDOG / 2, "{longest:?} between two feedings");
    let ready = service.manager.heard("READY=1").len();
    service.process.signal("HUP").unwrap();
    service.manager.wait_for("RELOADING=1", 20).unwrap();
    until("READY=1 again", 20, || {
        Ok((service.manager.heard("READY=1").len() > ready).then_some(()))
    })
    .unwrap();
    assert!(!service.manager.heard("MONOTONIC_USEC=").is_empty());
    service.process.signal("TERM").unwrap();
    service.manager.wait_for("STOPPING=1", 20).unwrap();
    assert!(service.process.wait(30).unwrap().success());
}

#[test]
fn a_thread_of_the_service_that_stands_still_is_found_out() {
    let service = Service::start();
    service.trial("the thread of camera gate stands still", |process| {
        Frozen::one(process, "cam-gate").unwrap()
    });
    service.trial("the writer of the outbox stands still", |process| {
        Frozen::one(process, "luchs-outbox").unwrap()
    });
    service.trial("the courier to the broker stands still", |process| {
        Frozen::one(process, "luchs-courier").unwrap()
    });
    // Who feeds cannot say why it does not.
    let frozen = Frozen::one(&service.process, "luchs").unwrap();
    service.manager.wait_for_silence("WATCHDOG=1", WATCHDOG, 30).unwrap();
    drop(frozen);
    service.is_fed();
}

#[test]
fn a_thread_that_frames_go_through_is_found_out() {
    let service = Service::start();
    service.trial("no frame of it has come through", |process| {
        Frozen::one(process, "newest:src").unwrap()
    });
    service.trial("no frame of it has come through", |process| {
        Frozen::all(process, "luchs-infer").unwrap()
    });
}
