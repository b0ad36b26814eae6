//! Dependencies only point down: the list below, from bottom to top, is the one of ARCHITECTURE.md.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

const LAYERS: [&str; 22] = [
    "luchs-isa",
    "luchs-table",
    "luchs-scene",
    "luchs-vision",
    "luchs-analytics",
    "luchs-seal",
    "luchs-model",
    "luchs-infer",
    "luchs-delivery",
    "luchs-report",
    "luchs-optimise",
    "gst-luchs-meta",
    "gst-plugin-luchsinference",
    "gst-plugin-luchsanalytics",
    "gst-plugin-luchspublish",
    "gst-plugin-luchseffects",
    "luchs-appliance",
    "luchs-fuzz",
    "luchs-benches",
    "luchs-peers",
    "luchs-cli",
    "luchs-tests",
];

/// Crates of others that only one of ours may know.
const KNOWN_TO_ONE: [(&str, &str); 4] = [
    ("ort", "luchs-infer"),
    ("josekit", "luchs-seal"),
    ("rusqlite", "luchs-delivery"),
    ("rumqttc", "luchs-delivery"),
];

fn edges() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(luchs_tests::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let of = |package: &serde_json::Value| {
        let from = text(&package["name"]);
        let to = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| d["kind"] != "dev");
        to.map(|dependency| (from.clone(), text(&dependency["name"])))
            .collect::<Vec<_>>()
    };
    packages.iter().flat_map(of).collect()
}

#[test]
fn no_crate_depends_on_one_above_it() {
    let layer = |name: &str| LAYERS.iter().position(|l| *l == name);
    for (from, to) in edges() {
        let from_layer = layer(&from).unwrap_or_else(|| panic!("{from} is missing in the list of layers"));
        assert!(
            layer(&to).is_none_or(|to_layer| to_layer < from_layer),
            "{from} depends on {to}, which is above it"
        );
    }
}

#[test]
fn what_one_crate_hides_no_other_uses() {
    for (from, to) in edges() {
        let owner = KNOWN_TO_ONE.iter().find(|(name, _)| *name == to);
        assert!(
            owner.is_none_or(|(_, owner)| *owner == from),
            "{from} depends on {to}, which only one crate may"
        );
    }
}
