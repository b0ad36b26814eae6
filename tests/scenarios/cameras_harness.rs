//! The harness' camera fails as real cameras do: each fault as a plain GStreamer client sees it, without anything of
//! Luchs. What the appliance makes of them is in `cameras`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use gst::prelude::*;
use gst_rtsp_server::gio;
use luchs_tests::{
    Camera, Line, Pki, Proxy,
    camera::{Codec, Encoding, Login, Method, Setup, Silence, Viewer},
    footage,
    pki::Validity,
    secrets, until,
};

/// Seconds from 1900, where NTP begins, to 1970.
const NTP_BEGINNING: u64 = 2_208_988_800;

fn camera() -> Camera {
    Camera::start(&footage()).unwrap()
}

fn viewer(camera: &Camera) -> Viewer {
    Viewer::open(&camera.url(), |_| {}).unwrap()
}

fn log_in(login: &Login) -> impl FnOnce(&gst::Element) + use<> {
    let (user, password) = (login.user.clone(), login.password.clone());
    move |source| {
        source.set_property("user-id", user);
        source.set_property("user-pw", password);
    }
}

/// Trusts this authority and checks everything, as `rtspsrc` does by default.
fn trust(authority: &Path) -> impl FnOnce(&gst::Element) + use<> {
    let database = gio::TlsFileDatabase::new(authority).unwrap();
    move |source| source.set_property("tls-database", database)
}

/// No frame for a second and a half, while the connection lives.
fn assert_still(viewer: &Viewer) {
    // What was under way when the fault began has arrived.
    until("frames to stop", 10, || {
        let before = viewer.frames();
        std::thread::sleep(Duration::from_millis(500));
        Ok((viewer.frames() == before).then_some(()))
    })
    .unwrap();
    let before = viewer.frames();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(viewer.frames(), before);
    assert!(viewer.end().is_none());
}

#[test]
fn frames_come_in_real_time_and_in_order_over_the_end_of_the_clip() {
    let camera = Camera::with(Path::new(&short_clip()), Setup::default()).unwrap();
    let viewer = viewer(&camera);
    viewer.watch(1, 10).unwrap();
    let begun = Instant::now();
    viewer.watch(45, 10).unwrap();
    let took = begun.elapsed().as_secs_f64();
    assert!((3.5..6.0).contains(&took), "45 frames at 10 a second took {took} s");
    assert!(!viewer.went_back(), "time went back where the clip begins again");
    assert_eq!(viewer.size(), Some((320, 240)));
}

/// 1.5 s of a moving picture, so that a few seconds have several rounds of it.
fn short_clip() -> String {
    let file = luchs_tests::assets().join("cameras/short.mkv");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let half = file.with_extension(std::process::id().to_string());
    let line = format!(
        "videotestsrc pattern=ball num-buffers=15 ! video/x-raw,width=320,height=240,framerate=10/1 ! x264enc ! \
         matroskamux ! filesink location={}",
        half.display()
    );
    gst::init().unwrap();
    let pipeline = gst::parse::launch(&line).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    pipeline
        .bus()
        .unwrap()
        .timed_pop_filtered(gst::ClockTime::from_seconds(30), &ends)
        .unwrap();
    pipeline.set_state(gst::State::Null).unwrap();
    std::fs::rename(half, &file).unwrap();
    file.display().to_string()
}

#[test]
fn a_camera_that_is_off_refuses_and_comes_back_on_its_port() {
    let mut camera = camera();
    let before = viewer(&camera);
    before.watch(5, 20).unwrap();
    let port = camera.port();
    camera.stop();
    before.fail(10).unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "somebody listens");
    let error = viewer(&camera).fail(10).unwrap();
    assert!(error.is(gst::ResourceError::OpenReadWrite), "{error:?}");
    camera.restart().unwrap();
    assert_eq!(camera.port(), port);
    viewer(&camera).watch(5, 10).unwrap();
}

