//! Objects as region-of-interest metas, and as entries of the relation meta where there is one.

use std::ops::ControlFlow;

use gst::{buffer::BufferMetaForeachAction, glib::Quark};
use gst_video::VideoRegionOfInterestMeta;
use luchs_scene::{Object, Rect, Size, event::PixelBox};

use crate::{
    Track,
    analytics::{self, Fact, Found, Graph},
    follow::{Followed, follow},
    places::{Place, Region, places},
};

const DETECTION: &str = "detection";
const OBJECT_ID: &str = "object_id";

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

/// Sets each object's track, in the order of [`objects`]; an object without a track is removed.
///
/// An exception is a relation meta with entries of a kind that this crate does not know, such as masks: from it nothing can
/// be removed.
pub fn update_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<Track>]) {
    set_tracks(buffer, tracks, BufferMetaForeachAction::Remove);
}

/// Sets each object's track, in the order of [`objects`]; an object without a track stays as it is.
pub fn add_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<Track>]) {
    set_tracks(buffer, tracks, BufferMetaForeachAction::Keep);
}

fn set_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<Track>], untracked: BufferMetaForeachAction) {
    let graph = analytics::read(buffer);
    let places = if graph.facts.is_empty() {
        Vec::new()
    } else {
        placed(&buffer.iter_meta().collect::<Vec<_>>(), &graph)
    };
    let (mut followed, mut gone) = (Vec::new(), Vec::new());
    for (position, place) in places.iter().enumerate() {
        let Some(id) = place.entry else { continue };
        match tracks.get(position).copied().flatten() {
            Some(track) => followed.push((id, track)),
            None if matches!(untracked, BufferMetaForeachAction::Remove) => gone.push(id),
            None => {}
        }
    }
    let entries = follow(buffer, &graph, &followed, &gone);
    set_regions(buffer, tracks, untracked, &places, &entries);
}

/// The regions' part: they are the first of the objects, in the order of the metas.
fn set_regions(
    buffer: &mut gst::BufferRef,
    tracks: &[Option<Track>],
    untracked: BufferMetaForeachAction,
    places: &[Place],
    entries: &Followed,
) {
    let mut position = 0;
    let mut renewed = Vec::new();
    buffer.foreach_meta_mut(|mut meta| {
        let Some(region) = meta.downcast_mut::<VideoRegionOfInterestMeta>() else {
            return ControlFlow::Continue(BufferMetaForeachAction::Keep);
        };
        let track = tracks.get(position).copied().flatten();
        let entry = places.get(position).and_then(|place| entries.id(place.entry?));
        position += 1;
        if let Some(id) = entry {
            region.set_id(id);
        }
        let Some(Track { id, .. }) = track else {
            return ControlFlow::Continue(untracked);
        };
        // Of two structures of a name the older one is found, and none can be removed: the region is made anew.
        if region.param(OBJECT_ID).is_some() {
            renewed.push(Copied::of(region, id));
            return ControlFlow::Continue(BufferMetaForeachAction::Remove);
        }
        region.add_param(track_structure(id));
        ControlFlow::Continue(BufferMetaForeachAction::Keep)
    });
    for region in renewed {
        region.attach(buffer);
    }
}

/// A region that is attached again with another track. Who refers to it by its own id or its parent's still can.
struct Copied {
    label: String,
    rect: (u32, u32, u32, u32),
    id: i32,
    parent_id: i32,
    params: Vec<gst::Structure>,
}

