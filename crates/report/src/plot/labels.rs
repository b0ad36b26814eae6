//! Where the names of points go, so that none covers another or a mark.
//!
//! Each name tries places around its point, nearest first, and takes the cheapest: greedy placement on a ring of
//! candidates (J. Christensen, J. Marks, S. Shieber, “An empirical study of algorithms for point-feature label placement”,
//! ACM Transactions on Graphics 14, 1995). A name for which there is no room is left out; it stands in the table.

use std::f64::consts::TAU;

use super::area::{Area, Spot};

/// A name that wants a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Its point.
    pub(super) at: Spot,
    /// Half the width of the point's mark.
    pub(super) radius: f64,
    /// Of the text.
    pub(super) width: f64,
    /// Of the text.
    pub(super) height: f64,
}

/// The place of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    /// Around the text.
    pub(super) area: Area,
    /// From the point to the text, where they are not side by side.
    pub(super) leader: Option<(Spot, Spot)>,
}

/// What is there already.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    /// Must not be covered.
    pub(super) areas: Vec<Area>,
    /// Should not be covered.
    pub(super) lines: Vec<(Spot, Spot)>,
}

/// Distances from the mark that are tried.
const RINGS: [f64; 8] = [4.0, 12.0, 22.0, 34.0, 48.0, 64.0, 84.0, 108.0];
/// From this distance on a line leads from the mark to the name.
const LEADER_FROM: f64 = 10.0;
const DIRECTIONS: u32 = 16;
/// What it costs to lie on a line: rather than that, a name goes three rings further out.
const CROSSED: f64 = 6.5;

