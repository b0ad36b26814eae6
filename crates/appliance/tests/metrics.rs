//! What reads the metrics finds what it looks for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use luchs_appliance::{
    metrics::{Format, render},
    status::Snapshot,
};

fn site() -> Snapshot {
    serde_json::from_str(include_str!("fixtures/site.json")).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Names of ours in a text.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("luchs_") || word.starts_with("process_"));
    ours.map(str::to_owned).collect()
}

#[test]
fn every_metric_of_the_dashboard_exists() {
    let text = std::fs::read_to_string(root().join("grafana/luchs.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut wanted = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            wanted.extend(names(target["expr"].as_str().unwrap()));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        wanted.extend(variable["definition"].as_str().map(names).into_iter().flatten());
    }
    let samples = render(site(), Format::OpenMetrics).unwrap();
    let samples: BTreeSet<String> = samples
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next().map(str::to_owned))
        .collect();
    assert!(wanted.len() > 30, "{wanted:?}");
    let missing: Vec<_> = wanted.difference(&samples).collect();
    assert!(missing.is_empty(), "no such metrics: {missing:?}");
}

#[test]
fn the_manual_names_every_metric() {
    let manual = std::fs::read_to_string(root().join("docs/monitoring.md")).unwrap();
    let named = names(&manual);
    for (format, part) in [(Format::OpenMetrics, "# TYPE "), (Format::Text, "# TYPE ")] {
        let text = render(site(), format).unwrap();
        let families = text
            .lines()
            .filter_map(|line| line.strip_prefix(part)?.split(' ').next());
        for family in families {
            let forms = [family.to_owned(), format!("{family}_total"), format!("{family}_info")];
            assert!(
                forms.iter().any(|form| named.contains(form)),
                "docs/monitoring.md does not name {family}"
            );
        }
    }
}

/// The parsers of Prometheus' own Python client; that of `OpenMetrics` refuses what the specification does not allow.
#[test]
fn prometheus_own_parsers_read_both_formats() {
    let python = root().join("target/assets/python/bin/python");
    for (format, parser) in [
        (Format::OpenMetrics, "prometheus_client.openmetrics.parser"),
        (Format::Text, "prometheus_client.parser"),
    ] {
        let program = format!(
            "import sys\nfrom {parser} import text_string_to_metric_families as parse\n\
             print(sum(len(family.samples) for family in parse(sys.stdin.read())))"
        );
        let mut all = site();
        for camera in all.cameras.values_mut() {
            camera.objects = [("a\"} 1\n\\ä".to_owned(), 7)].into();
        }
        let text = render(all, format).unwrap();
        let mut child = Command::new(&python)
            .args(["-c", &program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}: make setup", python.display()));
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{format:?} is not read; see above, or: make setup"
        );
        let read: usize = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
        assert_eq!(
            read,
            text.lines().filter(|line| !line.starts_with('#')).count(),
            "{format:?}"
        );
    }
}
