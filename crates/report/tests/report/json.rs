//! Reports as JSON.

use std::{fs, path::Path};

use luchs_report::{ReadError, Report, optimise::Stage};
use serde_json::{Map, Value};

use crate::sample::{LABELLED, UNLABELLED, changed, labelled, run, unlabelled};

/// With sorted keys: whether `serde_json` keeps their order depends on who else is in the build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let sorted = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(sorted.collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.schema.json");
    let schema = serde_json::to_string_pretty(&sorted(Report::json_schema())).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        schema,
        "run: UPDATE_DOCS=1 cargo test -p luchs-report"
    );
}

#[test]
fn what_is_written_fits_the_schema() {
    let schema = jsonschema::validator_for(&Report::json_schema()).unwrap();
    for report in [labelled(), unlabelled()] {
        let value: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
        let errors: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn a_report_comes_back_as_it_was() {
    for report in [labelled(), unlabelled()] {
        assert_eq!(Report::from_json(&report.to_json().unwrap()).unwrap(), report);
    }
}

#[test]
fn version_and_kind_stand_at_the_beginning() {
    let json = labelled().to_json().unwrap();
    let head: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&head["schema"], &head["kind"]),
        (&"luchs.report/1".into(), &"optimise".into())
    );
    assert!(
        json.starts_with("{\n  \"schema\": \"luchs.report/1\""),
        "{}",
        &json[..60]
    );
}

#[test]
fn another_version_is_not_guessed_at() {
    let later = LABELLED.replace("luchs.report/1", "luchs.report/2");
    let error = Report::from_json(&later).unwrap_err();
    assert!(matches!(error, ReadError::Schema(_)));
    assert_eq!(
        error.to_string(),
        "this is “luchs.report/2”, not luchs.report/1: read it with the version of Luchs that made it"
    );
    let other = Report::from_json("{\"schema\": \"\\u001b[2J\"}")
        .unwrap_err()
        .to_string();
    assert!(other.contains("“\\u{1b}[2J”"), "{other}");
    let broken = Report::from_json("{\n  \"schema\":").unwrap_err().to_string();
    assert!(broken.contains("line 2"), "{broken}");
}

#[test]
fn parts_that_nobody_foresaw_have_their_own_words() {
    let mut report = unlabelled();
    let last = run(&mut report).stages.last().unwrap().stage.clone();
    assert_eq!(last, Stage::Other("packing".into()));
}

#[test]
fn the_optional_parts_may_be_missing() {
    let report = changed(UNLABELLED, |value| {
        let result = value["result"].as_object_mut().unwrap();
        for key in ["settings", "forced", "classes", "stages", "commands"] {
            result.remove(key);
        }
        result["box"].as_object_mut().unwrap().remove("doubts");
        result["candidates"] = Value::Array(Vec::new());
    });
    for language in luchs_report::Language::ALL {
        crate::tags::pieces(&report.html(language));
        assert!(!report.terminal(language, luchs_report::Screen::default()).is_empty());
    }
}
