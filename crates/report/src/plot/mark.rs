//! Marks of points. Each has a shape of its own, so that they are told apart without colour.

use std::f64::consts::{PI, TAU};

use maud::{Markup, html};

use super::{area::Spot, px};

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// What the others are compared with: a square.
    Reference,
    /// The one that counts: a star.
    Chosen,
    /// Good enough: a disc.
    Good,
    /// Good enough only because somebody insisted: a star, hollow.
    Forced,
    /// Not good enough: a cross.
    Bad,
}

impl Mark {
    /// All, in the order of a legend.
    pub(super) const ALL: [Self; 5] = [Self::Reference, Self::Chosen, Self::Forced, Self::Good, Self::Bad];

    /// Half of its width.
    pub(super) fn radius(self) -> f64 {
        match self {
            Self::Reference | Self::Good | Self::Bad => 5.0,
            Self::Chosen | Self::Forced => 9.0,
        }
    }

    pub(super) fn draw(self, (x, y): Spot) -> Markup {
        let r = self.radius();
        match self {
            Self::Reference => html! {
                rect class="m-reference" x=(px(x - 4.5)) y=(px(y - 4.5)) width="9" height="9" {}
            },
            Self::Good => html! { circle class="m-good" cx=(px(x)) cy=(px(y)) r="5" {} },
            Self::Bad => {
                let (l, r, t, b) = (px(x - 4.5), px(x + 4.5), px(y - 4.5), px(y + 4.5));
                html! { path class="m-bad" d={ "M" (l) " " (t) "L" (r) " " (b) "M" (l) " " (b) "L" (r) " " (t) } {} }
            }
            Self::Chosen => html! { path class="m-chosen" d=(star((x, y), r)) {} },
            Self::Forced => html! { path class="m-forced" d=(star((x, y), r - 1.0)) {} },
        }
    }
}

/// A star with five points.
fn star((x, y): Spot, radius: f64) -> String {
    let corner = |index: u32| {
        let far = if index.is_multiple_of(2) { radius } else { radius * 0.45 };
        let angle = f64::from(index) * TAU / 10.0 - PI / 2.0;
        format!("{} {}", px(x + far * angle.cos()), px(y + far * angle.sin()))
    };
    let corners: Vec<_> = (0..10).map(corner).collect();
    format!("M{}Z", corners.join("L"))
}
