//! What is motion, and for how long it matters.

use std::time::Duration;

/// When a model is to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateSettings {
    /// So long after the last motion the model goes on looking, so that a tracker sees how it ended. 1 s.
    pub hold: Duration,
    /// At least so often the model looks at a still picture, for what the comparison cannot see. 2 s.
    pub heartbeat: Duration,
    /// What is motion.
    pub watch: WatchSettings,
}

/// What is motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchSettings {
    /// A cell has changed if its mean is so many grey levels away from what it should be. 3.
    pub least_difference: f32,
    /// And so many times its own noise, which is the difference that three of four frames stay below. 4, which is 4.6
    /// standard deviations of noise that is normally distributed.
    pub noise_factor: f32,
    /// Cells in which something must have moved within some tenths of a second. 5; those that changed by twice as much as
    /// they must count as two.
    pub least_cells: u32,
    /// What has stopped belongs to the background after this time. 4 s.
    pub rest: Duration,
    /// How fast the background follows small changes, in grey levels a second. 0.5: the sun, but nobody who walks.
    pub drift: f32,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(1),
            heartbeat: Duration::from_secs(2),
            watch: WatchSettings::default(),
        }
    }
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            least_difference: 3.0,
            noise_factor: 4.0,
            least_cells: 5,
            rest: Duration::from_secs(4),
            drift: 0.5,
        }
    }
}
