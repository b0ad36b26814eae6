//! More cameras than the box can look at: it says so, looks at the important one as often as before, gives no event up,
//! and neither memory nor delay grows. When most of them are gone, it is over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use luchs_appliance::status::{self, CameraState, Snapshot};
use luchs_scene::{Name, event::Condition};
use luchs_tests::{Camera, Process, Reader, Site, appliance::Configuration, built, footage, history, until};

/// Ten frames a second each.
const CAMERAS: usize = 14;
/// Milliseconds that a frame may spend in the detector, on one busy processor.
const DELAY: f64 = 3000.0;
/// What memory may grow by while frames are shed: 48 MiB, against 14 × 6.6 MB a second of pictures.
const GROWTH: u64 = 48 << 20;

fn name(number: usize) -> String {
    format!("camera-{number}")
}

fn configuration(site: &Site, folder: &std::path::Path, cameras: &[Camera]) -> Configuration {
    let add = |configuration: Configuration, (number, camera): (usize, &Camera)| {
        let priority = match number {
            0 => "high",
            1 | 2 => "normal",
            _ => "low",
        };
        configuration.camera(&name(number), &camera.url(), &[format!("priority = {priority:?}")])
    };
    let empty = Configuration::new(site, folder).unwrap();
    cameras.iter().enumerate().try_fold(empty, add).unwrap()
}

/// The first processor that this test may use: with one of them, any machine is too small.
fn processor() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap();
    list.trim().split([',', '-']).next().unwrap().to_owned()
}

fn is_told(reader: &Process, condition: Condition) -> bool {
    let events = history::events(reader).unwrap();
    let told = events.iter().filter_map(|event| event.status.as_ref());
    told.filter(|status| status.condition == condition).count() > 0
}

#[test]
fn too_much_is_shed_by_priority_until_it_is_over() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cameras: Vec<Camera> = (0..CAMERAS).map(|_| Camera::start(&footage()).unwrap()).collect();
    let reader = Reader::Luchs.start(&site, folder.path()).unwrap();
    let file = configuration(&site, folder.path(), &cameras).write().unwrap();
    let (program, socket) = (built().unwrap().join("luchs"), folder.path().join("status.sock"));
    let process = Process::start(folder.path(), "luchs-run", "taskset", |command| {
        command.args(["-c", &processor()]).arg(program);
        command
            .arg("run")
            .arg("--config")
            .arg(file)
            .arg("--socket")
            .arg(&socket);
    });
    let process = process.unwrap();
    let look = |what: &str, seconds: u64, is_such: &dyn Fn(&Snapshot) -> bool| {
        let mut last = None;
        until(what, seconds, || {
            let now = status::read(&socket).ok();
            let such = now.as_ref().is_some_and(is_such);
            if let Some(now) = &now {
                last = Some(now.clone());
            }
            Ok(now.filter(|_| such))
        })
        .unwrap_or_else(|error| panic!("{error}: {last:#?}\n{}", process.stderr()))
    };
    let of = |snapshot: &Snapshot, number: usize| snapshot.cameras[&name(number).parse::<Name>().unwrap()].clone();

    look("all cameras", 120, &|snapshot| {
        snapshot
            .cameras
            .values()
            .all(|camera| camera.state == CameraState::Running)
    });
    look("shedding", 60, &|snapshot| snapshot.overload.shedding);
    // Once what is shed is enough, the important camera has all its frames looked at, and every other one some.
    let shed = look("the important camera to be looked at in full", 90, &|snapshot| {
        let high = of(snapshot, 0);
        let rest = (1..CAMERAS).map(|number| of(snapshot, number));
        high.inference_interval == 1
            && high.analysed_fps > high.fps * 0.7
            && high.fps > 5.0
            && rest.clone().all(|camera| camera.analysed_fps > 0.3)
            && rest.skip(2).any(|camera| camera.inference_interval > 1)
    });
    assert!(shed.overload.share < 0.95, "{:?}", shed.overload);
    assert!(
        shed.overload
            .text
            .as_deref()
            .is_some_and(|text| text.contains("max-fps")),
        "no remedy"
    );
    until("the event about it", 20, || {
        Ok(is_told(&reader, Condition::OverloadShedding).then_some(()))
    })
    .unwrap();

    // Through two thousand frames more nothing piles up.
    let frames = |snapshot: &Snapshot| snapshot.cameras.values().map(|camera| camera.frames).sum::<u64>();
    let goal = frames(&shed) + 2000;
    let later = look("frames", 90, &|snapshot| frames(snapshot) > goal);
    let grown = later.system.rss_bytes.saturating_sub(shed.system.rss_bytes);
    assert!(grown < GROWTH, "memory has grown by {} MiB", grown >> 20);
    for (camera, status) in &later.cameras {
        let (median, _) = status.latency_ms.unwrap();
        assert!(median < DELAY, "{camera}: {median} ms");
        assert_eq!(status.outages, 0, "{camera}");
    }
    let delivery = later.delivery.unwrap();
    assert_eq!((delivery.dropped, delivery.parked), (0, 0));

    configuration(&site, folder.path(), &cameras[..2]).write().unwrap();
    process.signal("HUP").unwrap();
    look("the end of it", 120, &|snapshot| {
        let mut cameras = snapshot.cameras.values();
        snapshot.cameras.len() == 2
            && !snapshot.overload.shedding
            && cameras.all(|camera| camera.inference_interval == 1)
    });
    until("the event about that", 20, || {
        Ok(is_told(&reader, Condition::OverloadOver).then_some(()))
    })
    .unwrap();
}
