//! Points over two axes, the best of them connected.

mod draw;
mod layout;

use super::Mark;

/// A scatter plot of something that is better when less (x) against something that is better when more (y).
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// What it shows, for those who hear it.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// In order of importance: names of the first ones get the best places. Points that are no numbers are left out.
    pub points: Vec<Point>,
    /// What is good enough, if that is known.
    pub region: Option<Region>,
    /// What the line of the Pareto front is called; without a name there is no line.
    pub front: Option<String>,
    /// What marks mean, for the legend.
    pub legend: Vec<(Mark, String)>,
}

/// An axis of a plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub title: String,
    /// Values between which it runs, where not all points are to be shown in their place: those beyond stand at the edge
    /// with their value.
    pub focus: Option<(f64, f64)>,
    /// Digits behind the decimal sign where a value is told.
    pub digits: usize,
}

/// A point with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where on the horizontal axis.
    pub x: f64,
    /// Where on the vertical axis.
    pub y: f64,
    /// Within which limits y is known.
    pub interval: Option<(f64, f64)>,
    /// Its name.
    pub label: String,
    /// What it is.
    pub mark: Mark,
}

/// What is good enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// The most that x may be.
    pub x_most: f64,
    /// The least that y may be.
    pub y_least: f64,
    /// What it is called.
    pub label: String,
}
