//! Objects as region-of-interest metas.

use std::ops::ControlFlow;

use gst_video::VideoRegionOfInterestMeta;
use luchs_scene::{Object, Rect, Size, event::PixelBox};

const DETECTION: &str = "detection";
const OBJECT_ID: &str = "object_id";

/// Attaches `object` to the buffer of a frame of `size`.
pub fn attach(buffer: &mut gst::BufferRef, size: Size, object: &Object) {
    let pixels = PixelBox::new(&object.rect, size);
    let mut meta = VideoRegionOfInterestMeta::add(buffer, &object.label, (pixels.x, pixels.y, pixels.w, pixels.h));
    let (w, h) = (f64::from(size.width.max(1)), f64::from(size.height.max(1)));
    let rect = object.rect;
    meta.add_param(
        gst::Structure::builder(DETECTION)
            .field("label_id", object.label_id as i32)
            .field("label", &*object.label)
            .field("confidence", f64::from(object.confidence))
            .field("x_min", f64::from(rect.x) / w)
            .field("y_min", f64::from(rect.y) / h)
            .field("x_max", f64::from(rect.right()) / w)
            .field("y_max", f64::from(rect.bottom()) / h)
            .build(),
    );
    if let Some(id) = object.track_id {
        meta.add_param(track_structure(id));
    }
}

/// The objects of a frame of `size`, in the order they were attached. The confidence of a region of which nobody has
/// said it is not a number: of another maker, or one that has lost its parameters in a converter or scaler, which copy the
/// region only.
pub fn objects(buffer: &gst::BufferRef, size: Size) -> Vec<Object> {
    buffer
        .iter_meta::<VideoRegionOfInterestMeta>()
        .map(|meta| read(&meta, size))
        .collect()
}

/// Sets each object's track, in the order of [`objects`]; an object without a track is removed.
pub fn update_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<u64>]) {
    set_tracks(buffer, tracks, gst::buffer::BufferMetaForeachAction::Remove);
}

/// Sets each object's track, in the order of [`objects`]; an object without a track stays as it is.
pub fn add_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<u64>]) {
    set_tracks(buffer, tracks, gst::buffer::BufferMetaForeachAction::Keep);
}

fn set_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<u64>], untracked: gst::buffer::BufferMetaForeachAction) {
    let mut position = 0;
    let mut renewed = Vec::new();
    buffer.foreach_meta_mut(|mut meta| {
        let Some(region) = meta.downcast_mut::<VideoRegionOfInterestMeta>() else {
            return ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Keep);
        };
        let track = tracks.get(position).copied().flatten();
        position += 1;
        let Some(id) = track else {
            return ControlFlow::Continue(untracked);
        };
        // Of two structures of a name the older one is found, and none can be removed: the region is made anew.
        if region.param(OBJECT_ID).is_some() {
            renewed.push(Region::of(region, id));
            return ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Remove);
        }
        region.add_param(track_structure(id));
        ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Keep)
    });
    for region in renewed {
        region.attach(buffer);
    }
}

/// A region that is attached again with another track. Who refers to it by its own id or its parent's still can.
struct Region {
    label: String,
    rect: (u32, u32, u32, u32),
    id: i32,
    parent_id: i32,
    params: Vec<gst::Structure>,
}

impl Region {
    fn of(meta: &VideoRegionOfInterestMeta, track: u64) -> Self {
        let others = meta.params().filter(|param| param.name() != OBJECT_ID);
        Self {
            label: meta.roi_type().to_owned(),
            rect: meta.rect(),
            id: meta.id(),
            parent_id: meta.parent_id(),
            params: others.map(ToOwned::to_owned).chain([track_structure(track)]).collect(),
        }
    }

    fn attach(self, buffer: &mut gst::BufferRef) {
        let mut meta = VideoRegionOfInterestMeta::add(buffer, &self.label, self.rect);
        meta.set_id(self.id);
        meta.set_parent_id(self.parent_id);
        for param in self.params {
            meta.add_param(param);
        }
    }
}

