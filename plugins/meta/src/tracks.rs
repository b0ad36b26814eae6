//! Which object belongs to which track, in both vocabularies.

use std::ops::ControlFlow;

use gst::buffer::BufferMetaForeachAction;
use gst_video::VideoRegionOfInterestMeta;

use crate::{
    Track, analytics,
    follow::{Followed, follow},
    places::Place,
    region::{OBJECT_ID, placed, track_structure},
};

/// Sets each object's track, in the order of [`objects`](crate::objects); an object without a track is removed.
///
/// An exception is a relation meta with entries of a kind that this crate does not know, such as masks: from it nothing can
/// be removed.
pub fn update_tracks(buffer: &mut gst::BufferRef, tracks: &[Option<Track>]) {
    set_tracks(buffer, tracks, BufferMetaForeachAction::Remove);
}

/// Sets each object's track, in the order of [`objects`](crate::objects); an object without a track stays as it is.
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

#[cfg(test)]
mod tests {
    use gst::glib::Quark;

    use super::*;
    use crate::{
        analytics::{Fact, Found},
        attach, objects,
        samples::{SIZE, object, same},
    };

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

    /// Entries as upstream's detectors leave them.
    fn found(buffer: &mut gst::BufferRef, label: &str, x: i32) -> u32 {
        let found = Found {
            label: Some(Quark::from_str(label)),
            rect: (x, 20, 30, 40),
            turn: 0.0,
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
    #[ignore = "needs GStreamer 1.26: make trixie"]
    fn a_turned_box_stays_turned_when_another_object_goes() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        found(buffer.make_mut(), "car", 0);
        let turned = Fact::Object(Found {
            label: Some(Quark::from_str("ship")),
            rect: (100, 20, 30, 40),
            turn: 0.5,
            confidence: 0.25,
        });
        analytics::add(buffer.make_mut(), &turned).unwrap();
        update_tracks(buffer.make_mut(), &[None, Some(Track::new(3))]);
        let graph = analytics::read(&buffer);
        assert_eq!((&graph.facts[0], graph.track(0)), (&turned, Some(3)));
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
