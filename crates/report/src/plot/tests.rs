use super::*;

fn canvas(width: f64, language: Language) -> Canvas<'static> {
    Canvas {
        id: "p",
        width,
        language,
    }
}

fn drawn(plot: &Plot, width: f64) -> String {
    plot.svg(&canvas(width, Language::English)).replace("><", ">\n<")
}

fn scatter() -> Scatter {
    let point = |label: &str, x, y, mark, interval| Point {
        x,
        y,
        interval,
        label: label.into(),
        mark,
    };
    Scatter {
        title: "Accuracy over time".into(),
        x: Axis {
            title: "ms".into(),
            focus: None,
            digits: 2,
        },
        y: Axis {
            title: "mAP in %".into(),
            focus: Some((31.0, 34.5)),
            digits: 1,
        },
        points: vec![
            point("chosen", 7.8, 32.8, Mark::Chosen, Some((31.5, 34.0))),
            point("fp32", 13.0, 33.6, Mark::Reference, None),
            point("other", 7.6, 32.6, Mark::Good, None),
            point("naive", 9.1, 7.8, Mark::Bad, None),
            point("no number", f64::NAN, 33.0, Mark::Bad, None),
        ],
        region: Some(Region {
            x_most: 11.8,
            y_least: 32.6,
            label: "good enough".into(),
        }),
        front: Some("front".into()),
        legend: vec![(Mark::Chosen, "chosen".into()), (Mark::Bad, "rejected".into())],
    }
}

fn bars(count: usize) -> Bars {
    let bar = |index: usize| Bar {
        label: format!("/backbone/dark{index}/dark{index}.0/conv/Conv"),
        note: "Conv".into(),
        value: 40.0 / (index + 1) as f64,
        hollow: index == 0,
    };
    Bars {
        title: "Error of each layer".into(),
        axis: "%".into(),
        digits: 1,
        bars: (0..count).map(bar).collect(),
        legend: Some(("integers".into(), "float".into())),
    }
}

fn diverging() -> Diverging {
    let change = |label: &str, before, after| Change {
        label: label.into(),
        note: "(7)".into(),
        before,
        after,
    };
    Diverging {
        title: "Change of each class".into(),
        axis: "points".into(),
        digits: 1,
        changes: vec![
            change("truck", 28.7, 24.0),
            change("person", 48.1, 47.6),
            change("cat", 57.1, 57.1),
            change("bicycle", 21.4, 23.1),
        ],
        values: "before → after".into(),
    }
}

#[test]
fn a_scatter_plot() {
    insta::assert_snapshot!(drawn(&Plot::Scatter(scatter()), 760.0));
}

#[test]
fn bars_on_a_wide_canvas() {
    insta::assert_snapshot!(drawn(&Plot::Bars(bars(3)), 760.0));
}

#[test]
fn bars_on_a_narrow_canvas() {
    insta::assert_snapshot!(drawn(&Plot::Bars(bars(2)), 346.0));
}

#[test]
fn changes_in_both_directions() {
    insta::assert_snapshot!(drawn(&Plot::Diverging(diverging()), 760.0));
}

#[test]
fn what_lies_beyond_the_axis_is_told_with_its_value() {
    let svg = drawn(&Plot::Scatter(scatter()), 760.0);
    assert!(svg.contains("naive (7.8)"), "{svg}");
    assert!(svg.contains("class=\"beyond\""), "{svg}");
}

#[test]
fn every_mark_has_a_shape_of_its_own() {
    let shapes: std::collections::BTreeSet<String> = Mark::ALL
        .iter()
        .map(|mark| {
            let drawn = mark.draw((0.0, 0.0)).into_string();
            drawn.replace(|c: char| c.is_ascii_digit() || "-. ".contains(c), "")
        })
        .collect();
    assert_eq!(shapes.len(), Mark::ALL.len());
}

#[test]
fn numbers_are_written_in_the_language() {
    let german = Plot::Scatter(scatter()).svg(&canvas(760.0, Language::German));
    assert!(german.contains(">32,5<") && german.contains("naive (7,8)"), "{german}");
}

#[test]
fn plots_of_nothing_are_empty_but_whole() {
    let empty = [
        Plot::Scatter(Scatter {
            points: Vec::new(),
            region: None,
            ..scatter()
        }),
        Plot::Bars(bars(0)),
        Plot::Diverging(Diverging {
            changes: Vec::new(),
            ..diverging()
        }),
    ];
    for plot in empty {
        let svg = drawn(&plot, 346.0);
        assert!(
            svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("NaN"),
            "{svg}"
        );
    }
}

#[test]
fn extreme_numbers_stay_numbers() {
    for value in [1e-300, 1e300, f64::MAX, -1e300] {
        let mut wild = scatter();
        wild.y.focus = None;
        wild.points[0].y = value;
        wild.points[1].x = value;
        let mut long = bars(2);
        long.bars[0].value = value;
        let mut steep = diverging();
        steep.changes[0].after = value;
        for plot in [Plot::Scatter(wild), Plot::Bars(long), Plot::Diverging(steep)] {
            let svg = drawn(&plot, 760.0);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{value}: {svg}");
        }
    }
}
