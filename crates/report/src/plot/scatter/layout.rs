//! Where things are.

use super::{Point, Scatter};
use crate::{
    Language,
    plot::{
        Canvas, FONT, Mark,
        area::{Area, Spot},
        front::front,
        labels::{Placed, Taken, Wanted, place},
        measure::{fitted, width},
        scale::{Scale, extent, padded, usable},
        ticks::Ticks,
    },
};

pub(super) const LINE: f64 = 16.0;
/// Space for the title of the vertical axis above it.
const ABOVE: f64 = 26.0;
/// Space for the marks of the horizontal axis and its title.
const BELOW: f64 = 42.0;
/// How much wider bold letters are.
const BOLD: f64 = 1.12;

/// How far inside the edge a point stands that lies beyond it.
const INSIDE: f64 = 15.0;

/// The name of a point.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) placed: Placed,
    /// Of the point that counts.
    pub(super) strong: bool,
}

pub(super) struct Layout<'a> {
    pub(super) plot: Area,
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) x_ticks: Ticks,
    pub(super) y_ticks: Ticks,
    /// Points that can be drawn, with their place.
    pub(super) points: Vec<(&'a Point, Spot)>,
    /// The steps of the Pareto front, also beyond the plot.
    pub(super) steps: Vec<Spot>,
    /// Where the region's name stands, if there is room.
    pub(super) region: Option<Area>,
    /// Names of the points, as far as there is room.
    pub(super) names: Vec<Name>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(scatter: &'a Scatter, canvas: &Canvas<'_>) -> Self {
        let language = canvas.language;
        let points: Vec<&Point> = scatter
            .points
            .iter()
            .filter(|point| usable(point.x) && usable(point.y))
            .collect();
        let domain = |focus: Option<(f64, f64)>, of: fn(&Point) -> f64| {
            focus
                .or_else(|| Some(padded(extent(points.iter().map(|point| of(point)))?, 0.08)))
                .unwrap_or((0.0, 1.0))
        };
        let (x_from, y_from) = (
            domain(scatter.x.focus, |point| point.x),
            domain(scatter.y.focus, |point| point.y),
        );
        let narrow = canvas.width < 480.0;
        let height = if narrow { 280.0 } else { 330.0 };
        let y_ticks = Ticks::between(y_from.0, y_from.1, 8);
        let texts = y_ticks
            .values
            .iter()
            .map(|value| language.decimal(*value, y_ticks.digits));
        let left = texts.map(|text| width(&text, FONT)).fold(0.0, f64::max) + 10.0;
        let plot = Area {
            left,
            top: ABOVE,
            right: canvas.width - 10.0,
            bottom: ABOVE + height,
        };
        let x = Scale {
            from: x_from,
            to: (plot.left, plot.right),
        };
        let y = Scale {
            from: y_from,
            to: (plot.bottom, plot.top),
        };
        let points: Vec<_> = points
            .into_iter()
            .map(|point| (point, spot(point, &plot, &x, &y)))
            .collect();
        let mut layout = Self {
            plot,
            x,
            y,
            x_ticks: Ticks::between(x_from.0, x_from.1, if narrow { 6 } else { 9 }),
            y_ticks,
            points,
            steps: Vec::new(),
            region: None,
            names: Vec::new(),
        };
        if scatter.front.is_some() {
            layout.steps = layout.steps();
        }
        layout.name(scatter, language);
        layout
    }

    /// Top of what stands below the plot.
    pub(super) fn bottom(&self) -> f64 {
        self.plot.bottom + BELOW
    }

    /// From each point of the front to the right until the next one begins: for so much time there is so much.
    fn steps(&self) -> Vec<Spot> {
        let values: Vec<_> = self.points.iter().map(|(point, _)| (point.x, point.y)).collect();
        let mut steps: Vec<Spot> = Vec::new();
        for index in front(&values) {
            let spot = (self.x.at(values[index].0), self.y.at(values[index].1));
            let before = steps.last().map_or(self.plot.bottom + 1.0, |last| last.1);
            steps.push((spot.0, before));
            steps.push(spot);
        }
        if let Some(last) = steps.last().copied() {
            steps.push((self.plot.right, last.1));
        }
        steps
    }

    fn name(&mut self, scatter: &Scatter, language: Language) {
        let mut taken = Taken::default();
        for (point, spot) in &self.points {
            let half = point.mark.radius() + 1.5;
            taken.areas.push(Area::around(*spot, half, half));
            if let Some((low, high)) = point.interval {
                let line = |value: f64| (spot.0, self.y.clamped(value));
                taken.lines.push((line(low), line(high)));
            }
        }
        taken.lines.extend(self.steps.windows(2).map(|two| (two[0], two[1])));
        let room = self.plot.width() * 0.42;
        if let Some(region) = &scatter.region {
            let text = Area {
                left: self.plot.left + 8.0,
                top: self.plot.top + 4.0,
                right: self.plot.left + 12.0 + width(&region.label, FONT),
                bottom: self.plot.top + 4.0 + LINE,
            };
            let (right, bottom) = (self.x.at(region.x_most), self.y.at(region.y_least));
            let free = !taken.areas.iter().any(|area| area.overlaps(&text));
            if free && text.right <= right.min(self.plot.right) && text.bottom <= bottom {
                taken.areas.push(text);
                self.region = Some(text);
            }
        }
        let texts: Vec<String> = self
            .points
            .iter()
            .map(|(point, _)| {
                let label = crate::plot::foreign(&point.label);
                let name = fitted(&label, FONT, room);
                if self.y.shows(point.y) && self.x.shows(point.x) {
                    return name;
                }
                // At the edge it tells what cannot be seen.
                let beyond = if self.y.shows(point.y) {
                    language.decimal(point.x, scatter.x.digits)
                } else {
                    language.decimal(point.y, scatter.y.digits)
                };
                format!("{name} ({beyond})")
            })
            .collect();
        let wanted: Vec<_> = self
            .points
            .iter()
            .zip(&texts)
            .map(|((point, spot), text)| Wanted {
                at: *spot,
                radius: point.mark.radius(),
                width: width(text, FONT) * if strong(point) { BOLD } else { 1.0 },
                height: LINE - 2.0,
            })
            .collect();
        let places = place(&wanted, &self.plot, taken);
        self.names = texts
            .into_iter()
            .zip(&self.points)
            .zip(places)
            .filter_map(|((text, (point, _)), placed)| {
                Some(Name {
                    text,
                    placed: placed?,
                    strong: strong(point),
                })
            })
            .collect();
    }
}

/// Where a point stands: one beyond the edge inside of it, with room for an arrow.
fn spot(point: &Point, plot: &Area, x: &Scale, y: &Scale) -> Spot {
    let held = |value: f64, scale: &Scale, low: f64, high: f64| {
        if scale.shows(value) {
            scale.at(value)
        } else {
            scale.at(value).clamp(low + INSIDE, high - INSIDE)
        }
    };
    (
        held(point.x, x, plot.left, plot.right),
        held(point.y, y, plot.top, plot.bottom),
    )
}

fn strong(point: &Point) -> bool {
    matches!(point.mark, Mark::Chosen | Mark::Forced)
}
