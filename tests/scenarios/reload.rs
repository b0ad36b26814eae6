//! What changes while `luchs run` runs, and how it begins: a reload applies what changed and leaves the rest alone, and
//! what is not there yet is waited for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scene;

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::Duration,
};

use luchs_appliance::status::{CameraState, CameraStatus, Health, Issue, Snapshot};
use luchs_delivery::Ledger;
use luchs_scene::event::Kind;
use luchs_tests::{
    Appliance, Camera, Proxy, Site, appliance::Configuration, broker::free_port, footage, history, until,
};
use scene::Scene;

/// A camera that is left alone has no longer gap than this.
const GAP: Duration = Duration::from_secs(1);

impl Scene {
    fn empty(&self) -> Configuration {
        Configuration::new(&self.site, self.folder.path()).unwrap()
    }

    /// The yard as it was from the start, and a gate with these lines.
    fn with_gate(&self, lines: &[&str]) -> Configuration {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        self.empty()
            .camera("gate", &self.gate.url(), &lines)
            .and_then(|configuration| configuration.camera("yard", &self.yard.url(), &[]))
            .unwrap()
    }

    fn reload(&mut self, configuration: &Configuration) {
        configuration.write().unwrap();
        self.appliance.process().signal("HUP").unwrap();
    }

    /// Waits until the status is such.
    fn look(&self, what: &str, is_such: impl Fn(&Snapshot) -> bool) -> Snapshot {
        look(&self.appliance, what, is_such)
    }

    /// Waits until `name` is such, from nobody's gap but its own.
    fn await_camera(&self, name: &str, what: &str, is_such: impl Fn(&CameraStatus) -> bool) -> CameraStatus {
        self.appliance.await_camera(name, what, 20, is_such).unwrap()
    }
}

fn look(appliance: &Appliance, what: &str, is_such: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut last = None;
    let found = until(what, 30, || {
        let now = appliance.status()?;
        last = Some(now.clone());
        Ok(is_such(&now).then_some(now))
    });
    found.unwrap_or_else(|error| panic!("{error}: {last:#?}"))
}

fn has_issue(snapshot: &Snapshot, text: &str) -> bool {
    snapshot.issues.iter().any(|issue| issue.text.contains(text))
}

#[test]
fn only_the_camera_that_changed_begins_anew() {
    let mut scene = Scene::new();
    let before = scene.appliance.camera("yard").unwrap();
    let eye = scene.appliance.observe("yard").unwrap();

    let gate = scene.appliance.camera("gate").unwrap();
    scene.reload(&scene.with_gate(&["inference-interval = 3"]));
    scene.await_camera("gate", "its new settings", |status| status.inference_interval == 3);
    let after = scene.appliance.await_frames("gate", 5, 20).unwrap();
    assert!(after.since > gate.since, "the gate did not begin anew");
    assert_eq!(after.outages, 0, "a reload is no outage");

    // Off, and on again.
    scene.reload(&scene.with_gate(&["enabled = false"]));
    let is_off = |status: &CameraStatus| status.state == CameraState::Stopped;
    let off = scene.await_camera("gate", "to be off", is_off);
    assert_eq!(off.fault, None);
    scene.reload(&scene.with_gate(&[]));
    scene.appliance.await_frames("gate", 5, 20).unwrap();

    // One more, and one less.
    let door = Camera::start(&footage()).unwrap();
    let more = scene.with_gate(&[]).camera("door", &door.url(), &[]).unwrap();
    scene.reload(&more);
    scene.appliance.await_frames("door", 5, 20).unwrap();
    let less = scene.empty().camera("yard", &scene.yard.url(), &[]).unwrap();
    scene.reload(&less);
    scene.look("the yard alone", |all| {
        all.cameras.keys().map(ToString::to_string).eq(["yard".to_owned()])
    });
    let now = scene.appliance.status().unwrap();
    assert!(has_only_good_issues(&now), "{:?}", now.issues);

    // Nobody who did not change noticed any of it: the same pipeline has counted on.
    let gap = eye.largest_gap();
    let yard = scene.appliance.await_frames("yard", 1, 10).unwrap();
    assert_eq!((yard.since, yard.outages), (before.since, 0));
    assert!(
        yard.frames > before.frames + 10,
        "{} after {}",
        yard.frames,
        before.frames
    );
    assert!(gap < GAP, "the yard had no frame for {gap:?}");
}

/// A machine on which much else runs may say that it is overloaded.
fn has_only_good_issues(snapshot: &Snapshot) -> bool {
    let is_overload = |issue: &Issue| snapshot.overload.shedding && issue.camera.is_none();
    let mut issues = snapshot.issues.iter();
    issues.all(|issue| issue.health == Health::Good || is_overload(issue))
}

