use super::*;

fn snapshot(text: &str) -> Snapshot {
    serde_json::from_str(text).unwrap()
}

fn site() -> Snapshot {
    snapshot(include_str!("../../../tests/fixtures/site.json"))
}

#[test]
fn all_metrics_of_a_site() {
    insta::assert_snapshot!(render(site(), Format::OpenMetrics).unwrap());
}

#[test]
fn a_box_without_cameras_tells_about_itself() {
    let text = render(
        snapshot(include_str!("../../../tests/fixtures/new.json")),
        Format::OpenMetrics,
    )
    .unwrap();
    assert!(
        text.contains("luchs_up 1.0\n") && text.contains("process_open_fds 14.0\n"),
        "{text}"
    );
    let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(
        samples
            .iter()
            .all(|line| !line.contains("camera") && !line.contains("broker")),
        "{samples:#?}"
    );
}

#[test]
fn labels_cannot_break_out_of_their_quotes() {
    let mut all = site();
    let gate = all.cameras.values_mut().next().unwrap();
    gate.objects = [("a\"} 1\n\\evil{x=\"".to_owned(), 7)].into();
    let text = render(all, Format::OpenMetrics).unwrap();
    let line = text.lines().find(|line| line.starts_with("luchs_camera_objects{"));
    assert_eq!(
        line,
        Some(r#"luchs_camera_objects{camera="gate",label="a\"} 1\n\\evil{x=\""} 7.0"#)
    );
}

#[test]
fn the_older_format_names_families_as_their_samples() {
    let text = render(site(), Format::Text).unwrap();
    let mut families: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some((name, _)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            families.push(name);
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = families.last().unwrap();
            let of = ["", "_bucket", "_sum", "_count"];
            assert!(
                of.iter().any(|part| name == format!("{family}{part}")),
                "{name} in {family}"
            );
        }
    }
    assert!(!text.contains("EOF") && text.contains("# TYPE luchs_camera_frames_total counter\n"));
    assert!(text.contains("# TYPE luchs_build_info gauge\n"));
}

#[test]
fn who_asks_for_openmetrics_gets_it() {
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    assert_eq!(Format::accepted(Some(prometheus)), Format::OpenMetrics);
    assert_eq!(Format::accepted(Some("*/*")), Format::Text);
    assert_eq!(Format::accepted(None), Format::Text);
}
