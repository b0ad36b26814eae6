//! The broker that `luchs broker init` sets up: what each identity can and cannot do, and that nothing is lost for a
//! reader that was away.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    path::Path,
    process::{Command, Output},
};

use luchs_scene::event::Condition;
use luchs_tests::{
    Process, Site,
    pki::{Identity, Pki, Validity},
    publisher, until,
};

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Arguments of mosquitto's clients for `who`.
fn connection(site: &Site, who: &Identity) -> Vec<String> {
    let port = site.broker.port().to_string();
    let (ca, certificate, key) = (text(&site.pki.ca_file()), text(&who.certificate), text(&who.key));
    let tls = ["--cafile", &ca, "--cert", &certificate, "--key", &key];
    let to = ["-V", "5", "-h", "127.0.0.1", "-p", &port, "-q", "1"];
    [&to[..], &tls[..]].concat().into_iter().map(str::to_owned).collect()
}

fn publish(arguments: &[String], topic: &str, message: &str) -> Output {
    let mut command = Command::new("mosquitto_pub");
    command.args(arguments).args(["-t", topic, "-m", message]);
    command.output().unwrap()
}

/// Publishes as `who`; the broker's answer in words.
fn publish_as(site: &Site, who: &Identity, topic: &str, message: &str) -> String {
    let output = publish(&connection(site, who), topic, message);
    assert!(
        output.status.success() || !output.stderr.is_empty(),
        "neither done nor refused"
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Subscribes as `who` and stays.
fn listen(site: &Site, who: &Identity, name: &str, more: &[&str]) -> Process {
    let folder = site.file("logs");
    std::fs::create_dir_all(&folder).unwrap();
    // Its debug output tells of the subscription and of all messages.
    let mut process = Process::start(&folder, name, "stdbuf", |command| {
        command
            .args(["-oL", "mosquitto_sub"])
            .args(connection(site, who))
            .args(["-d", "-F", "got %t %p", "-t", "#"])
            .args(more);
    })
    .unwrap();
    process.wait_for_output("Subscribed", 10).unwrap();
    process
}

#[test]
fn a_device_writes_below_its_own_name_and_reads_nothing_and_a_reader_reads_and_writes_nothing() {
    let site = Site::with_kit().unwrap();
    let other = site.pki.client("box-2", Validity::NOW).unwrap();
    let unlisted = site.pki.client("stranger", Validity::NOW).unwrap();
    let eavesdroppers = [(&site.device, "box-1"), (&other, "box-2"), (&unlisted, "stranger")];
    for (who, topic, allowed) in [
        (&other, "luchs/box-2/gate/events", true),
        (&other, "luchs/box-1/gate/events", false),
        (&other, "luchs/box-1/status", false),
        (&other, "luchs/box-2", true),
        (&other, "luchs/status", false),
        (&other, "other/box-2/x", false),
        (&other, "$SYS/broker/x", false),
        (&site.viewer, "luchs/viewer/gate/events", false),
        (&site.viewer, "luchs/box-1/gate/events", false),
        (&site.viewer, "luchs/viewer", false),
        (&unlisted, "luchs/box-1/gate/events", false),
    ] {
        let said = publish_as(&site, who, topic, "x");
        assert_eq!(!said.contains("Not authorized"), allowed, "{topic}: {said}");
    }
    // Who publishes ends an earlier connection of its own: a name has one.
    let eavesdroppers = eavesdroppers.map(|(who, name)| listen(&site, who, name, &[]));
    let mut reader = listen(&site, &site.viewer, "viewer", &[]);
    let third = site.pki.client("box-3", Validity::NOW).unwrap();
    for number in 1..=3 {
        publish_as(&site, &third, "luchs/box-3/gate/events", &format!("number {number}"));
        let heard = format!("got luchs/box-3/gate/events number {number}");
        reader.wait_for_output(&heard, 10).unwrap();
    }
    for eavesdropper in &eavesdroppers {
        let heard = eavesdropper.stdout();
        assert!(!heard.contains("got "), "{heard}");
    }
}

#[test]
fn only_who_has_a_valid_certificate_of_the_site_comes_in_and_only_by_tls_1_3() {
    let mut site = Site::with_kit().unwrap();
    let topic = "luchs/box-1/gate/events";
    let came_in = |arguments: &[String]| publish(arguments, topic, "x").status.success();
    let without = |arguments: &[String], options: &[&str]| {
        let mut left = Vec::new();
        let mut all = arguments.iter();
        while let Some(one) = all.next() {
            if options.contains(&one.as_str()) {
                all.next();
            } else {
                left.push(one.clone());
            }
        }
        left
    };
    let right = connection(&site, &site.device);
    assert!(came_in(&right), "the right way");

    let strangers = Pki::new(&site.file("strangers"), "strangers").unwrap();
    let stranger = strangers.client("box-1", Validity::NOW).unwrap();
    for (how, arguments) in [
        ("no certificate", without(&right, &["--cert", "--key"])),
        ("another authority's certificate", connection(&site, &stranger)),
        ("in the clear", without(&right, &["--cafile", "--cert", "--key"])),
        (
            "a user name only",
            [without(&right, &["--cert", "--key"]), vec!["-u".into(), "box-1".into()]].concat(),
        ),
    ] {
        assert!(!came_in(&arguments), "{how}");
    }
    let handshake = |version: &str| {
        let (ca, own, key) = (site.pki.ca_file(), &site.device.certificate, &site.device.key);
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-connect",
            &format!("127.0.0.1:{}", site.broker.port()),
            version,
        ]);
        command
            .arg("-CAfile")
            .arg(ca)
            .arg("-cert")
            .arg(own)
            .arg("-key")
            .arg(key);
        command
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(handshake("-tls1_3") && !handshake("-tls1_2"));

    let pki = text(site.pki.folder());
    let old = site.pki.client("box-3", Validity::EXPIRED).unwrap();
    assert!(!came_in(&connection(&site, &old)), "expired");

    // Revoked: by name, in force when the broker has the list.
    site.luchs(&["keys", "revoke", "--authority", &pki, "box-1"]).unwrap();
    site.luchs(&["broker", "update", "--dir", &site.path("kit"), &format!("{pki}/ca.crl")])
        .unwrap();
    site.broker.stop().unwrap();
    site.broker.restart().unwrap();
    assert!(!came_in(&right), "revoked");
    let renewed = site.pki.client("box-1", Validity::NOW).unwrap();
    assert!(
        came_in(&connection(&site, &renewed)),
        "a new certificate of the same name"
    );
}

#[test]
fn nobody_takes_over_the_session_of_a_reader() {
    let site = Site::with_kit().unwrap();
    let session = ["-c", "-x", "3600", "-i", "viewer"];
    drop(listen(&site, &site.viewer, "viewer", &session));
    // A clean start under the reader's client id would end its session and all that waits in it.
    let other = site.pki.client("box-2", Validity::NOW).unwrap();
    drop(listen(&site, &other, "thief", &["-i", "viewer"]));
    publish_as(&site, &site.device, "luchs/box-1/gate/events", "kept");
    let mut again = listen(&site, &site.viewer, "viewer-again", &session);
    again.wait_for_output("got luchs/box-1/gate/events kept", 10).unwrap();
}

#[test]
fn the_broker_s_files_are_for_its_user_only() {
    use std::os::unix::fs::MetadataExt as _;
    let site = Site::with_kit().unwrap();
    let owner = std::fs::metadata(site.file("kit/acl")).unwrap().uid();
    for entry in std::fs::read_dir(site.file("kit")).unwrap() {
        let path = entry.unwrap().path();
        // Logs of the test.
        if path
            .extension()
            .is_some_and(|ending| ending == "err" || ending == "out")
        {
            continue;
        }
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.mode() & 0o077), (owner, 0), "{}", path.display());
    }
    assert!(!site.broker.log().contains("Warning"), "{}", site.broker.log());
}