#[test]
fn a_camera_that_hangs_after_describe_takes_the_connection_and_is_silent() {
    let mut camera = camera();
    camera.hang(Silence::AfterDescribe).unwrap();
    let mut connection = TcpStream::connect(("127.0.0.1", camera.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut ask = |method: &str, number: u32| {
        let request = format!("{method} {} RTSP/1.0\r\nCSeq: {number}\r\n\r\n", camera.url());
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 2048];
        let length = connection.read(&mut answer);
        length.map(|length| String::from_utf8_lossy(&answer[..length]).into_owned())
    };
    assert!(ask("OPTIONS", 1).unwrap().contains("200 OK"));
    assert!(ask("DESCRIBE", 2).unwrap().contains("H264/90000"));
    assert!(ask("SETUP", 3).is_err(), "it is silent");
    // GStreamer's client gives up after its own timeout only.
    let begun = Instant::now();
    let viewer = Viewer::open(&camera.url(), |source| {
        source.set_property("tcp-timeout", 2_000_000_u64);
    })
    .unwrap();
    viewer.fail(20).unwrap();
    assert!(begun.elapsed() > Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(viewer.frames(), 0);
    camera.restart().unwrap();
    self::viewer(&camera).watch(5, 10).unwrap();
}

#[test]
fn a_camera_that_hangs_from_the_start_says_nothing_at_all() {
    let mut camera = camera();
    camera.hang(Silence::FromTheStart).unwrap();
    let mut connection = TcpStream::connect(("127.0.0.1", camera.port())).unwrap();
    connection.write_all(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n").unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    assert!(connection.read(&mut [0; 16]).is_err());
}

#[test]
fn a_frozen_camera_keeps_the_session_and_sends_no_frame() {
    let camera = camera();
    let line = Proxy::start(camera.port()).unwrap();
    let viewer = Viewer::open(&camera.url_over(line.port()), |_| {}).unwrap();
    viewer.watch(10, 20).unwrap();
    camera.freeze(true);
    assert_still(&viewer);
    assert_eq!(line.accepted(), 1, "the connection is the first one still");
    // A frozen camera can be asked, and describes itself.
    let second = self::viewer(&camera);
    assert_still(&second);
    camera.freeze(false);
    viewer.watch(10, 5).unwrap();
    assert!(viewer.largest_gap() > Duration::from_secs(1));
    assert_eq!(line.accepted(), 1);
    second.watch(5, 5).unwrap();
}

#[test]
fn noise_in_rtp_is_no_picture() {
    for codec in [Codec::H264, Codec::H265, Codec::Mjpeg] {
        let camera = with_codec(codec);
        let line = Proxy::start(camera.port()).unwrap();
        let viewer = Viewer::open(&camera.url_over(line.port()), |_| {}).unwrap();
        viewer.watch(10, 20).unwrap();
        camera.garble(true);
        let (frames, bytes) = (viewer.frames(), line.bytes());
        std::thread::sleep(Duration::from_secs(3));
        let (frames, bytes) = (viewer.frames() - frames, line.bytes() - bytes);
        assert!(bytes > 50_000, "{codec:?}: packets go on: {bytes} bytes");
        assert!(frames < 10, "{codec:?}: {frames} frames of 30 came through");
        camera.garble(false);
        if viewer.end().is_none() {
            viewer.watch(10, 10).unwrap();
        }
    }
}

fn with_codec(codec: Codec) -> Camera {
    let encoding = Encoding { codec, size: None };
    let setup = Setup {
        encoding,
        ..Setup::default()
    };
    Camera::with(&footage(), setup).unwrap()
}

#[test]
fn pictures_change_their_size_while_somebody_watches() {
    for codec in [Codec::H264, Codec::H265, Codec::Mjpeg] {
        let mut camera = with_codec(codec);
        let viewer = viewer(&camera);
        viewer.watch(10, 20).unwrap();
        assert_eq!(viewer.size(), Some((768, 576)), "{codec:?}");
        camera.resize(640, 480).unwrap();
        until("the other size", 10, || {
            Ok((viewer.size() == Some((640, 480))).then_some(()))
        })
        .unwrap();
        viewer.watch(10, 10).unwrap();
    }
}

#[test]
fn a_camera_speaks_another_codec_after_its_settings_were_changed() {
    let mut camera = camera();
    for codec in [Codec::H265, Codec::Mjpeg, Codec::H264] {
        let before = viewer(&camera);
        before.watch(3, 20).unwrap();
        camera.reconfigure(|setup| setup.encoding.codec = codec).unwrap();
        before.fail(10).unwrap();
        let after = viewer(&camera);
        after.watch(10, 20).unwrap();
        assert!(
            after.decoder().unwrap().contains(match codec {
                Codec::H264 => "264",
                Codec::H265 => "265",
                Codec::Mjpeg => "jpeg",
            }),
            "{codec:?}: {:?}",
            after.decoder()
        );
    }
}

#[test]
fn a_password_is_wanted_and_can_change() {
    for method in [Method::Basic, Method::Digest] {
        let first = Login::new("guard", "erstes-Geheimnis/1", method);
        let second = Login::new("guard", "zweites-Geheimnis/2", method);
        let setup = Setup {
            login: Some(first.clone()),
            ..Setup::default()
        };
        let mut camera = Camera::with(&footage(), setup).unwrap();
        let open = |camera: &Camera, login: &Login| Viewer::open(&camera.url(), log_in(login)).unwrap();
        for wrong in [viewer(&camera), open(&camera, &second)] {
            let error = wrong.fail(10).unwrap();
            assert!(error.is(gst::ResourceError::NotAuthorized), "{method:?}: {error:?}");
        }
        let right = open(&camera, &first);
        right.watch(5, 20).unwrap();
        camera.reconfigure(|setup| setup.login = Some(second.clone())).unwrap();
        right.fail(10).unwrap();
        let error = open(&camera, &first).fail(10).unwrap();
        assert!(error.is(gst::ResourceError::NotAuthorized), "{method:?}: {error:?}");
        open(&camera, &second).watch(5, 10).unwrap();
    }
    for said in ["x erstes-Geheimnis/1", "erstes-Geheimnis%2F1", "Basic Z3VhcmQ6enc"] {
        let leaks = secrets::leaks(said.as_bytes(), false);
        let is_whole = !said.starts_with("Basic");
        assert_eq!(leaks.len(), usize::from(is_whole), "{said}: {leaks:?}");
    }
}

#[test]
fn certificates_of_another_name_or_authority_are_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path(), "site").unwrap();
    let other = Pki::new(folder.path(), "other").unwrap();
    let here = pki.server(Validity::NOW).unwrap();
    let elsewhere = pki.server_at("elsewhere", &["camera.invalid"], Validity::NOW).unwrap();
    let expired = pki.server_at("expired", &["127.0.0.1"], Validity::EXPIRED).unwrap();
    let setup = Setup {
        tls: Some(here),
        ..Setup::default()
    };
    let mut camera = Camera::with(&footage(), setup).unwrap();
    assert!(camera.url().starts_with("rtsps://"));
    Viewer::open(&camera.url(), trust(&pki.ca_file()))
        .unwrap()
        .watch(5, 20)
        .unwrap();
    Viewer::open(&camera.url(), trust(&other.ca_file()))
        .unwrap()
        .fail(10)
        .unwrap();
    for wrong in [elsewhere, expired] {
        camera.reconfigure(|setup| setup.tls = Some(wrong)).unwrap();
        let error = Viewer::open(&camera.url(), trust(&pki.ca_file()))
            .unwrap()
            .fail(10)
            .unwrap();
        assert!(!error.is(gst::ResourceError::NotAuthorized), "{error:?}");
    }
}

#[test]
fn a_camera_tells_its_time_or_a_wrong_one_or_none() {
    let camera = camera();
    camera.hide_time(true);
    let viewer = viewer(&camera);
    viewer.watch(40, 20).unwrap();
    assert_eq!(viewer.reported_time(), None);
    camera.hide_time(false);
    for offset in [0, 90_000, -3_600_000] {
        camera.set_clock_offset(offset);
        until("a report of that time", 15, || {
            let Some(told) = viewer.reported_time() else {
                return Ok(None);
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let off =
                i128::from(told) - (now.as_millis() as i128 + i128::from(NTP_BEGINNING * 1000)) - i128::from(offset);
            // Reports are up to some seconds old.
            Ok((-5_000..500).contains(&off).then_some(()))
        })
        .unwrap();
    }
}

#[test]
fn lines_to_a_camera_fail_too() {
    let camera = camera();
    let line = Proxy::start(camera.port()).unwrap();
    let url = camera.url_over(line.port());
    let viewer = Viewer::open(&url, |_| {}).unwrap();
    viewer.watch(10, 20).unwrap();
    line.set(Line {
        dead: true,
        ..Line::default()
    });
    assert_still(&viewer);
    line.set(Line::default());
    viewer.watch(10, 10).unwrap();
    line.reset().unwrap();
    viewer.fail(10).unwrap();
    line.off().unwrap();
    Viewer::open(&url, |_| {}).unwrap().fail(10).unwrap();
}
