//! What a person who writes the file is told.

use std::{collections::BTreeMap, path::Path};

use luchs_delivery::Retention;

use crate::config::{Config, Problem, Problems, Severity, Source, keys};

const FOUR_LINES: &str =
    "[broker]\nurl = \"mqtts://broker.example\"\n[camera.gate]\nurl = \"rtsp://192.168.1.20/stream1\"\n";

fn parse(text: &str) -> Result<Config, Problems> {
    Config::parse(text, "/etc/luchs/luchs.toml")
}

/// All problems of a text that is wrong.
fn wrong(text: &str) -> Vec<Problem> {
    parse(text).unwrap_err().problems
}

/// `line:column message; help` of the only problem.
fn only(text: &str) -> String {
    let problems = wrong(text);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    told(&problems[0])
}

fn told(problem: &Problem) -> String {
    let place = problem
        .place
        .as_ref()
        .map_or(String::new(), |place| format!("{}:{} ", place.line, place.column));
    format!("{place}{}; {}", problem.message, problem.help.as_deref().unwrap_or("-"))
}

/// Four lines, and below the camera's these.
fn camera(lines: &str) -> String {
    format!("{FOUR_LINES}{lines}\n")
}

#[test]
fn four_lines_are_enough_for_a_camera() {
    let config = parse(FOUR_LINES).unwrap();
    let (name, camera) = config.enabled().next().unwrap();
    assert_eq!(name.as_str(), "gate");
    assert_eq!(camera.url, Source::Rtsp("rtsp://192.168.1.20/stream1".into()));
    assert_eq!(camera.model, Path::new("/usr/share/luchs/models/yolox-nano-int8"));
    assert_eq!(config.warnings, []);
    insta::assert_debug_snapshot!(
        "four_lines",
        (config.cameras, config.broker, config.events, config.tracking)
    );
}

#[test]
fn nothing_at_all_is_a_configuration_without_cameras() {
    let config = parse("").unwrap();
    assert!(config.cameras.is_empty() && config.broker.is_none() && config.warnings.is_empty());
    assert_eq!(config.device.signing_key(), Path::new("/var/lib/luchs/keys/device.jwk"));
}

#[test]
fn the_defaults_are_those_of_the_elements() {
    let config = parse("").unwrap();
    let (retention, tracker) = (Retention::default(), luchs_analytics::tracker::Settings::default());
    let lifecycle = luchs_analytics::lifecycle::Settings::default();
    assert_eq!(config.events.retention_bytes, retention.bytes);
    assert_eq!(config.events.retention_age, retention.age);
    assert_eq!(
        config.events.update_interval.as_millis(),
        u128::from(lifecycle.update_interval_ms)
    );
    assert_eq!(config.events.end_after.as_millis(), u128::from(lifecycle.end_after_ms));
    assert_eq!(config.tracking.max_lost, tracker.max_lost);
    assert_eq!(config.tracking.min_hits, tracker.min_hits);
}

