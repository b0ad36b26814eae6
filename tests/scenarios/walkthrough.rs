//! The walk-through of docs/site.md does what it says: its blocks are run as they stand there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path, process::Command};

use luchs_appliance::status;
use luchs_tests::{Process, broker::free_port, built, root};

/// The blocks of docs/site.md that carry `tag`, joined to one script.
fn script(tag: &str) -> String {
    let text = fs::read_to_string(root().join("docs/site.md")).unwrap();
    let blocks = text.split("\n```").skip(1).step_by(2);
    let body = |block: &str| {
        block
            .split_once('\n')
            .filter(|(head, _)| *head == tag)
            .map(|(_, body)| body.to_owned())
    };
    blocks.filter_map(body).collect::<Vec<_>>().join("\n")
}

/// Ends the broker that the walk-through left running.
struct Broker<'a>(&'a Path);

impl Drop for Broker<'_> {
    fn drop(&mut self) {
        let pid = fs::read_to_string(self.0.join("mosquitto.pid")).unwrap_or_default();
        // Not started, or gone already: nothing to end.
        let _killed = Command::new("kill").arg(pid.trim()).output();
    }
}

#[test]
fn a_stranger_gets_from_nothing_to_the_first_events() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().unwrap().to_string();
    let (repository, programs) = (root().display().to_string(), built().unwrap().display().to_string());
    // The only changes: another port, another folder to work in, and this build's programs.
    let localised = |script: &str| {
        let site = folder.path().display().to_string();
        let script = script.replace("8883", &port).replace("$PWD/target/release", &programs);
        let script = script.replace("$PWD", &repository);
        script.replace("mkdir -p site && cd site", &format!("cd {site}"))
    };
    let commands = localised(&script("bash"));
    let (set_up, watch) = commands.split_at(commands.find("gst-launch-1.0").unwrap());
    let environment = set_up
        .split_inclusive('\n')
        .take_while(|line| !line.starts_with("luchs keys"))
        .collect::<String>();
    assert!(environment.contains("export PATH"), "{environment}");

    let _broker = Broker(folder.path());
    let output = Command::new("bash").args(["-euc", set_up]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let start = |name: &str, script: &str| {
        Process::start(folder.path(), name, "bash", |command| {
            command.args(["-euc", &format!("{environment}\n{script}")]);
            command.env("GST_REGISTRY", folder.path().join("registry.bin"));
        })
        .unwrap()
    };
    let mut reader = start("reader", &localised(&script("bash second-terminal")));
    reader.wait_for_output("subscribed", 30).unwrap();
    let mut watcher = start("watcher", &format!("exec {watch}"));
    let read = reader.wait(120);
    assert!(
        read.unwrap().success(),
        "{}\n{}{}",
        reader.stderr(),
        watcher.stdout(),
        watcher.stderr()
    );
    assert_eq!(
        reader
            .stdout()
            .lines()
            .filter(|line| line.contains(" box-1/gate "))
            .count(),
        10,
        "{}",
        reader.stdout()
    );
    watcher.kill().unwrap();

    // The same by the service.
    let http = free_port().unwrap().to_string();
    let service = localised(&script("bash appliance")).replace("9464", &http);
    let mut service = start("service", &service.replace("\nluchs run", "\nexec luchs run"));
    let mut reader = start("reader-of-service", &localised(&script("bash second-terminal")));
    let read = reader.wait(120);
    assert!(
        read.unwrap().success(),
        "{}\n{}{}",
        reader.stderr(),
        service.stdout(),
        service.stderr()
    );
    let status = status::read(&folder.path().join("status.sock")).unwrap();
    assert_eq!(status.device.unwrap().as_str(), "box-1");
    assert_eq!(
        status.cameras.keys().map(luchs_scene::Name::as_str).collect::<Vec<_>>(),
        ["gate"]
    );
    assert!(status.delivery.unwrap().connected);
    service.kill().unwrap();
}
