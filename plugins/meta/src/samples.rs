//! Objects for tests.

use luchs_scene::{Object, Rect, Size};

pub(crate) const SIZE: Size = Size {
    width: 768,
    height: 576,
};

pub(crate) fn object(label: &str, x: f32) -> Object {
    let rect = Rect {
        x,
        y: 20.25,
        w: 30.5,
        h: 40.0,
    };
    Object {
        rect,
        label_id: 2,
        label: label.into(),
        confidence: 0.5,
        track_id: None,
    }
}

pub(crate) fn same(a: &Object, b: &Object) -> bool {
    let near = (a.rect.x - b.rect.x).abs() < 1e-3 && (a.rect.bottom() - b.rect.bottom()).abs() < 1e-3;
    near && Object {
        rect: b.rect,
        ..a.clone()
    } == *b
}