/// Places for `wanted` within `inside`, the first ones first. Marks of all points are to be among `taken`.
pub(super) fn place(wanted: &[Wanted], inside: &Area, mut taken: Taken) -> Vec<Option<Placed>> {
    let mut places = Vec::with_capacity(wanted.len());
    for name in wanted {
        let best = candidates(name)
            .filter_map(|(placed, cost)| Some((placed, cost + price(&placed, name, inside, &taken)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(placed, _)| placed);
        if let Some(placed) = best {
            taken.areas.push(placed.area);
            taken.lines.extend(placed.leader);
        }
        places.push(best);
    }
    places
}

/// Places around the point with what distance and direction cost.
fn candidates(name: &Wanted) -> impl Iterator<Item = (Placed, f64)> {
    RINGS.into_iter().zip(0..).flat_map(move |(distance, ring)| {
        (0..DIRECTIONS).map(move |direction| {
            let angle = f64::from(direction) * TAU / f64::from(DIRECTIONS);
            let (dx, dy) = (angle.cos(), angle.sin());
            let far = name.radius + distance;
            // The text's nearest edge touches the ring.
            let reach = |part: f64| if part.abs() < 0.01 { 0.0 } else { part.signum() };
            let center = (
                name.at.0 + dx * far + reach(dx) * name.width / 2.0 * dx.abs().sqrt(),
                name.at.1 + dy * far + reach(dy) * name.height / 2.0,
            );
            let area = Area::around(center, name.width / 2.0, name.height / 2.0);
            let leader = (distance >= LEADER_FROM).then(|| {
                let end = area.nearest(name.at);
                let (lx, ly) = (end.0 - name.at.0, end.1 - name.at.1);
                let length = lx.hypot(ly).max(1e-6);
                let start = (
                    name.at.0 + lx / length * (name.radius + 1.0),
                    name.at.1 + ly / length * (name.radius + 1.0),
                );
                (start, end)
            });
            // Right, then left, then above, then below; slanting directions last.
            let side = match direction {
                0 => 0.0,
                8 => 0.2,
                12 => 0.3,
                4 => 0.4,
                _ => 0.6,
            };
            (Placed { area, leader }, f64::from(ring) * 2.0 + side)
        })
    })
}

/// What a place costs beyond that; None if it must not be taken.
fn price(placed: &Placed, name: &Wanted, inside: &Area, taken: &Taken) -> Option<f64> {
    let own = Area::around(name.at, name.radius, name.radius);
    let mark = |area: &Area| area.center() == own.center();
    if !inside.contains(&placed.area) || taken.areas.iter().any(|area| area.overlaps(&placed.area)) {
        return None;
    }
    let mut cost = 0.0;
    for (a, b) in &taken.lines {
        if placed.area.crossed(*a, *b) {
            cost += CROSSED;
        }
    }
    if let Some((a, b)) = placed.leader {
        if taken.areas.iter().any(|area| !mark(area) && area.crossed(a, b)) {
            return None;
        }
        cost += taken.lines.iter().filter(|(c, d)| cross(a, b, *c, *d)).count() as f64;
    }
    Some(cost)
}

/// Whether two lines cross.
fn cross(a: Spot, b: Spot, c: Spot, d: Spot) -> bool {
    let side = |p: Spot, q: Spot, r: Spot| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INSIDE: Area = Area {
        left: 0.0,
        top: 0.0,
        right: 600.0,
        bottom: 300.0,
    };

    fn wanted(points: &[Spot]) -> Vec<Wanted> {
        let name = |at: &Spot| Wanted {
            at: *at,
            radius: 5.0,
            width: 90.0,
            height: 14.0,
        };
        points.iter().map(name).collect()
    }

    fn placed(points: &[Spot]) -> Vec<Option<Placed>> {
        let marks = points.iter().map(|at| Area::around(*at, 5.0, 5.0));
        let taken = Taken {
            areas: marks.collect(),
            lines: Vec::new(),
        };
        place(&wanted(points), &INSIDE, taken)
    }

    #[test]
    fn a_lonely_name_stands_right_of_its_point() {
        let place = placed(&[(100.0, 100.0)])[0].unwrap();
        assert_eq!(place.leader, None);
        assert_eq!((place.area.left, place.area.center().1), (109.0, 100.0));
    }

    #[test]
    fn at_the_right_edge_it_stands_left_of_it() {
        let place = placed(&[(590.0, 100.0)])[0].unwrap();
        assert_eq!(place.area.right, 581.0);
    }

    #[test]
    fn names_of_points_in_one_place_stand_around_it() {
        let places: Vec<_> = placed(&[(300.0, 150.0); 4]).into_iter().flatten().collect();
        assert_eq!(places.len(), 4);
        assert!(places.iter().all(|place| place.leader.is_none()));
    }

    #[test]
    fn rather_than_on_a_line_a_name_stands_further_away_and_is_led_to() {
        let at = (300.0, 150.0);
        let across = |y: f64| ((0.0, y), (600.0, y));
        let lines = vec![across(145.0), across(155.0), ((300.0, 0.0), (300.0, 300.0))];
        let taken = Taken {
            areas: vec![Area::around(at, 5.0, 5.0)],
            lines: lines.clone(),
        };
        let place = place(&wanted(&[at]), &INSIDE, taken)[0].unwrap();
        assert!(place.leader.is_some());
        assert!(lines.iter().all(|(a, b)| !place.area.crossed(*a, *b)), "{place:?}");
    }

    #[test]
    fn without_room_there_is_no_name() {
        let small = Area::around((0.0, 0.0), 40.0, 40.0);
        assert_eq!(place(&wanted(&[(0.0, 0.0)]), &small, Taken::default()), [None]);
    }

    proptest! {
        #[test]
        fn no_name_covers_a_name_or_a_mark_or_leaves_the_plot(
            points in prop::collection::vec((6.0..594.0_f64, 6.0..294.0_f64), 1..24),
        ) {
            let places: Vec<_> = placed(&points).into_iter().flatten().collect();
            for (index, place) in places.iter().enumerate() {
                prop_assert!(INSIDE.contains(&place.area));
                let others = places[index + 1..].iter().map(|other| other.area);
                let marks = points.iter().map(|at| Area::around(*at, 5.0, 5.0));
                for other in others.chain(marks) {
                    prop_assert!(!place.area.overlaps(&other));
                }
            }
        }
    }
}
