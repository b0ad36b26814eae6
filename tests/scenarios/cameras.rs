//! Whatever one camera does, `luchs run` names it, goes on with the others, and watches the camera again within ten
//! seconds after it is back. That the cameras really fail like this is shown in `cameras_harness`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod scene;

use std::{path::PathBuf, time::Duration};

use luchs_appliance::status::{CameraState, CameraStatus};
use luchs_scene::event::Kind;
use luchs_tests::{
    Line, Proxy,
    appliance::{Configuration, write_credentials},
    camera::{Codec, Login, Method, Setup, Silence},
    history,
    pki::Validity,
    until,
};
use scene::Scene;

/// A camera that is back is watched again within so many seconds.
const BACK: u64 = 10;
/// The other camera goes on without a longer gap.
const GAP: Duration = Duration::from_secs(1);
/// A fault is named after so many seconds at the latest.
const NAMED: u64 = 20;

impl Scene {
    /// Breaks the gate, sees one of these kinds named, heals it, sees its frames, and that nobody else noticed.
    fn trial(&mut self, kinds: &[&str], break_it: impl FnOnce(&mut Self), heal: impl FnOnce(&mut Self)) {
        let outages = self.appliance.camera("gate").unwrap().outages;
        let yard = self.appliance.observe("yard").unwrap();
        break_it(self);
        let is_named = |status: &CameraStatus| {
            let kind = status.fault_kind.as_deref().unwrap_or_default();
            status.state != CameraState::Running && kinds.contains(&kind)
        };
        let status = self
            .appliance
            .await_camera("gate", &kinds.join(" or "), NAMED, is_named)
            .unwrap();
        let fault = status.fault.unwrap_or_default();
        assert!(fault.contains("; "), "a fault and what to do about it: {fault}");
        assert!(!status.url.contains('@'), "{}", status.url);
        let printed = self.appliance.printed_status().unwrap();
        assert!(
            printed
                .issues
                .iter()
                .any(|issue| issue.camera.as_ref().is_some_and(|name| name.as_str() == "gate"))
        );
        heal(self);
        let status = self.appliance.await_frames("gate", 5, BACK).unwrap();
        assert_eq!((status.fault, status.fault_kind), (None, None));
        assert!(status.outages > outages, "the outage is counted");
        let gap = yard.largest_gap();
        assert!(gap < GAP, "the other camera had no frame for {gap:?}");
    }

    /// The reader gets to know of it.
    fn is_told(&self, kinds: &[Kind]) {
        until("the events about the camera", 20, || {
            let events = history::events(&self.reader)?;
            let of_gate = events.iter().filter(|event| event.camera.as_str() == "gate");
            let told: Vec<Kind> = of_gate
                .map(|event| event.kind)
                .filter(|kind| [Kind::CameraUp, Kind::CameraDown].contains(kind))
                .collect();
            Ok((told == kinds).then_some(()))
        })
        .unwrap();
    }

    fn credentials(&self) -> PathBuf {
        self.site.file("gate.credentials")
    }
}

const ONCE: [Kind; 3] = [Kind::CameraUp, Kind::CameraDown, Kind::CameraUp];

#[test]
fn a_camera_that_is_switched_off() {
    let mut scene = Scene::new();
    scene.trial(
        &["unreachable"],
        |scene| scene.gate.stop(),
        |scene| scene.gate.restart().unwrap(),
    );
    scene.is_told(&ONCE);
}

#[test]
fn a_camera_that_restarts_at_once() {
    let scene = Scene::new();
    let yard = scene.appliance.observe("yard").unwrap();
    let mut scene = scene;
    scene.gate.restart().unwrap();
    scene
        .appliance
        .await_camera("gate", "the outage", BACK, |status| status.outages > 0)
        .unwrap();
    scene.appliance.await_frames("gate", 5, BACK).unwrap();
    assert!(yard.largest_gap() < GAP);
}

#[test]
fn a_camera_that_hangs_after_describe_and_one_that_says_nothing() {
    let mut scene = Scene::new();
    for silence in [Silence::AfterDescribe, Silence::FromTheStart] {
        scene.trial(
            &["silent", "unreachable"],
            |scene| scene.gate.hang(silence).unwrap(),
            |scene| scene.gate.restart().unwrap(),
        );
    }
}

#[test]
fn a_camera_that_freezes() {
    let mut scene = Scene::new();
    scene.trial(
        &["stalled", "silent"],
        |scene| scene.gate.freeze(true),
        |scene| scene.gate.freeze(false),
    );
    scene.is_told(&ONCE);
}

#[test]
fn a_camera_that_sends_noise() {
    let mut scene = Scene::new();
    scene.trial(
        &["stalled", "silent", "undecodable"],
        |scene| scene.gate.garble(true),
        |scene| scene.gate.garble(false),
    );
}

