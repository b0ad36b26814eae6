//! A client without keys cannot drive a reader out of memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, process::Command};

use luchs_tests::{Process, Site, assets, publisher, until};

/// 180 MB of messages that cannot be opened, as fast as the broker takes them: `flood.py HOST PORT CA CERT KEY QOS`.
const FLOOD: &str = r#"
import sys
from paho.mqtt import client as mqtt
host, port, ca, certificate, key, qos = sys.argv[1:]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, client_id="flood")
client.tls_set(ca, certificate, key)
client.connect(host, int(port))
client.loop_start()
sent = [client.publish("luchs/box-1/gate/events", b"x" * 60_000, qos=int(qos)) for _ in range(3_000)]
for message in sent:
    message.wait_for_publish(60)
client.disconnect()
"#;

/// The most memory that the process ever had, in MiB.
fn peak(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn a_flood_of_nonsense_costs_a_reader_little_memory_and_no_event() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut reader = Process::start(
        folder.path(),
        "subscribe",
        luchs_tests::built().unwrap().join("luchs"),
        |command| {
            command.args(site.subscribe_arguments());
        },
    )
    .unwrap();
    reader.wait_for_output("subscribed", 20).unwrap();
    for qos in ["0", "1"] {
        let flood = Command::new(assets().join("python/bin/python"))
            .args(["-c", FLOOD, "127.0.0.1", &site.broker.port().to_string()])
            .args([
                site.pki.ca_file(),
                site.device.certificate.clone(),
                site.device.key.clone(),
            ])
            .arg(qos)
            .output()
            .unwrap();
        assert!(flood.status.success(), "{}", String::from_utf8_lossy(&flood.stderr));
    }
    let mut run = publisher::start(&site, folder.path(), 0, 50, true).unwrap();
    assert!(run.wait(60).unwrap().success(), "{}", run.stderr());
    until("the events behind the flood", 60, || {
        Ok((reader.stdout().lines().count() >= 51).then_some(()))
    })
    .unwrap();
    assert!(peak(&reader) < 120, "{} MiB", peak(&reader));
    assert!(reader.stderr().lines().count() < 100, "{}", reader.stderr());
}