#[test]
fn a_broken_file_is_refused_with_all_that_is_wrong_and_the_earlier_one_goes_on() {
    let mut scene = Scene::new();
    let before = scene.appliance.camera("gate").unwrap();
    let eye = scene.appliance.observe("gate").unwrap();
    let broken = scene.with_gate(&[
        "inference-intervall = 3",
        "latency = \"soon\"",
        "priority = \"highest\"",
    ]);
    scene.reload(&broken);
    let refused = "the configuration on disk is not used";
    let all = scene.look("the refusal", |all| has_issue(all, refused));
    assert_eq!(all.health, Health::Degraded);
    let said = scene.appliance.process().stderr();
    for wrong in ["inference-intervall", "soon", "highest"] {
        assert!(said.contains(wrong), "nothing about {wrong}:\n{said}");
        assert!(
            has_issue(&all, wrong),
            "nothing about {wrong} in the status: {:?}",
            all.issues
        );
    }
    let gate = scene.appliance.await_frames("gate", 10, 10).unwrap();
    assert_eq!((gate.since, gate.inference_interval), (before.since, 1));

    // What keys lie where is no matter of a reload; it says so.
    let moved = scene.with_gate(&[]).with("keys = ", "keys = \"/nowhere\" #").unwrap();
    scene.reload(&moved);
    scene.look("the other refusal", |all| has_issue(all, "device.keys cannot change"));

    // The file of before is taken, and nothing begins anew.
    scene.reload(&scene.with_gate(&[]));
    scene.look("the end of it", |all| {
        !has_issue(all, refused) && all.health == Health::Good
    });
    assert!(eye.largest_gap() < GAP);
    assert_eq!(scene.appliance.camera("gate").unwrap().since, before.since);
}

#[test]
fn another_way_to_the_broker_and_other_readers_lose_no_event() {
    let mut scene = Scene::new();
    let told = |scene: &Scene, count: usize| {
        until("events", 30, || {
            let events = history::events(&scene.reader)?;
            Ok((events.iter().filter(|event| event.kind == Kind::ObjectNew).count() >= count).then_some(events.len()))
        })
        .unwrap()
    };
    let before = told(&scene, 1);

    let line = Proxy::start(scene.site.broker.port()).unwrap();
    let url = scene.site.broker.url();
    let other = scene.with_gate(&[]).with(&url, &line.url()).unwrap();
    scene.reload(&other);
    scene.look("the other way", |all| {
        line.accepted() > 0 && all.delivery.as_ref().is_some_and(|delivery| delivery.connected)
    });
    for name in ["gate", "yard"] {
        scene.appliance.await_frames(name, 10, 30).unwrap();
    }

    // The same readers in another folder.
    let readers = scene.folder.path().join("readers");
    copy_folder(&scene.site.file("device/recipients"), &readers);
    let old = scene.site.path("device/recipients");
    let other = other.with(&old, &readers.to_string_lossy()).unwrap();
    let accepted = line.accepted();
    scene.reload(&other);
    scene.look("the other readers", |all| {
        line.accepted() > accepted && all.delivery.as_ref().is_some_and(|delivery| delivery.connected)
    });
    for name in ["gate", "yard"] {
        scene.appliance.await_frames(name, 10, 30).unwrap();
    }
    told(&scene, before + 1);

    // All numbers from the first to the last, each once.
    let off = other
        .with(
            &format!("url = {:?}", scene.gate.url()),
            "enabled = false\nurl = \"rtsp://127.0.0.1/\"",
        )
        .and_then(|off| {
            off.with(
                &format!("url = {:?}", scene.yard.url()),
                "enabled = false\nurl = \"rtsp://127.0.0.1/\"",
            )
        })
        .unwrap();
    scene.reload(&off);
    scene.look("everything to be taken", |all| {
        let is_off = |camera: &CameraStatus| camera.state == CameraState::Stopped;
        let delivery = all.delivery.as_ref();
        all.cameras.values().all(is_off)
            && delivery.is_some_and(|delivery| delivery.pending == 0 && delivery.submitted == delivery.committed)
    });
    let events = until("the last event", 20, || {
        let events = history::events(&scene.reader)?;
        let numbers: BTreeSet<u64> = events.iter().map(|event| event.seq).collect();
        let is_whole = numbers.last().is_some_and(|last| *last == numbers.len() as u64);
        Ok(is_whole.then_some(events))
    })
    .unwrap();
    let mut ledger = Ledger::default();
    for event in &events {
        ledger.observe(event);
    }
    let numbers: BTreeSet<_> = events.iter().map(|event| (event.epoch, event.seq)).collect();
    assert_eq!(
        (ledger.unannounced(), numbers.len()),
        (0, events.len()),
        "a hole, or one twice"
    );
    assert_eq!(events.iter().filter(|event| event.gap.is_some()).count(), 0);
    assert!(events.len() > before);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn the_page_moves() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port().unwrap()));
    let at = |address: &str| {
        Configuration::new(&site, folder.path())
            .and_then(|configuration| configuration.with("listen = \"\"", &format!("listen = {address:?}")))
            .unwrap()
    };
    let mut appliance = Appliance::start(folder.path(), &at(&first)).unwrap();
    let answers = |address: &str| get(address).is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
    let is_served = |address: &str| until("the page", 10, || Ok(answers(address).then_some(()))).unwrap();
    let is_not = |address: &str| {
        until("the end of the page", 10, || {
            Ok(TcpStream::connect(address).is_err().then_some(()))
        })
        .unwrap();
    };
    is_served(&first);
    at(&second).write().unwrap();
    appliance.process().signal("HUP").unwrap();
    is_served(&second);
    is_not(&first);
    at("").write().unwrap();
    appliance.process().signal("HUP").unwrap();
    is_not(&second);
    assert_eq!(appliance.status().unwrap().health, Health::Good);
}