impl Copied {
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

/// The objects of a frame with these regions and entries.
fn placed(metas: &[gst::MetaRef<'_, VideoRegionOfInterestMeta>], graph: &Graph) -> Vec<Place> {
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
        update_tracks(buffer.make_mut(), &[7, 0, 8].map(|id| (id > 0).then(|| Track::new(id))));
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
        add_tracks(buffer.make_mut(), &[Some(Track::new(7))]);
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

    /// Entries as upstream's detectors leave them.
    fn found(buffer: &mut gst::BufferRef, label: &str, x: i32) -> u32 {
        let found = Found {
            label: Some(Quark::from_str(label)),
            rect: (x, 20, 30, 40),
            confidence: 0.5,
        };
        analytics::add(buffer, &Fact::Object(found)).unwrap()
    }

    fn followed(buffer: &gst::BufferRef) -> Vec<(i32, Option<u64>)> {
        let objects = objects(buffer, SIZE);
        objects.iter().map(|o| (o.rect.x.round() as i32, o.track_id)).collect()
    }

    fn entries(buffer: &gst::BufferRef) -> Vec<(i32, Option<u64>)> {
        let graph = analytics::read(buffer);
        graph
            .objects()
            .map(|(id, found)| (found.rect.0, graph.track(id)))
            .collect()
    }

    #[test]
    #[ignore = "needs GStreamer 1.24: make trixie"]
    fn each_object_is_written_in_both_vocabularies_and_counts_once() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        for x in [0.0, 100.0, 200.0] {
            attach(buffer.make_mut(), SIZE, &object("car", x));
        }
        assert_eq!(followed(&buffer), [(0, None), (100, None), (200, None)]);
        update_tracks(buffer.make_mut(), &[7, 0, 8].map(|id| (id > 0).then(|| Track::new(id))));
        for buffer in [&buffer, &buffer.copy()] {
            assert_eq!(followed(buffer), [(0, Some(7)), (200, Some(8))]);
            assert_eq!(entries(buffer), [(0, Some(7)), (200, Some(8))]);
        }
        add_tracks(buffer.make_mut(), &[None, Some(Track::new(9))]);
        assert_eq!(entries(&buffer), [(0, Some(7)), (200, Some(9))]);
        assert_eq!(followed(&buffer), entries(&buffer));
        update_tracks(buffer.make_mut(), &[]);
        assert_eq!((followed(&buffer), entries(&buffer)), (Vec::new(), Vec::new()));
    }

    #[test]
    #[ignore = "needs GStreamer 1.24: make trixie"]
    fn entries_of_another_maker_are_objects_and_get_their_tracks() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        attach(buffer.make_mut(), SIZE, &object("car", 300.0));
        for x in [0, 100] {
            found(buffer.make_mut(), "person", x);
        }
        assert_eq!(followed(&buffer), [(300, None), (0, None), (100, None)]);
        let seen = Track {
            first_seen: Some(gst::ClockTime::from_seconds(1)),
            last_seen: Some(gst::ClockTime::from_seconds(2)),
            id: 5,
        };
        update_tracks(buffer.make_mut(), &[Some(Track::new(4)), None, Some(seen)]);
        assert_eq!(followed(&buffer), [(300, Some(4)), (100, Some(5))]);
        let graph = analytics::read(&buffer);
        let times = graph.facts.iter().filter_map(|fact| match fact {
            Fact::Track {
                id: 5,
                first_seen,
                last_seen,
                lost,
            } => Some((*first_seen, *last_seen, *lost)),
            _ => None,
        });
        assert_eq!(times.collect::<Vec<_>>(), [(1_000_000_000, 2_000_000_000, false)]);
    }

    #[test]
    #[ignore = "needs GStreamer 1.24: make trixie"]
    fn many_objects_have_room() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        for x in 0..700 {
            attach(buffer.make_mut(), SIZE, &object("car", x as f32));
        }
        let tracks: Vec<_> = (0..700).map(|x| (x % 2 == 0).then(|| Track::new(x + 1))).collect();
        update_tracks(buffer.make_mut(), &tracks);
        let expected: Vec<_> = (0..700).step_by(2).map(|x| (x, Some(x as u64 + 1))).collect();
        assert_eq!((followed(&buffer), entries(&buffer)), (expected.clone(), expected));
    }
}
