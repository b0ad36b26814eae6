//! No output of any program shows a private key, a password or an event, except a reader's. Every test of the harness
//! checks what its programs print; here is shown that it would be noticed, and what programs print when asked for all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{panic::catch_unwind, path::Path, process::Command};

use luchs_tests::{Process, Reader, Site, assets, footage, launch, publisher, secrets};

fn shell(folder: &Path, script: &str) -> Process {
    let mut process = Process::start(folder, "shell", "bash", |command| {
        command.args(["-euc", script]);
    })
    .unwrap();
    assert!(process.wait(10).unwrap().success(), "{}", process.stderr());
    process
}

#[test]
fn a_program_that_prints_a_secret_is_noticed() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (device, tls) = (site.path("device/device.jwk"), site.device.key.display());
    let reader = site.path("viewer/recipient.jwk");
    let number =
        r"import base64, json, sys; d = json.load(open(sys.argv[1]))['d']; d = base64.urlsafe_b64decode(d + '=')";
    for (leak, what) in [
        (format!("cat {device} >&2"), "private key of"),
        (format!("cat {tls}"), "private key of"),
        (format!("cat {tls} | tail -n +2 | head -n 1"), "private key of"),
        (format!("cat {reader}"), "private key of"),
        (
            format!("python3 -c \"{number}; print('debug:', d.hex())\" {device}"),
            "private key of",
        ),
        (
            format!("python3 -c \"{number}; print(list(d))\" {device} >&2"),
            "private key of",
        ),
        ("echo -----BEGIN EC PRIVATE KEY-----".to_owned(), "in PEM"),
        (r#"echo '{"schema":"luchs.event/1"}'"#.to_owned(), "content of an event"),
        (
            r#"echo -n 'x{"schema":"luchs.event/1","type":' | base64"#.to_owned(),
            "content of an event",
        ),
        (
            r#"echo -n 'xy{"schema":"luchs.event/1","type":' | base64"#.to_owned(),
            "content of an event",
        ),
    ] {
        let leaks = shell(folder.path(), &leak).leaks();
        assert!(leaks.iter().any(|found| found.contains(what)), "{leak}: {leaks:?}");
    }
    let harmless = format!(
        "cat {} {}",
        site.path("device/device.pub.jwk"),
        site.pki.ca_file().display()
    );
    assert_eq!(shell(folder.path(), &harmless).leaks(), [""; 0]);

    // A test need not ask: it fails by itself.
    let process = shell(folder.path(), &format!("cat {device}"));
    let failure = catch_unwind(std::panic::AssertUnwindSafe(|| drop(process))).unwrap_err();
    assert!(
        failure
            .downcast_ref::<String>()
            .unwrap()
            .contains("shell printed the private key of")
    );
}

#[test]
fn readers_show_events_and_nothing_else_of_it() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let readers: Vec<Process> = Reader::ALL
        .iter()
        .map(|reader| reader.start(&site, folder.path()).unwrap())
        .collect();
    let mut run = publisher::start(&site, folder.path(), 0, 20, true).unwrap();
    assert!(run.wait(60).unwrap().success(), "{}", run.stderr());
    for reader in readers {
        luchs_tests::until("all events", 30, || {
            Ok((reader.stdout().lines().count() == 21).then_some(()))
        })
        .unwrap();
        assert!(
            !secrets::leaks(reader.stdout().as_bytes(), false).is_empty(),
            "events are recognised"
        );
        assert_eq!(reader.leaks(), [""; 0]);
    }
}

#[test]
fn elements_that_are_asked_for_everything_tell_no_secret() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = site.path("device");
    let line = format!(
        "filesrc location={} ! decodebin ! identity eos-after=30 ! luchsdetect model={} ! luchstrack ! luchspublish \
         camera=gate broker={} ca-file={} cert-file={} key-file={} signing-key={keys}/device.jwk \
         recipients={keys}/recipients outbox={} ! fakesink",
        footage().display(),
        assets().join("models/yolox-nano").display(),
        site.broker.url(),
        site.pki.ca_file().display(),
        site.device.certificate.display(),
        site.device.key.display(),
        site.path("outbox.db"),
    );
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let debug = [
        ("GST_DEBUG", "luchs*:9,GST_ELEMENT*:4"),
        ("GST_DEBUG_NO_COLOR", "1"),
        ("RUST_LOG", "trace"),
    ];
    let mut process = launch::start(folder.path(), "everything", &words, &debug).unwrap();
    assert!(process.wait(120).unwrap().success(), "{}", process.stderr());
    let committed = launch::stats(&process.stdout())["luchspublish0"]["events-sealed"];
    assert!(committed > 0.0, "{}", process.stdout());
    assert!(process.stderr().contains("luchs"), "it was asked for everything");
    assert_eq!(process.leaks(), [""; 0]);
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    let site = Site::new().unwrap();
    let mut arguments = site.subscribe_arguments();
    let url = arguments
        .iter_mut()
        .find(|argument| argument.starts_with("mqtts://"))
        .unwrap();
    *url = url.replace("mqtts://", "mqtts://guard:geheim@");
    let output = Command::new(luchs_tests::built().unwrap().join("luchs"))
        .args(&arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(said.contains("password") && !said.contains("geheim"), "{said}");
}