/// DL Streamer's type for a track id is a 32-bit integer.
fn track_structure(id: u64) -> gst::Structure {
    gst::Structure::builder(OBJECT_ID)
        .field("id", i32::try_from(id).unwrap_or(i32::MAX))
        .build()
}

fn read(meta: &VideoRegionOfInterestMeta, size: Size) -> Object {
    let detection = meta.param(DETECTION);
    let number = |field: &str| detection.as_ref().and_then(|s| s.get::<f64>(field).ok());
    let corners = (number("x_min"), number("y_min"), number("x_max"), number("y_max"));
    let rect = if let (Some(x0), Some(y0), Some(x1), Some(y1)) = corners {
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        Rect::from_corners((x0 * w) as f32, (y0 * h) as f32, (x1 * w) as f32, (y1 * h) as f32)
    } else {
        let (x, y, w, h) = meta.rect();
        Rect {
            x: x as f32,
            y: y as f32,
            w: w as f32,
            h: h as f32,
        }
    };
    let label_id = detection
        .as_ref()
        .and_then(|s| s.get::<i32>("label_id").ok())
        .unwrap_or(0);
    let track = meta.param(OBJECT_ID).and_then(|s| s.get::<i32>("id").ok());
    Object {
        rect,
        label_id: u32::try_from(label_id).unwrap_or(0),
        label: meta.roi_type().into(),
        confidence: number("confidence").map_or(f32::NAN, |confidence| confidence as f32),
        track_id: track.and_then(|id| u64::try_from(id).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 768,
        height: 576,
    };

    fn object(label: &str, x: f32) -> Object {
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

    fn same(a: &Object, b: &Object) -> bool {
        let near = (a.rect.x - b.rect.x).abs() < 1e-3 && (a.rect.bottom() - b.rect.bottom()).abs() < 1e-3;
        near && Object {
            rect: b.rect,
            ..a.clone()
        } == *b
    }

    #[test]
    fn what_is_attached_is_read_back_to_a_fraction_of_a_pixel() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        let (inside, beyond) = (object("car", 10.5), object("bus", -7.25));
        for o in [&inside, &beyond] {
            attach(buffer.make_mut(), SIZE, o);
        }
        let read = objects(&buffer, SIZE);
        assert!(
            read.len() == 2 && same(&read[0], &inside) && same(&read[1], &beyond),
            "{read:?}"
        );
    }

    #[test]
    fn objects_get_their_tracks_and_the_rest_is_removed() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        for x in [0.0, 100.0, 200.0] {
            attach(buffer.make_mut(), SIZE, &object("car", x));
        }
        update_tracks(buffer.make_mut(), &[Some(7), None, Some(8)]);
        let ids: Vec<_> = objects(&buffer, SIZE)
            .iter()
            .map(|o| (o.rect.x.round() as i32, o.track_id))
            .collect();
        assert_eq!(ids, [(0, Some(7)), (200, Some(8))]);
    }

    #[test]
    fn another_trackers_id_is_replaced_and_all_else_stays() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        let mut followed = object("car", 0.0);
        followed.track_id = Some(99);
        attach(buffer.make_mut(), SIZE, &followed);
        add_tracks(buffer.make_mut(), &[Some(7)]);
        followed.track_id = Some(7);
        let read = objects(&buffer, SIZE);
        assert!(read.len() == 1 && same(&read[0], &followed), "{read:?}");
    }

    #[test]
    fn a_region_of_another_maker_is_an_object_too() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        VideoRegionOfInterestMeta::add(buffer.make_mut(), "face", (1, 2, 3, 4));
        let read = objects(&buffer, SIZE);
        assert_eq!(
            read[0].rect,
            Rect {
                x: 1.0,
                y: 2.0,
                w: 3.0,
                h: 4.0
            }
        );
        assert_eq!((&*read[0].label, read[0].track_id), ("face", None));
        assert!(read[0].confidence.is_nan(), "nobody has said it: {read:?}");
    }
}
