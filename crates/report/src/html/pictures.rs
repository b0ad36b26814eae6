//! Pictures with boxes, two by two. Each picture is in the page once: the right one shows the left one again.

use luchs_scene::Size;
use maud::{Markup, html};

use super::{
    blocks::Counter,
    safe,
    tags::{self, Edges},
};
use crate::{
    document::{Marked, Pair, Side},
    plot,
};

/// All pictures are drawn in this width, whatever they have, so that lines and letters are the same on all of them.
const WIDTH: f64 = 640.0;
const FONT: f64 = 19.0;
/// Height of a name's background.
const TALL: f64 = FONT + 7.0;

pub(super) fn pairs(pairs: &[Pair], count: &mut Counter) -> Markup {
    html! {
        @for pair in pairs { (one(pair, count)) }
    }
}

fn one(pair: &Pair, count: &mut Counter) -> Markup {
    count.pictures += 1;
    let id = format!("picture-{}", count.pictures);
    let height = height(pair.picture.size());
    let image = html! {
        image id=(id) href=(pair.picture.data_uri()) width=(WIDTH) height=(height) preserveAspectRatio="none" {}
    };
    let again = html! { use href={ "#" (id) } {} };
    html! {
        figure class="pair" {
            figcaption { b { (safe(&pair.name)) } }
            div { (side(&pair.left, &image, height)) (side(&pair.right, &again, height)) }
        }
    }
}

/// Height of the drawing; a picture of extreme shape is squeezed rather than let fill the page.
fn height(size: Size) -> f64 {
    (WIDTH * f64::from(size.height) / f64::from(size.width.max(1)))
        .round()
        .clamp(40.0, 1600.0)
}

fn side(side: &Side, image: &Markup, height: f64) -> Markup {
    let edges = |found: &Marked| edges(found, height);
    let alone: Vec<&Marked> = side.boxes.iter().filter(|found| found.alone).collect();
    let wanted: Vec<_> = alone
        .iter()
        .map(|found| (edges(found), plot::text_width(&safe(&found.label), FONT) + 10.0))
        .collect();
    // Who does not see the boxes is told of those that matter.
    let told: Vec<&str> = alone.iter().map(|found| found.label.as_str()).collect();
    let told = [side.caption.as_str(), &told.join(", ")].join(": ");
    let names = tags::place(&wanted, TALL, (WIDTH, height));
    html! {
        div class="side" {
            p { (safe(&side.caption)) }
            svg class="picture" viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(safe(told.trim_end_matches(": "))) {
                (image)
                @for found in side.boxes.iter().filter(|found| !found.alone) { (marked(found, edges(found))) }
                @for found in &alone { (marked(found, edges(found))) }
                @for ((found, (_, wide)), (x, y)) in alone.iter().zip(&wanted).zip(names) {
                    rect class="tag" x=(n(x)) y=(n(y)) width=(n(wide.min(WIDTH))) height=(n(TALL)) {}
                    text class="tag-text" x=(n(x + 5.0)) y=(n(y + FONT)) { (safe(&found.label)) }
                }
            }
        }
    }
}

fn edges(found: &Marked, height: f64) -> Edges {
    let part = |value: f32| {
        if value.is_finite() {
            f64::from(value.clamp(0.0, 1.0))
        } else {
            0.0
        }
    };
    let (left, top) = (part(found.area.x_min) * WIDTH, part(found.area.y_min) * height);
    let right = (part(found.area.x_max) * WIDTH).max(left);
    let bottom = (part(found.area.y_max) * height).max(top);
    (left, top, right, bottom)
}

/// A box: light on dark, so that it shows on any picture.
fn marked(found: &Marked, (left, top, right, bottom): Edges) -> Markup {
    let shape = |class: &str| {
        html! {
            rect class=(class) x=(n(left)) y=(n(top)) width=(n(right - left)) height=(n(bottom - top)) {}
        }
    };
    html! {
        g class=(if found.alone { "alone" } else { "agreed" }) {
            title { (safe(&found.label)) }
            (shape("under"))
            (shape("over"))
        }
    }
}

fn n(value: f64) -> String {
    format!("{value:.1}")
}
