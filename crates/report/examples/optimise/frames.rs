//! Pictures with boxes of two models that differ here and there.

use std::error::Error;

use image::codecs::jpeg::JpegEncoder;
use luchs_report::{
    Picture,
    optimise::{Example, Found},
};
use luchs_scene::{Rect, Size, event::NormalizedBox};

use crate::scene::{self, Person};

const SIZE: Size = Size {
    width: scene::WIDTH,
    height: scene::HEIGHT,
};

/// Three frames.
pub(crate) fn examples(candidate: &str) -> Result<Vec<Example>, Box<dyn Error>> {
    let person = |x: f32, y: f32, height: f32, coat: [u8; 3]| Person { x, y, height, coat };
    let crowd = [
        person(96.0, 190.0, 92.0, [120, 60, 54]),
        person(238.0, 168.0, 76.0, [70, 92, 130]),
        person(330.0, 232.0, 140.0, [196, 178, 120]),
        person(402.0, 186.0, 88.0, [58, 96, 70]),
        person(520.0, 300.0, 190.0, [70, 72, 84]),
    ];
    let pair = [
        person(212.0, 250.0, 158.0, [150, 70, 60]),
        person(470.0, 180.0, 82.0, [210, 206, 196]),
    ];
    let far = [
        person(300.0, 140.0, 52.0, [96, 84, 120]),
        person(352.0, 146.0, 55.0, [60, 100, 110]),
        person(150.0, 330.0, 230.0, [82, 90, 66]),
    ];
    Ok(vec![
        Example {
            name: "entrance-0412.jpg".into(),
            candidate: candidate.into(),
            picture: picture(&crowd, 4)?,
            before: vec![
                found(&crowd[0], 0.62, true),
                found(&crowd[1], 0.41, false),
                found(&crowd[2], 0.88, true),
                found(&crowd[3], 0.57, true),
                found(&crowd[4], 0.93, true),
            ],
            after: vec![
                found(&crowd[0], 0.58, true),
                found(&crowd[2], 0.86, true),
                found(&crowd[3], 0.49, true),
                found(&crowd[4], 0.92, true),
            ],
        },
        Example {
            name: "entrance-0977.jpg".into(),
            candidate: candidate.into(),
            picture: picture(&pair, 8)?,
            before: vec![found(&pair[0], 0.91, true), found(&pair[1], 0.52, true)],
            after: vec![
                found(&pair[0], 0.9, true),
                found(&pair[1], 0.47, true),
                bag(&pair[0], 0.36),
            ],
        },
        Example {
            name: "entrance-1530.jpg".into(),
            candidate: candidate.into(),
            picture: picture(&far, 12)?,
            before: vec![
                found(&far[0], 0.38, false),
                found(&far[1], 0.35, false),
                found(&far[2], 0.95, true),
            ],
            after: vec![found(&far[2], 0.95, true)],
        },
    ])
}

fn picture(people: &[Person], seed: u32) -> Result<Picture, Box<dyn Error>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 80).encode_image(&scene::draw(people, seed))?;
    Ok(Picture::new(bytes, SIZE)?)
}

fn found(person: &Person, score: f32, agrees: bool) -> Found {
    let [left, top, right, bottom] = person.edges();
    Found {
        label: "person".into(),
        score,
        area: NormalizedBox::new(&Rect::from_corners(left, top, right, bottom), SIZE),
        agrees,
    }
}

/// Something at the hand that only one of the models sees.
fn bag(person: &Person, score: f32) -> Found {
    let [_, top, right, bottom] = person.edges();
    let middle = f32::midpoint(top, bottom);
    let area = Rect::from_corners(right - 14.0, middle, right + 22.0, middle + 46.0);
    Found {
        label: "handbag".into(),
        score,
        area: NormalizedBox::new(&area, SIZE),
        agrees: false,
    }
}
