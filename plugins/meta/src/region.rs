//! Objects as region-of-interest metas, and as entries of the relation meta where there is one.

use gst::glib::Quark;
use gst_video::VideoRegionOfInterestMeta;
use luchs_scene::{Object, Rect, Size, event::PixelBox};

use crate::{
    Track,
    analytics::{self, Fact, Found, Graph},
    follow::follow,
    places::{Place, Region, places},
};

const DETECTION: &str = "detection";
pub(crate) const OBJECT_ID: &str = "object_id";

/// Attaches `object` to the buffer of a frame of `size`, in both vocabularies where GStreamer knows both.
pub fn attach(buffer: &mut gst::BufferRef, size: Size, object: &Object) {
    let pixels = PixelBox::new(&object.rect, size);
    let entry = attach_entry(buffer, &pixels, object);
    let mut meta = VideoRegionOfInterestMeta::add(buffer, &object.label, (pixels.x, pixels.y, pixels.w, pixels.h));
    // As DL Streamer does: so the two are known to be one object.
    if let Some(id) = entry.and_then(|id| i32::try_from(id).ok()) {
        meta.set_id(id);
    }
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

/// Adds `object` to the relation meta; gives its id there.
fn attach_entry(buffer: &mut gst::BufferRef, pixels: &PixelBox, object: &Object) -> Option<u32> {
    if !analytics::available() {
        return None;
    }
    let found = Found {
        label: Some(Quark::from_str(&*object.label)),
        rect: (pixels.x as i32, pixels.y as i32, pixels.w as i32, pixels.h as i32),
        turn: 0.0,
        confidence: object.confidence,
    };
    let entry = analytics::add(buffer, &Fact::Object(found))?;
    if let Some(id) = object.track_id {
        follow(buffer, &Graph::default(), &[(entry, Track::new(id))], &[]);
    }
    Some(entry)
}

/// The objects of a frame of `size`: its regions in the order they were attached, then what is in the relation meta only,
/// as other makers' detectors of GStreamer 1.24 and later leave it. What is in both is one object. The confidence of a
/// region of which nobody has said it is not a number: of another maker, or one that has lost its parameters in a converter
/// or scaler, which copy the region only.
pub fn objects(buffer: &gst::BufferRef, size: Size) -> Vec<Object> {
    let graph = analytics::read(buffer);
    let regions = buffer.iter_meta::<VideoRegionOfInterestMeta>();
    if graph.facts.is_empty() {
        return regions.map(|meta| read(&meta, size)).collect();
    }
    let metas: Vec<_> = regions.collect();
    placed(&metas, &graph)
        .into_iter()
        .filter_map(|place| {
            let entry = place.entry.and_then(|id| entry(&graph, id));
            let Some(meta) = place.region.and_then(|index| metas.get(index)) else {
                return entry;
            };
            let mut object = read(meta, size);
            if let Some(entry) = entry {
                if object.confidence.is_nan() {
                    object.confidence = entry.confidence;
                }
                object.track_id = object.track_id.or(entry.track_id);
            }
            Some(object)
        })
        .collect()
}

/// DL Streamer's type for a track id is a 32-bit integer.
pub(crate) fn track_structure(id: u64) -> gst::Structure {
    gst::Structure::builder(OBJECT_ID)
        .field("id", i32::try_from(id).unwrap_or(i32::MAX))
        .build()
}

/// The objects of a frame with these regions and entries.
pub(crate) fn placed(metas: &[gst::MetaRef<'_, VideoRegionOfInterestMeta>], graph: &Graph) -> Vec<Place> {
    let region = |meta: &gst::MetaRef<'_, VideoRegionOfInterestMeta>| Region {
        id: meta.id(),
        label: meta.roi_type().to_owned(),
        rect: meta.rect(),
    };
    places(&metas.iter().map(region).collect::<Vec<_>>(), graph)
}

/// The object of an entry of the relation meta.
fn entry(graph: &Graph, id: u32) -> Option<Object> {
    let found = graph.object(id)?;
    let (x, y, w, h) = found.rect;
    Some(Object {
        rect: Rect {
            x: x as f32,
            y: y as f32,
            w: w.max(0) as f32,
            h: h.max(0) as f32,
        },
        label_id: 0,
        label: graph.label(id),
        confidence: found.confidence,
        track_id: graph.track(id),
    })
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
    use crate::samples::{SIZE, object, same};

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
