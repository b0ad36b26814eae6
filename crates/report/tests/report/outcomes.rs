//! What came out, and how that is told.

use luchs_report::{Language, Report, Screen, document::Mood};
use serde_json::{Value, json};

use crate::{
    sample::{LABELLED, UNLABELLED, changed, labelled, unlabelled},
    tags::texts,
};

fn page(report: &Report) -> String {
    texts(&report.html(Language::English)).join("\n").replace('\u{a0}', " ")
}

fn candidate<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    let candidates = value["result"]["candidates"].as_array_mut().unwrap();
    candidates
        .iter_mut()
        .find(|candidate| candidate["name"] == name)
        .unwrap()
}

#[test]
fn a_limit_within_the_interval_is_called_uncertain() {
    let report = labelled();
    let finding = report.document(Language::English).finding;
    assert_eq!(finding.badge.mood, Mood::Warn);
    assert_eq!(finding.badge.word, "chosen, but uncertain");
    let page = page(&report);
    assert!(
        page.contains("only known to lie between −2.0 and +0.4 (95 %); the limit, ≥ −1.0, is in between"),
        "{page}"
    );
}

#[test]
fn intervals_on_the_right_side_are_called_so() {
    let report = changed(LABELLED, |value| {
        let chosen = candidate(value, "int8-table-float5");
        for gate in chosen["gates"].as_array_mut().unwrap() {
            let measured = gate["value"]["value"].clone();
            gate["value"]["interval"] = json!({ "low": measured, "high": measured });
        }
    });
    assert_eq!(report.document(Language::English).finding.badge.mood, Mood::Good);
    assert!(page(&report).contains("lie on the right side of the requirement"));
}

#[test]
fn without_intervals_chance_is_said_to_be_unknown() {
    let report = changed(LABELLED, |value| {
        let chosen = candidate(value, "int8-table-float5");
        for gate in chosen["gates"].as_array_mut().unwrap() {
            gate["value"].as_object_mut().unwrap().remove("interval");
        }
    });
    assert!(page(&report).contains("how far chance plays a part is not known"));
}

#[test]
fn a_forced_candidate_is_never_called_passed() {
    let report = unlabelled();
    let document = report.document(Language::English);
    assert_eq!(document.finding.badge.mood, Mood::Warn);
    assert!(
        document
            .finding
            .statement
            .contains("although it did not meet every requirement")
    );
    let figures = &document.finding.figures;
    assert!(figures.iter().any(|figure| figure.value == "0 of 4"), "{figures:?}");
    let page = page(&report);
    assert!(page.contains("Reason given: Pilot at one till only"), "{page}");
    assert!(page.contains("✗") && page.contains("forced"), "{page}");
}

#[test]
fn a_gate_that_was_not_passed_means_forced_even_if_nobody_says_so() {
    let report = changed(UNLABELLED, |value| {
        value["result"].as_object_mut().unwrap().remove("forced");
    });
    assert!(page(&report).contains("Reason given: none"));
}

#[test]
fn without_a_good_candidate_nothing_changes() {
    let report = changed(LABELLED, |value| {
        for name in ["int8-table-float5", "int8-table", "int8-nhwc-float5"] {
            candidate(value, name)["verdict"] = json!({ "outcome": "rejected", "reason": "The operator said no." });
        }
    });
    let document = report.document(Language::English);
    assert_eq!(document.finding.badge.word, "no change");
    let page = page(&report);
    assert!(page.contains("The model stays as it is"), "{page}");
    assert!(
        page.contains("int8-table\n was rejected: The operator said no."),
        "{page}"
    );
    assert!(page.contains("leaving \nyolox-nano\n in use as it is"), "{page}");
}

#[test]
fn why_a_candidate_is_out_follows_from_its_gates() {
    let page = page(&labelled());
    let told = "int8-qdq-minmax\n was rejected: mAP −25.8 points, required ≥ −1.0; AP50 −37.3 points, required ≥ −1.5; \
                agreement 41.2 %, required ≥ 95.0 %.";
    assert!(page.contains(told), "{page}");
    assert!(
        page.contains("could not be made or run: TensorRT is asked for, but libnvinfer.so.10 is not on this box."),
        "{page}"
    );
}

#[test]
fn who_needs_another_runtime_is_told_which_candidate_does_without_the_own_operator() {
    let page = page(&labelled());
    assert!(page.contains("It runs in Luchs only"), "{page}");
    assert!(
        page.contains("int8-nhwc-float5 passed as well and has standard operators only."),
        "{page}"
    );
}

#[test]
fn numbers_that_are_none_are_a_dash_and_break_nothing() {
    let mut report = labelled();
    let run = crate::sample::run(&mut report);
    for candidate in &mut run.candidates {
        for speed in &mut candidate.speeds {
            speed.ms = f64::NAN;
            speed.baseline_ms = f64::INFINITY;
            speed.ratio.value = f64::NEG_INFINITY;
        }
        if let Some(precision) = &mut candidate.precision {
            precision.map = f64::NAN;
            precision.map_drop.value = f64::NAN;
        }
    }
    run.baseline.map = Some(f64::NAN);
    if let Some(classes) = &mut run.classes {
        classes.classes[0].after = f64::NAN;
    }
    for language in Language::ALL {
        let page = report.html(language);
        crate::tags::pieces(&page);
        assert!(!page.contains("NaN") && !page.contains("inf "), "{page}");
        assert!(!report.terminal(language, Screen::default()).contains("NaN"));
    }
}
