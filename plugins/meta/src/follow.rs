//! Writing down which object belongs to which track.

use crate::analytics::{self, Fact, Graph, RELATE_TO, Relation};

/// A track that an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// Unique per camera and boot.
    pub id: u64,
    /// Running time of the frame on which it was seen first.
    pub first_seen: Option<gst::ClockTime>,
    /// Running time of this frame.
    pub last_seen: Option<gst::ClockTime>,
}

impl Track {
    /// One of which no times are known.
    pub fn new(id: u64) -> Self {
        Self {
            id,
            first_seen: None,
            last_seen: None,
        }
    }

    fn fact(self) -> Fact {
        let nanoseconds = |time: Option<gst::ClockTime>| time.map_or(u64::MAX, gst::ClockTime::nseconds);
        Fact::Track {
            id: self.id,
            first_seen: nanoseconds(self.first_seen),
            last_seen: nanoseconds(self.last_seen),
            lost: false,
        }
    }
}

/// The ids that entries of the relation meta have got, by those that they had; empty if they keep them.
#[derive(Debug, Default)]
pub(crate) struct Followed(Vec<Option<u32>>);

impl Followed {
    /// The entry's new id, if there are new ones, as a region has it.
    pub(crate) fn id(&self, old: u32) -> Option<i32> {
        let new = self.0.get(old as usize).copied().flatten()?;
        i32::try_from(new).ok()
    }
}

/// Writes into the relation meta, which says `graph` by now, which objects are `followed` and which are `gone`. Nothing can
/// be taken out of such a meta, so another one is made where something has to go.
pub(crate) fn follow(buffer: &mut gst::BufferRef, graph: &Graph, followed: &[(u32, Track)], gone: &[u32]) -> Followed {
    let mut ids = Followed::default();
    if let Some((rest, renamed)) = graph.without(gone, followed) {
        analytics::remove(buffer);
        for fact in &rest.facts {
            // Their order is that of the ids.
            if analytics::add(buffer, fact).is_none() {
                gst::warning!(gst::CAT_RUST, "could not write {fact:?} again");
            }
        }
        for relation in rest.relations {
            analytics::relate(buffer, relation);
        }
        ids = Followed(renamed);
    }
    for &(object, track) in followed {
        let from = ids.id(object).and_then(|id| u32::try_from(id).ok()).unwrap_or(object);
        if let Some(to) = analytics::add(buffer, &track.fact()) {
            analytics::relate(
                buffer,
                Relation {
                    from,
                    to,
                    kinds: RELATE_TO,
                },
            );
        }
    }
    ids
}
