//! What a relation meta says, as plain values: facts, known by their position, and how they are related.

use std::sync::Arc;

use gst::glib::Quark;

use crate::Track;

/// `GST_ANALYTICS_REL_TYPE_RELATE_TO`: how trackers relate an object to its track.
pub(crate) const RELATE_TO: u32 = 1 << 3;

/// What an object is called whose detector has no names.
const NAMELESS: &str = "object";

/// One entry of the meta.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// An object that was detected.
    Object(Found),
    /// A track, in running times, in nanoseconds; the largest number stands for none.
    Track {
        id: u64,
        first_seen: u64,
        last_seen: u64,
        lost: bool,
    },
    /// Classes that something may be of, each with its confidence.
    Classes(Vec<(f32, Option<Quark>)>),
    /// Of a kind that nobody here knows, and that cannot be copied therefore.
    Foreign,
}

/// Where something was detected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) label: Option<Quark>,
    /// Left, top, width, height, in pixels.
    pub(crate) rect: (i32, i32, i32, i32),
    /// By how much the box is turned, in radians.
    pub(crate) turn: f32,
    pub(crate) confidence: f32,
}

/// How one fact is related to another one, by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Bits of `GstAnalyticsRelTypes`.
    pub(crate) kinds: u32,
}

/// Everything that is known of a frame. A fact's id is its position.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Graph {
    pub(crate) facts: Vec<Fact>,
    /// Between facts of known kinds only.
    pub(crate) relations: Vec<Relation>,
}

impl Graph {
    pub(crate) fn objects(&self) -> impl Iterator<Item = (u32, &Found)> {
        self.facts().filter_map(|(id, fact)| match fact {
            Fact::Object(found) => Some((id, found)),
            _ => None,
        })
    }

    /// The object with this id.
    pub(crate) fn object(&self, id: u32) -> Option<&Found> {
        match self.facts.get(id as usize) {
            Some(Fact::Object(found)) => Some(found),
            _ => None,
        }
    }

    /// What an object is called: by its detector, or else by who classified it.
    pub(crate) fn label(&self, id: u32) -> Arc<str> {
        let own = self.object(id).and_then(|found| found.label);
        let classified = || {
            let classes = self.related(id).filter_map(|(_, fact)| match fact {
                Fact::Classes(classes) => Some(classes),
                _ => None,
            });
            let best = classes.flatten().max_by(|(a, _), (b, _)| a.total_cmp(b));
            best.and_then(|(_, label)| *label)
        };
        own.or_else(classified).map_or(NAMELESS, |label| label.as_str()).into()
    }

    /// The track that follows an object: the one that was added last, where several trackers have been there.
    pub(crate) fn track(&self, object: u32) -> Option<u64> {
        self.related(object)
            .filter_map(|(at, fact)| match fact {
                Fact::Track { id, lost: false, .. } => Some((at, *id)),
                _ => None,
            })
            .max()
            .map(|(_, id)| id)
    }

    /// This graph without what the objects that are `gone` or get another track leave behind, and the new id of each fact;
    /// None if it can stay as it is, or has to, because it holds what cannot be copied.
    pub(crate) fn without(&self, gone: &[u32], followed: &[(u32, Track)]) -> Option<(Self, Vec<Option<u32>>)> {
        let mut dropped = vec![false; self.facts.len()];
        for &object in gone {
            dropped[object as usize] = true;
        }
        // Whether a fact is about objects, and about such only.
        let is_about = |fact: u32, such: &[bool]| {
            let about = self.related(fact);
            let mut objects = about.filter(|(_, other)| matches!(other, Fact::Object(_))).peekable();
            objects.peek().is_some() && objects.all(|(id, _)| such[id as usize])
        };
        let leaving = dropped.clone();
        let renewed: Vec<bool> = (0..)
            .zip(&leaving)
            .map(|(id, gone)| *gone || followed.iter().any(|(object, _)| *object == id))
            .collect();
        for (id, fact) in self.facts() {
            match fact {
                Fact::Track { .. } if is_about(id, &renewed) => dropped[id as usize] = true,
                Fact::Classes(_) if is_about(id, &leaving) => dropped[id as usize] = true,
                _ => {}
            }
        }
        if !dropped.contains(&true) || self.facts.contains(&Fact::Foreign) {
            return None;
        }
        let mut next = 0;
        let ids: Vec<Option<u32>> = dropped
            .iter()
            .map(|gone| {
                let id = (!gone).then_some(next);
                next += u32::from(!gone);
                id
            })
            .collect();
        let new = |id: u32| ids.get(id as usize).copied().flatten();
        let kept = self.facts.iter().zip(&dropped).filter(|(_, gone)| !**gone);
        let graph = Self {
            facts: kept.map(|(fact, _)| fact.clone()).collect(),
            relations: self
                .relations
                .iter()
                .filter_map(|relation| {
                    Some(Relation {
                        from: new(relation.from)?,
                        to: new(relation.to)?,
                        kinds: relation.kinds,
                    })
                })
                .collect(),
        };
        Some((graph, ids))
    }