#[test]
fn every_key_of_the_list_changes_the_configuration() {
    for section in keys::SECTIONS {
        for key in section.keys {
            let header = if section.named { "[camera.other]" } else { "" };
            let url = if section.named && key.name != "url" {
                "url = \"rtsps://192.168.1.21/\""
            } else {
                ""
            };
            let mut tables = BTreeMap::from([
                ("broker", "url = \"mqtts://other.example\"".to_owned()),
                (section.name, url.to_owned()),
            ]);
            if section.name == "broker" && key.name != "url" {
                tables.insert("broker", "url = \"mqtts://other.example\"".to_owned());
            }
            let text = |line: &str| {
                tables.iter().fold(String::new(), |text, (name, lines)| {
                    let (head, line) = match (*name == section.name, section.named) {
                        (true, true) => (header.to_owned(), line),
                        (mine, _) => (format!("[{name}]"), if mine { line } else { "" }),
                    };
                    format!("{text}{head}\n{lines}\n{line}\n")
                })
            };
            let line = format!("{} = {}", key.name, key.example);
            let with = parse(&text(&line)).unwrap_or_else(|problems| panic!("{line}: {problems}"));
            let debug = |config: &Config| {
                let Config {
                    device,
                    broker,
                    events,
                    model,
                    tracking,
                    decoder,
                    http,
                    homeassistant,
                    cameras,
                    ..
                } = config;
                format!(
                    "{device:?}{broker:?}{events:?}{model:?}{tracking:?}{decoder:?}{http:?}{homeassistant:?}{cameras:?}"
                )
            };
            if matches!(key.default, keys::Default::Required) {
                continue;
            }
            assert_ne!(
                debug(&with),
                debug(&parse(&text("")).unwrap()),
                "[{}] {line}",
                section.name
            );
            if let keys::Default::Value(value) = key.default {
                let line = format!("{} = {value}", key.name);
                let config = parse(&text(&line)).unwrap_or_else(|problems| panic!("{line}: {problems}"));
                assert_eq!(
                    debug(&config),
                    debug(&parse(&text("")).unwrap()),
                    "[{}] {line}",
                    section.name
                );
            }
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = include_str!("../../../tests/five_errors.toml");
    let told: Vec<_> = wrong(text).iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_slip_in_a_key_is_answered_with_the_key() {
    assert_eq!(
        only(&camera("latncey = \"1s\"")),
        "5:1 `latncey` is no key of [camera.gate]; did you mean `latency`?"
    );
    assert_eq!(
        only(&camera("confidence = 0.3")),
        "5:1 `confidence` is no key of [camera.gate]; did you mean `threshold`?"
    );
    assert_eq!(
        only(&camera("topic-prefix = \"x\"")),
        "5:1 `topic-prefix` is no key of [camera.gate]; it belongs into [broker]"
    );
    assert_eq!(
        only("[cameras.gate]\nurl = \"rtsp://h/\""),
        "1:2 there is no table `cameras`; did you mean [camera.NAME]?"
    );
    assert_eq!(
        only("listen = \"127.0.0.1:1\""),
        "1:1 `listen` stands outside of every table; it belongs below [http]"
    );
    assert_eq!(
        only("[camera]\nurl = \"rtsp://h/\""),
        "2:1 `url` belongs to a camera, but this table has no name; give the camera a name, and put it below: [camera.gate]"
    );
    assert!(only("[[camera]]\nurl = \"rtsp://h/\"").ends_with("write a table with a name for each: [camera.gate]"));
}

#[test]
fn a_value_of_another_kind_is_answered_with_an_example() {
    for (line, expected) in [
        (
            "latency = 200",
            "`latency` takes a duration, but this is a number; write it as a text with its unit: latency = \"500ms\"",
        ),
        (
            "latency = \"200\"",
            "`latency`: “200” has no unit; put one of ms, s, min, h, d behind it: latency = \"500ms\"",
        ),
        (
            "latency = \"2 sec\"",
            "`latency`: “2 sec” has a unit that is not known; use one of ms, s, min, h, d: latency = \"500ms\"",
        ),
        (
            "latency = \"1h\"",
            "`latency` cannot be 1h; use a value from 0s to 10s, for example: latency = \"500ms\"",
        ),
        (
            "enabled = \"false\"",
            "`enabled` takes true or false, but this is a text; write it without quotation marks: enabled = false",
        ),
        (
            "transport = \"tpc\"",
            "`transport`: “tpc” is not one of \"tcp\", \"udp\", \"auto\"; did you mean: transport = \"tcp\"",
        ),
        (
            "object-class = \"person, car\"",
            "`object-class` takes a list of texts, but this is a text; write it in brackets: object-class = [\"person\", \"car\"]",
        ),
        (
            "threshold = 40",
            "`threshold` cannot be 40; use a value from 0 to 1, for example: threshold = 0.4",
        ),
        (
            "threshold = nan",
            "`threshold` cannot be nan; use a value from 0 to 1, for example: threshold = 0.4",
        ),
        (
            "inference-interval = 0",
            "`inference-interval` cannot be 0; use a value from 1 to 10000, for example: inference-interval = 3",
        ),
        (
            "credentials = \"\"",
            "`credentials` is empty; give a path, for example: credentials = \"/srv/luchs/gate.credentials\", or leave the line out",
        ),
    ] {
        let told = only(&camera(line));
        let (_, told) = told.split_once(' ').unwrap();
        assert_eq!(told, expected);
    }
    assert!(only(&camera("inference-region = \"0.5,0,0.6,1\"")).contains("inside of the frame"));
    assert!(only(&camera("device = \"gpu\"")).contains("use auto, cpu, cuda"));
    assert!(only("[http]\nlisten = \"localhost:9464\"").contains("listen = \"127.0.0.1:8080\""));
    for (address, meant) in [
        ("mqtt://broker:1883", "broker"),
        ("broker.site:8884", "broker.site:8884"),
    ] {
        let told = only(&format!("[broker]\nurl = \"{address}\""));
        assert!(told.ends_with(&format!("use TLS: url = \"mqtts://{meant}\"")), "{told}");
    }
    let told = only("[broker]\nurl = \"mqtt://guard:geheim@broker\"");
    assert!(!told.contains("geheim"), "{told}");
}

#[test]
fn what_is_missing_is_told_with_the_place_to_put_it() {
    assert_eq!(
        only("[broker]\nurl = \"mqtts://b\"\n[camera.gate]\n"),
        "3:9 [camera.gate] has no `url`; add below it: url = \"rtsp://192.168.1.20/stream1\""
    );
    assert_eq!(
        only("[camera.gate]\nurl = \"rtsp://h/\""),
        "1:9 the events of the camera “gate” have nowhere to go: there is no [broker]; add two lines: [broker] and url = \
         \"mqtts://broker.example\""
    );
    // One that is switched off needs no broker.
    assert!(parse("[camera.gate]\nurl = \"rtsp://h/\"\nenabled = false").is_ok());
}

#[test]
fn a_bad_name_is_answered_with_a_good_one() {
    let told = only("[broker]\nurl = \"mqtts://b\"\n[camera.\"Tür Süd\"]\nurl = \"rtsp://h/\"");
    assert!(
        told.starts_with("3:9 a camera's name is a level of topics: “Tür Süd”"),
        "{told}"
    );
    assert!(told.ends_with("; write: [camera.Tuer-Sued]"), "{told}");
}

#[test]
fn passwords_are_refused_with_the_remedy_and_repeated_nowhere() {
    for (line, remedy) in [
        (
            "url = \"rtsp://admin:geheim@192.168.1.20/s\"",
            "/etc/luchs/credentials/a",
        ),
        (
            "url = \"http://admin:geheim@192.168.1.20/s\"",
            "/etc/luchs/credentials/a",
        ),
        (
            "url = \"rtsp://admin:ge/geheim@192.168.1.20/s\"",
            "/etc/luchs/credentials/a",
        ),
        ("url = \"rtsp://h/\"\npassword = \"geheim\"", "/etc/luchs/credentials/a"),
        ("url = \"rtsp://h/\"\nuser = \"geheim\"", "/etc/luchs/credentials/a"),
        ("url = \"rtsp://h/\"\nkennwort = \"geheim\"", "it has: url"),
        (
            "url = \"rtsp://h/\"\ncredentials = \"admin:geheim\"",
            "/etc/luchs/credentials/a",
        ),
        (
            "url = \"rtsp://h/\"\ncredentials = [\"admin\", \"geheim\"]",
            "takes a path",
        ),
        ("url = \"rtsp://admin:geheim\\u0040h/\"", "/etc/luchs/credentials/a"),
        ("url = \"rtsp://admin:geheim@h", "cannot be parsed"),
        ("url = \"rtsp://h/\"\npassword = \"geheim", "cannot be parsed"),
    ] {
        let problems = parse(&format!("[broker]\nurl = \"mqtts://b\"\n[camera.a]\n{line}")).unwrap_err();
        let all = format!("{problems} {problems:?} {}", serde_json::to_string(&problems).unwrap());
        assert!(!all.contains("geheim"), "{all}");
        assert!(all.contains(remedy), "{all}");
    }
    let told = only("[broker]\nurl = \"mqtts://user:geheim@b\"");
    assert!(!told.contains("geheim"), "{told}");
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let text = format!(
        "{FOUR_LINES}loop = true\n[camera.yard]\nurl = \"rtsp://192.168.1.20/stream1\"\n[camera.old]\nurl = \
         \"rtsp://h/cam?user=a&password=geheim\"\n[camera.clip]\nurl = \"file:///srv/a%20b.mp4\"\ntransport = \"udp\"\n\
         [http]\nlisten = \"0.0.0.0:9464\"\n[tracking]\nmax-lost = \"3s\"\n"
    );
    let config = parse(&text).unwrap();
    assert!(
        config
            .warnings
            .iter()
            .all(|warning| warning.severity == Severity::Warning)
    );
    let told: Vec<_> = config.warnings.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(!format!("{:?}", config.warnings).contains("geheim"));
}

#[test]
fn a_broken_line_hides_no_other_mistake() {
    let problems = wrong(
        "[broker\nurl = mqtts://b\n\n[camera.gate]\nurl = \"rtsp://h/\"\nlatncey = \"1s\"\n[events]\nend-after = 2\n",
    );
    let told: Vec<_> = problems.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn paths_begin_in_the_folder_of_the_file() {
    let config = Config::parse("[events]\nrecipients = \"readers\"", "/srv/site/luchs.toml").unwrap();
    assert_eq!(config.events.recipients, Path::new("/srv/site/readers"));
}

#[test]
fn a_file_that_cannot_be_read_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("luchs.toml");
    let problems = Config::load(&file).unwrap_err();
    assert!(
        problems.unread && problems.to_string().contains("No such file"),
        "{problems}"
    );
    std::fs::write(&file, b"[broker]\nurl = \"\xff\"\n").unwrap();
    let problems = Config::load(&file).unwrap_err();
    assert!(
        !problems.unread && problems.to_string().contains(":2:8: error: this is no UTF-8 text"),
        "{problems}"
    );
    std::fs::write(&file, "#".repeat(2 << 20)).unwrap();
    assert!(
        Config::load(&file)
            .unwrap_err()
            .to_string()
            .contains("larger than 1 MiB")
    );
}

#[test]
fn equal_cameras_are_equal_whatever_surrounds_them() {
    let one = parse(&camera("latency = \"1s\"")).unwrap();
    let other = parse(&format!(
        "# moved\n{}[camera.b]\nurl = \"rtsp://b/\"\n",
        camera("latency = \"1000ms\"")
    ))
    .unwrap();
    let gate = "gate".parse().unwrap();
    assert_eq!(one.cameras[&gate], other.cameras[&gate]);
    assert_ne!(one.cameras[&gate], parse(FOUR_LINES).unwrap().cameras[&gate]);
}