/// An hour at nearly three events a second; ten times what the broker would keep by default.
const MISSED: u64 = 10_000;

#[test]
fn a_reader_that_was_away_gets_everything_also_over_restarts_of_the_broker() {
    let mut site = Site::with_kit().unwrap();
    let folder = site.file("logs");
    std::fs::create_dir(&folder).unwrap();
    let luchs = luchs_tests::built().unwrap().join("luchs");
    let read = |site: &Site, name: &str, more: &[String]| {
        let arguments = [site.subscribe_arguments(), more.to_vec()].concat();
        let mut reader = Process::start(&site.file("logs"), name, &luchs, |command| {
            command.args(arguments);
        })
        .unwrap();
        reader.wait_for_output("subscribed", 30).unwrap();
        reader
    };
    // It was there once, and then its machine died.
    drop(read(&site, "before", &[]));
    let half = MISSED / 2;
    for run in 0..2 {
        let mut publisher = publisher::start(&site, &folder, run, half, true).unwrap();
        assert!(publisher.wait(120).unwrap().success(), "{}", publisher.stderr());
        site.broker.stop().unwrap();
        site.broker.restart().unwrap();
    }
    // Each run marks its end.
    let all = MISSED + 2;
    let mut after = read(&site, "after", &["--count".into(), all.to_string()]);
    let ended = after.wait(120).unwrap();
    assert!(ended.success(), "{}", after.stderr());
    let seqs: Vec<u64> = after
        .stdout()
        .lines()
        .map(|line| serde_json::from_str::<luchs_scene::Event>(line).unwrap().seq)
        .collect();
    assert_eq!(seqs, (1..=all).collect::<Vec<_>>());
}

#[test]
fn a_certificate_that_runs_out_soon_is_told_to_readers() {
    let mut site = Site::with_kit().unwrap();
    site.device = site
        .pki
        .client(luchs_tests::site::DEVICE, Validity { from: -1, to: 5 })
        .unwrap();
    let folder = site.file("logs");
    std::fs::create_dir(&folder).unwrap();
    let luchs = luchs_tests::built().unwrap().join("luchs");
    let reader = Process::start(&folder, "reader", luchs, |command| {
        command.args(site.subscribe_arguments());
    });
    let mut reader = reader.unwrap();
    reader.wait_for_output("subscribed", 30).unwrap();
    let _publisher = publisher::start(&site, &folder, 0, 20_000, false).unwrap();
    let status = until("the event", 30, || {
        let output = reader.stdout();
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        let mut events = whole
            .lines()
            .map(|line| serde_json::from_str::<luchs_scene::Event>(line).unwrap());
        Ok(events.find_map(|event| event.status))
    })
    .unwrap();
    assert_eq!(status.condition, Condition::CertificateExpiring);
    assert!(status.text.contains("expires in 4 days"), "{}", status.text);
}
