//! What a person is told.

use luchs_scene::event::{Condition, Status};

/// What is being done about too much work.
pub(super) struct Shed {
    /// Looks per second that there should be, and that there are.
    pub(super) wanted: f64,
    pub(super) planned: f64,
    /// Cameras that are looked at, and those of them that are looked at less often than configured.
    pub(super) cameras: usize,
    pub(super) reduced: usize,
}

impl Shed {
    pub(super) fn text(&self) -> String {
        format!(
            "the cameras send {:.0} frames per second to be looked at, the box can do {:.0}: {} of {} cameras are looked at \
             less often, those of low priority first, and no event is given up for it. max-fps, inference-interval or \
             motion-gate on some cameras, a lighter model or a faster device make up for it",
            self.wanted.ceil(),
            self.planned,
            self.reduced,
            self.cameras
        )
    }

    pub(super) fn begun(&self) -> Status {
        Status {
            condition: Condition::OverloadShedding,
            text: self.text(),
        }
    }
}

pub(super) fn over() -> Status {
    Status {
        condition: Condition::OverloadOver,
        text: "the cameras are looked at as often as configured again".to_owned(),
    }
}