    fn facts(&self) -> impl Iterator<Item = (u32, &Fact)> {
        (0..).zip(&self.facts)
    }

    /// Facts that are related to one, in whichever direction.
    fn related(&self, id: u32) -> impl Iterator<Item = (u32, &Fact)> {
        let others = self.relations.iter().filter_map(move |relation| match relation {
            Relation { from, to, .. } if *from == id => Some(*to),
            Relation { from, to, .. } if *to == id => Some(*from),
            _ => None,
        });
        others.filter_map(|other| Some((other, self.facts.get(other as usize)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(label: &str) -> Fact {
        Fact::Object(Found {
            label: (!label.is_empty()).then(|| Quark::from_str(label)),
            rect: (1, 2, 3, 4),
            turn: 0.0,
            confidence: 0.5,
        })
    }

    fn track(id: u64, lost: bool) -> Fact {
        Fact::Track {
            id,
            first_seen: 0,
            last_seen: 0,
            lost,
        }
    }

    fn classes(label: &str) -> Fact {
        Fact::Classes(vec![(0.1, None), (0.9, Some(Quark::from_str(label)))])
    }

    fn graph(facts: &[Fact], relations: &[(u32, u32)]) -> Graph {
        Graph {
            facts: facts.to_vec(),
            relations: relations
                .iter()
                .map(|&(from, to)| Relation {
                    from,
                    to,
                    kinds: RELATE_TO,
                })
                .collect(),
        }
    }

    #[test]
    fn a_track_is_found_in_either_direction_and_the_newest_counts() {
        let facts = [
            object("car"),
            object("bus"),
            track(7, false),
            track(8, false),
            track(9, true),
        ];
        let graph = graph(&facts, &[(0, 2), (3, 1), (0, 3), (1, 4)]);
        assert_eq!((graph.track(0), graph.track(1)), (Some(8), Some(8)));
        assert_eq!(self::graph(&facts, &[(1, 4)]).track(1), None, "it is lost");
    }

    #[test]
    fn an_object_without_a_name_has_that_of_its_best_class_or_a_general_one() {
        let facts = [object(""), object(""), object("car"), classes("van")];
        let graph = graph(&facts, &[(0, 3), (3, 2)]);
        assert_eq!(
            [0, 1, 2].map(|id| graph.label(id)),
            ["van".into(), "object".into(), "car".into()]
        );
    }

    #[test]
    fn what_belongs_to_an_object_that_goes_goes_with_it() {
        let facts = [
            object("car"),
            track(7, false),
            object("bus"),
            classes("van"),
            track(9, true),
        ];
        let (rest, ids) = graph(&facts, &[(0, 1), (0, 3), (2, 3)]).without(&[0], &[]).unwrap();
        assert_eq!(ids, [None, None, Some(0), Some(1), Some(2)]);
        assert_eq!(rest, graph(&[object("bus"), classes("van"), track(9, true)], &[(0, 1)]));
    }

    #[test]
    fn another_trackers_track_makes_room_for_the_new_one() {
        let facts = [object("car"), track(7, false)];
        let new = [(0, Track::new(1))];
        let (rest, _) = graph(&facts, &[(0, 1)]).without(&[], &new).unwrap();
        assert_eq!(rest, graph(&facts[..1], &[]));
    }

    #[test]
    fn nothing_is_rewritten_without_need_or_at_the_price_of_what_is_unknown() {
        let plain = graph(&[object("car"), object("bus")], &[]);
        assert_eq!(plain.without(&[], &[(0, Track::new(1))]), None);
        let foreign = graph(&[object("car"), Fact::Foreign], &[]);
        assert_eq!(foreign.without(&[0], &[]), None);
    }
}
