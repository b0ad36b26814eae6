//! What a detector tells those behind it about itself, in order with the frames.

use luchs_scene::event::{Condition, Status};

const NAME: &str = "luchs-status";

/// A serialized event that goes downstream: a structure `luchs-status` with `condition` and `text`.
pub fn status_event(status: &Status) -> gst::Event {
    let structure = gst::Structure::builder(NAME)
        .field("condition", status.condition.as_str())
        .field("text", &status.text)
        .build();
    gst::event::CustomDownstream::new(structure)
}

/// What [`status_event`] made; None for other events, and for conditions that are not known here.
pub fn read_status(event: &gst::EventRef) -> Option<Status> {
    let structure = event.structure().filter(|structure| structure.name() == NAME)?;
    let condition: &str = structure.get("condition").ok()?;
    let condition: Condition = condition
        .parse()
        .inspect_err(|err| gst::warning!(gst::CAT_RUST, "a status is passed over: {err}"))
        .ok()?;
    let text = structure.get("text").unwrap_or_default();
    Some(Status { condition, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_back_and_other_events_are_none() {
        gst::init().unwrap();
        let status = Status {
            condition: Condition::DetectorFailing,
            text: "not a number".into(),
        };
        let event = status_event(&status);
        assert!(event.is_serialized() && event.is_downstream());
        assert_eq!(read_status(&event), Some(status));
        assert_eq!(read_status(&gst::event::Eos::new()), None);
        let newer = gst::Structure::builder(NAME)
            .field("condition", "detector.asleep")
            .build();
        assert_eq!(read_status(&gst::event::CustomDownstream::new(newer)), None);
    }
}
