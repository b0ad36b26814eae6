//! Which colour an object has.

use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use luchs_scene::Object;

/// Okabe and Ito's colours, which people with any kind of colour vision can tell apart
/// (<https://jfly.uni-koeln.de/color/>), without black, in an order in which neighbours differ most.
const COLORS: [Rgb888; 7] = [
    Rgb888::new(230, 159, 0),
    Rgb888::new(86, 180, 233),
    Rgb888::new(213, 94, 0),
    Rgb888::new(0, 158, 115),
    Rgb888::new(204, 121, 167),
    Rgb888::new(240, 228, 66),
    Rgb888::new(0, 114, 178),
];

/// The colour of the object's track, or of its class if it has no track.
pub(super) fn color(object: &Object) -> Rgb888 {
    let number = object.track_id.unwrap_or(u64::from(object.label_id));
    COLORS[(number % COLORS.len() as u64) as usize]
}

/// Black or white, whichever is easier to read on `background`.
pub(super) fn text_color(background: Rgb888) -> Rgb888 {
    let brightness =
        299 * u32::from(background.r()) + 587 * u32::from(background.g()) + 114 * u32::from(background.b());
    if brightness > 120_000 {
        Rgb888::BLACK
    } else {
        Rgb888::WHITE
    }
}