fn get(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// A box as it comes: nothing but where its files go.
fn new_box(folder: &Path) -> Appliance {
    let text = format!(
        "[device]\nstate = {:?}\n[http]\nlisten = \"\"\n",
        folder.join("state").to_string_lossy()
    );
    Appliance::start(folder, &Configuration::of(folder, text)).unwrap()
}

#[test]
fn a_new_box_makes_a_key_of_its_own_keeps_it_and_says_what_to_do_next() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut keys = Vec::new();
    for folder in &folders {
        let mut appliance = new_box(folder.path());
        let status = appliance.status().unwrap();
        let device = status.device.unwrap().to_string();
        assert!(device.starts_with("luchs-"), "{device}");
        // Healthy, and its one word is what comes next.
        assert_eq!((status.health, status.cameras.len()), (Health::Good, 0));
        let texts: Vec<&str> = status.issues.iter().map(|issue| issue.text.as_str()).collect();
        assert!(
            texts.len() == 1 && texts[0].contains("no camera is configured yet") && texts[0].contains("luchs.toml"),
            "{texts:?}"
        );
        let file = folder.path().join("state/keys/device.jwk");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let said = appliance.process().stderr();
        assert!(
            said.contains("a key was made") && said.contains("no camera is configured yet"),
            "{said}"
        );
        for loud in ["WARN", "ERROR"] {
            assert!(!said.contains(loud), "{said}");
        }
        keys.push((device, fs::read_to_string(file).unwrap()));
    }
    assert!(keys[0].0 != keys[1].0 && keys[0].1 != keys[1].1, "two boxes alike");

    let mut appliance = new_box(folders[0].path());
    let device = appliance.status().unwrap().device.unwrap().to_string();
    let key = fs::read_to_string(folders[0].path().join("state/keys/device.jwk")).unwrap();
    assert_eq!((device, key), keys[0]);
    assert!(!appliance.process().stderr().contains("a key was made"));
}

#[test]
fn without_certificate_or_readers_no_camera_is_watched_until_they_are_there() {
    let (site, folder) = (Site::new().unwrap(), tempfile::tempdir().unwrap());
    let gate = Camera::start(&footage()).unwrap();
    let [certificate, readers] = ["device.crt", "readers"].map(|name| folder.path().join(name));
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let configuration = Configuration::new(&site, folder.path())
        .and_then(|configuration| configuration.with(&shown(&site.device.certificate), &shown(&certificate)))
        .and_then(|configuration| configuration.with(&site.path("device/recipients"), &shown(&readers)))
        .and_then(|configuration| configuration.camera("gate", &gate.url(), &[]))
        .unwrap();
    let appliance = Appliance::start(folder.path(), &configuration).unwrap();
    let waits = |reason: &str| {
        let all = look(&appliance, reason, |all| {
            let closed = |camera: &CameraStatus| {
                camera.state == CameraState::Waiting && camera.fault_kind.as_deref() == Some("setup")
            };
            all.health == Health::Failed && has_issue(all, reason) && all.cameras.values().all(closed)
        });
        assert_eq!(all.cameras.len(), 1);
        assert_eq!(gate.sent(), 0, "the camera is watched");
    };
    // In whatever order they come: while one of them is missing, the box names it.
    let missing = |name: &str| {
        let all = appliance.status().unwrap();
        has_issue(&all, name)
    };
    let first = if missing("device.crt") { "device.crt" } else { "readers" };
    waits(first);
    let put = |name: &str| {
        if name == "device.crt" {
            fs::copy(&site.device.certificate, &certificate).unwrap();
        } else {
            copy_folder(&site.file("device/recipients"), &readers);
        }
    };
    put(first);
    let second = if first == "readers" { "device.crt" } else { "readers" };
    waits(second);
    put(second);
    appliance.await_frames("gate", 5, 30).unwrap();
    look(&appliance, "good health", |all| all.health == Health::Good);
}
