//! Which regions and which entries of the relation meta are the same object.

use crate::analytics::Graph;

/// What of a region counts here.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) id: i32,
    pub(crate) label: String,
    /// Left, top, width, height, in pixels.
    pub(crate) rect: (u32, u32, u32, u32),
}

/// An object: a region by its position, an entry by its id, or one that is there as both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: Option<usize>,
    pub(crate) entry: Option<u32>,
}

/// The objects of a frame, each once: the regions in their order, then the entries that are no region.
pub(crate) fn places(regions: &[Region], graph: &Graph) -> Vec<Place> {
    let mut taken = Vec::with_capacity(regions.len());
    let mut places = Vec::with_capacity(regions.len());
    for (index, region) in regions.iter().enumerate() {
        let entry = entry(region, graph).filter(|id| !taken.contains(id));
        taken.extend(entry);
        places.push(Place {
            region: Some(index),
            entry,
        });
    }
    let rest = graph.objects().map(|(id, _)| id).filter(|id| !taken.contains(id));
    places.extend(rest.map(|id| Place {
        region: None,
        entry: Some(id),
    }));
    places
}

/// The entry that the region names: by its id, as DL Streamer's elements and ours set it. Who sets none leaves it at 0, and
/// only the place on the picture can tell then.
fn entry(region: &Region, graph: &Graph) -> Option<u32> {
    let id = u32::try_from(region.id).ok()?;
    let found = graph.object(id)?;
    let named = found.label.is_some_and(|label| label.as_str().as_str() == region.label);
    (named && (id != 0 || covers(region.rect, found.rect))).then_some(id)
}

/// Whether two boxes share more than half of what they cover together.
fn covers(a: (u32, u32, u32, u32), b: (i32, i32, i32, i32)) -> bool {
    let (ax, ay, aw, ah) = (i64::from(a.0), i64::from(a.1), i64::from(a.2), i64::from(a.3));
    let (bx, by, bw, bh) = (i64::from(b.0), i64::from(b.1), i64::from(b.2), i64::from(b.3));
    let width = ((ax + aw).min(bx + bw) - ax.max(bx)).max(0);
    let height = ((ay + ah).min(by + bh) - ay.max(by)).max(0);
    let shared = width * height;
    shared * 2 > aw * ah + bw * bh - shared
}

#[cfg(test)]
mod tests {
    use gst::glib::Quark;

    use super::*;
    use crate::analytics::{Fact, Found};

    fn graph(objects: &[(&str, i32)]) -> Graph {
        let fact = |(label, x): &(&str, i32)| {
            Fact::Object(Found {
                label: Some(Quark::from_str(*label)),
                rect: (*x, 10, 30, 40),
                turn: 0.0,
                confidence: 0.5,
            })
        };
        Graph {
            facts: objects.iter().map(fact).collect(),
            relations: Vec::new(),
        }
    }

    fn region(id: i32, label: &str, x: u32) -> Region {
        Region {
            id,
            label: label.to_owned(),
            rect: (x, 10, 30, 40),
        }
    }

    fn pairs(regions: &[Region], graph: &Graph) -> Vec<(Option<usize>, Option<u32>)> {
        let places = places(regions, graph);
        places.iter().map(|place| (place.region, place.entry)).collect()
    }

    #[test]
    fn what_is_there_as_both_is_one_object() {
        let graph = graph(&[("car", 0), ("car", 100), ("bus", 200)]);
        let regions = [region(1, "car", 100), region(0, "car", 1)];
        assert_eq!(
            pairs(&regions, &graph),
            [(Some(0), Some(1)), (Some(1), Some(0)), (None, Some(2))]
        );
    }

    #[test]
    fn regions_of_someone_who_numbers_none_are_objects_of_their_own() {
        let graph = graph(&[("car", 0)]);
        let regions = [
            region(0, "car", 100),
            region(0, "bus", 0),
            region(-1, "car", 0),
            region(7, "car", 0),
        ];
        let alone = (0..4).map(|index| (Some(index), None));
        assert_eq!(
            pairs(&regions, &graph),
            alone.chain([(None, Some(0))]).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_entry_belongs_to_one_region_only() {
        let graph = graph(&[("car", 0)]);
        let regions = [region(0, "car", 0), region(0, "car", 1)];
        assert_eq!(pairs(&regions, &graph), [(Some(0), Some(0)), (Some(1), None)]);
    }
}
