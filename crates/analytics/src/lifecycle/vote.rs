//! Which label a track has, when the detector is not always of one mind.

use std::sync::Arc;

use luchs_scene::Object;

/// Each sighting votes with its confidence, and older votes fade: after about 50 sightings to a third. The label
/// changes only when another one has gathered strictly more, so equal rivals do not make it flicker.
#[derive(Clone, Debug)]
pub(super) struct Vote {
    candidates: Vec<Candidate>,
    /// Index into `candidates`.
    elected: usize,
}

#[derive(Clone, Debug)]
struct Candidate {
    label_id: u32,
    label: Arc<str>,
    weight: f32,
}

const FADE: f32 = 0.98;
/// A detector that sees more than this many classes in one track is guessing: the weakest guess is forgotten.
const MAX_CANDIDATES: usize = 8;

impl Vote {
    pub(super) fn new(object: &Object) -> Self {
        Self {
            candidates: vec![Candidate::new(object)],
            elected: 0,
        }
    }

    pub(super) fn label_id(&self) -> u32 {
        self.candidates[self.elected].label_id
    }

    pub(super) fn label(&self) -> Arc<str> {
        self.candidates[self.elected].label.clone()
    }

    /// Counts a sighting; whether the label is another one now.
    pub(super) fn cast(&mut self, object: &Object) -> bool {
        for candidate in &mut self.candidates {
            candidate.weight *= FADE;
        }
        let same = |c: &Candidate| c.label_id == object.label_id && c.label == object.label;
        let position = match self.candidates.iter().position(same) {
            Some(position) => {
                self.candidates[position].weight += object.confidence;
                position
            }
            None if self.candidates.len() < MAX_CANDIDATES => {
                self.candidates.push(Candidate::new(object));
                self.candidates.len() - 1
            }
            None => {
                let others = (0..self.candidates.len()).filter(|&i| i != self.elected);
                let weakest = others.min_by(|&a, &b| self.candidates[a].weight.total_cmp(&self.candidates[b].weight));
                let Some(position) = weakest else { return false };
                self.candidates[position] = Candidate::new(object);
                position
            }
        };
        let won = self.candidates[position].weight > self.candidates[self.elected].weight;
        if won {
            self.elected = position;
        }
        won
    }
}

impl Candidate {
    fn new(object: &Object) -> Self {
        Self {
            label_id: object.label_id,
            label: object.label.clone(),
            weight: object.confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use luchs_scene::Rect;

    use super::*;

    fn seen(label: &str, label_id: u32, confidence: f32) -> Object {
        Object {
            rect: Rect::default(),
            label_id,
            label: label.into(),
            confidence,
            track_id: Some(1),
        }
    }

    #[test]
    fn a_single_wrong_guess_does_not_change_the_label_but_a_majority_does() {
        let mut vote = Vote::new(&seen("car", 2, 0.6));
        assert!(
            !vote.cast(&seen("truck", 7, 0.5)),
            "an outvoted guess changed the label"
        );
        assert!(!vote.cast(&seen("car", 2, 0.6)));
        assert_eq!(&*vote.label(), "car");
        let changes = (0..4).filter(|_| vote.cast(&seen("truck", 7, 0.9))).count();
        assert_eq!((changes, &*vote.label(), vote.label_id()), (1, "truck", 7));
    }

    #[test]
    fn a_guessing_detector_does_not_grow_the_vote() {
        let mut vote = Vote::new(&seen("a", 0, 1.0));
        for id in 1..1000 {
            vote.cast(&seen(&id.to_string(), id, 0.1));
        }
        assert_eq!(vote.candidates.len(), MAX_CANDIDATES);
    }
}
