//! What elements say about themselves: the `stats` of ours, and of GStreamer's sinks.

use std::collections::BTreeMap;

use gst::prelude::*;

/// Figures by their name.
pub(super) type Figures = BTreeMap<String, f64>;

/// The numbers in the property `stats` of `element`; None if it has none.
pub(super) fn figures(element: &gst::Element) -> Option<Figures> {
    let property = element.find_property("stats")?;
    if property.value_type() != gst::Structure::static_type() {
        return None;
    }
    let stats = element.property::<Option<gst::Structure>>("stats")?;
    let number = |value: &gst::glib::SendValue| {
        let unsigned = || value.get::<u64>().ok().map(|v| v as f64);
        let small = || value.get::<u32>().ok().map(f64::from);
        let signed = || value.get::<i64>().ok().map(|v| v as f64);
        let flag = || value.get::<bool>().ok().map(|v| f64::from(u8::from(v)));
        let real = value.get::<f64>().ok();
        real.or_else(unsigned).or_else(small).or_else(signed).or_else(flag)
    };
    let figures = stats
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), number(value)?)));
    Some(figures.collect())
}

/// What changed from `before` to `after`: counts are subtracted, averages are those of the time between.
pub(super) fn change(before: &Figures, after: &Figures) -> Figures {
    // What an average is of.
    let counts = ["inferences", "events-sealed", "frames"];
    let count = |of: &Figures| {
        counts
            .iter()
            .find_map(|name| of.get(*name))
            .copied()
            .unwrap_or_default()
    };
    let of = |figures: &Figures, name: &str| figures.get(name).copied().unwrap_or_default();
    let between = |name: &str, value: f64| {
        let old = of(before, name);
        // Percentiles and extremes cannot be told for the time between: they are since the element began.
        let whole = ["p50", "p90", "p99", "max-"].iter().any(|part| name.contains(part));
        if whole || STATES.contains(&name) {
            return value;
        }
        if !name.starts_with("average") {
            return value - old;
        }
        let (from, to) = (count(before), count(after));
        if to > from {
            (value * to - old * from) / (to - from)
        } else {
            value
        }
    };
    after
        .iter()
        .map(|(name, value)| (name.clone(), super::super::spread::rounded(between(name, *value), 3)))
        .collect()
}

/// Figures that are how things are, not how often something happened.
const STATES: [&str; 7] = [
    "active",
    "in-flight",
    "connected",
    "events-pending",
    "events-parked",
    "average-rate",
    "workers",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_time_between() {
        let figures = |list: &[(&str, f64)]| -> Figures { list.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect() };
        let before = figures(&[
            ("inferences", 10.0),
            ("average-infer-ms", 30.0),
            ("active", 5.0),
            ("frames", 20.0),
        ]);
        let after = figures(&[
            ("inferences", 30.0),
            ("average-infer-ms", 20.0),
            ("active", 2.0),
            ("frames", 60.0),
        ]);
        let change = change(&before, &after);
        assert_eq!(change["inferences"], 20.0);
        assert_eq!(change["frames"], 40.0);
        assert_eq!(change["average-infer-ms"], 15.0);
        assert_eq!(change["active"], 2.0);
    }
}
