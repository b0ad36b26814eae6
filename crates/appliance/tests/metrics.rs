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

fn dashboard() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("grafana/luchs.json")).unwrap()).unwrap()
}

/// What the panels ask.
fn queries(dashboard: &serde_json::Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// What `program` prints when it reads `input`.
fn python(program: &str, input: &str) -> String {
    let python = root().join("target/assets/python/bin/python");
    let mut child = Command::new(&python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: make setup", python.display()));
    // A program that ended before it read says why.
    let written = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{errors}\nmake setup, if it is a module that is missing"
    );
    written.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_metric_of_the_dashboard_exists() {
    let dashboard = dashboard();
    let mut wanted: BTreeSet<String> = queries(&dashboard).iter().flat_map(|query| names(query)).collect();
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
        let read: usize = python(&program, &text).trim().parse().unwrap();
        assert_eq!(
            read,
            text.lines().filter(|line| !line.starts_with('#')).count(),
            "{format:?}"
        );
    }
}

/// Grafana shows a query that cannot be read as an empty panel, and a rule that cannot be read wakes nobody.
#[test]
fn every_query_of_the_dashboard_and_of_the_rules_can_be_read() {
    let manual = std::fs::read_to_string(root().join("docs/monitoring.md")).unwrap();
    let rules = manual.split("expr: '").skip(1);
    let rules: Vec<_> = rules.map(|rule| rule.split('\'').next().unwrap().to_owned()).collect();
    assert!(rules.len() > 5, "{rules:?}");
    let queries = [queries(&dashboard()), rules].concat();
    // The span is Grafana's to fill in; the other variables stand in texts.
    let asked = queries.join("\0").replace("$__rate_interval", "1m");
    let program = "import sys, promql_parser\n\
        for query in sys.stdin.read().split('\\0'):\n\
        \ttry: promql_parser.parse(query)\n\
        \texcept ValueError as error: print(f'{query}: {error}')";
    assert_eq!(python(program, &asked), "");
}