#[test]
fn a_camera_that_changes_the_size_of_its_pictures() {
    let mut scene = Scene::new();
    scene.gate.resize(640, 480).unwrap();
    let is_other = |status: &CameraStatus| status.size == Some((640, 480));
    scene
        .appliance
        .await_camera("gate", "the other size", BACK, is_other)
        .unwrap();
    scene.appliance.await_frames("gate", 10, BACK).unwrap();
}

#[test]
fn a_camera_that_changes_its_codec() {
    let mut scene = Scene::new();
    let mut before = scene.appliance.camera("gate").unwrap().codec;
    for codec in [Codec::H265, Codec::Mjpeg, Codec::H264] {
        let yard = scene.appliance.observe("yard").unwrap();
        scene.gate.reconfigure(|setup| setup.encoding.codec = codec).unwrap();
        let is_other = |status: &CameraStatus| status.codec.is_some() && status.codec != before;
        let status = scene
            .appliance
            .await_camera("gate", "the other codec", BACK, is_other)
            .unwrap();
        scene.appliance.await_frames("gate", 5, BACK).unwrap();
        assert!(yard.largest_gap() < GAP, "{codec:?}");
        before = status.codec;
    }
}

#[test]
fn a_camera_that_changes_its_password() {
    for method in [Method::Basic, Method::Digest] {
        let old = Login::new("guard", "Kuckucksuhr-17", method);
        let new = Login::new("guard", "Wetterhahn/23", method);
        let mut scene = Scene::with(
            |_| Setup {
                login: Some(old.clone()),
                ..Setup::default()
            },
            |site, _| {
                let file = site.file("gate.credentials");
                write_credentials(&file, &old).unwrap();
                vec![format!("credentials = {:?}", file.to_string_lossy())]
            },
        );
        let changed = new.clone();
        scene.trial(
            &["unauthorized"],
            |scene| scene.gate.reconfigure(|setup| setup.login = Some(changed)).unwrap(),
            |scene| write_credentials(&scene.credentials(), &new).unwrap(),
        );
    }
}

#[test]
fn a_camera_whose_certificate_is_not_its_own() {
    let mut scene = Scene::with(
        |site| Setup {
            tls: Some(site.pki.server_at("gate", &["127.0.0.1"], Validity::NOW).unwrap()),
            ..Setup::default()
        },
        |site, _| vec![format!("tls-ca = {:?}", site.pki.ca_file().to_string_lossy())],
    );
    let right = scene.gate.setup().tls.clone();
    let wrong = scene
        .site
        .pki
        .server_at("elsewhere", &["camera.invalid"], Validity::NOW)
        .unwrap();
    scene.trial(
        &["untrusted"],
        |scene| scene.gate.reconfigure(|setup| setup.tls = Some(wrong)).unwrap(),
        |scene| scene.gate.reconfigure(|setup| setup.tls = right).unwrap(),
    );
}

#[test]
fn a_line_to_a_camera_that_is_cut_without_a_goodbye() {
    let mut scene = Scene::new();
    // Only now the line: the appliance begins anew with another address.
    let line = Proxy::start(scene.gate.port()).unwrap();
    let url = scene.gate.url_over(line.port());
    let configuration = Configuration::new(&scene.site, scene.folder.path())
        .and_then(|configuration| configuration.camera("gate", &url, &[]))
        .and_then(|configuration| configuration.camera("yard", &scene.yard.url(), &[]))
        .unwrap();
    configuration.write().unwrap();
    scene.appliance.process().signal("HUP").unwrap();
    until("the new address", 20, || {
        Ok((scene.appliance.camera("gate")?.url == url).then_some(()))
    })
    .unwrap();
    scene.appliance.await_frames("gate", 5, 20).unwrap();
    let dead = Line {
        dead: true,
        ..Line::default()
    };
    scene.trial(
        &["stalled", "silent", "unreachable"],
        |_| line.set(dead),
        |_| line.set(Line::default()),
    );
    scene.trial(&["unreachable"], |_| line.off().unwrap(), |_| line.on().unwrap());
}

#[test]
fn a_camera_whose_clock_is_wrong_and_one_that_tells_no_time() {
    let scene = Scene::new();
    scene.gate.set_clock_offset(90_000);
    let is_off = |status: &CameraStatus| {
        status
            .clock_offset_ms
            .is_some_and(|offset| (80_000..100_000).contains(&offset))
    };
    let status = scene
        .appliance
        .await_camera("gate", "a clock that is wrong", 20, is_off)
        .unwrap();
    assert_eq!(status.time_source, "ntp");
    drop(scene);
    let scene = {
        let mut scene = Scene::new();
        scene.gate.hide_time(true);
        scene.gate.restart().unwrap();
        scene
    };
    scene
        .appliance
        .await_camera("gate", "the outage", BACK, |status| status.outages > 0)
        .unwrap();
    scene.appliance.await_frames("gate", 40, 20).unwrap();
    assert_eq!(scene.appliance.camera("gate").unwrap().time_source, "arrival");
}
