//! Several runs of the same: the middle, and how far they are apart.

use std::fmt;

/// Median, least and most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The value in the middle; the mean of the two in the middle of an even number.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Figure {
    /// None of no value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Some(Self { median, least, most })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, least, most } = self;
        let digits = if *most < 10.0 { 2 } else { 1 };
        write!(f, "{median:.digits$} ({least:.digits$}..{most:.digits$})")
    }
}

/// As a cell of a table; “–” if there is none.
pub fn cell(figure: Option<Figure>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts_and_the_rest_is_shown() {
        let figure = Figure::of([30.0, 10.0, 90.0]);
        assert_eq!(cell(figure), "30.0 (10.0..90.0)");
        assert_eq!(cell(Figure::of([2.0, 1.0])), "1.50 (1.00..2.00)");
        assert_eq!(cell(Figure::of([])), "–");
    }
}
