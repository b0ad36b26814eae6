//! The engines that cameras share, added up from what each camera has of them.

use std::collections::BTreeMap;

use luchs_scene::Histogram;

use crate::{camera::Engine, status::EngineStatus};

/// One for each model and device of `parts`. What a camera counted stays in the sums while it is lost, and what cameras
/// counted that are `gone` stays as well: a sum that falls is to Prometheus one that began anew.
pub(super) fn add_up(parts: impl Iterator<Item = Engine>, gone: &Gone) -> Vec<EngineStatus> {
    let mut engines: BTreeMap<(String, String), EngineStatus> = BTreeMap::new();
    for part in parts {
        let key = (part.model.clone(), part.device.clone());
        let one = engines.entry(key).or_insert_with_key(|(model, device)| {
            let (inferences, infer) = gone.of(model, device);
            EngineStatus {
                model: model.clone(),
                device: device.clone(),
                cameras: 0,
                in_flight: 0,
                inferences,
                infer_ms: None,
                infer,
            }
        });
        one.cameras += u64::from(part.is_watching);
        one.in_flight += part.in_flight;
        one.inferences += part.inferences;
        one.infer.add(&part.infer);
    }
    let mut engines: Vec<_> = engines.into_values().collect();
    for engine in &mut engines {
        let millis = |part| engine.infer.quantile(part).map(|seconds| seconds * 1e3);
        engine.infer_ms = millis(0.5).zip(millis(0.99));
    }
    engines
}

/// What was counted by cameras that a reload ended or began anew.
#[derive(Clone, Default)]
pub(super) struct Gone(BTreeMap<(String, String), (u64, Histogram)>);

impl Gone {
    /// Keeps a camera's part.
    pub(super) fn keep(&mut self, part: Engine) {
        let (inferences, infer) = self.0.entry((part.model, part.device)).or_default();
        *inferences += part.inferences;
        infer.add(&part.infer);
    }

    fn of(&self, model: &str, device: &str) -> (u64, Histogram) {
        let key = (model.to_owned(), device.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(is_watching: bool, inferences: u64) -> Engine {
        Engine {
            model: "yolox-nano".into(),
            device: "cpu".into(),
            is_watching,
            in_flight: 0,
            inferences,
            infer: Histogram {
                count: inferences,
                ..Histogram::default()
            },
        }
    }

    #[test]
    fn a_lost_camera_s_runs_stay_counted() {
        let engines = add_up([part(true, 500), part(false, 438)].into_iter(), &Gone::default());
        assert_eq!(engines.len(), 1);
        assert_eq!((engines[0].cameras, engines[0].inferences), (1, 938));
        assert_eq!(engines[0].infer.count, 938);
    }

    #[test]
    fn runs_of_cameras_that_a_reload_ended_stay_counted_as_long_as_their_engine_is_used() {
        let mut gone = Gone::default();
        gone.keep(part(true, 100));
        gone.keep(part(true, 20));
        let engines = add_up([part(true, 3)].into_iter(), &gone);
        assert_eq!((engines[0].cameras, engines[0].inferences), (1, 123));
        assert_eq!(engines[0].infer.count, 123);
        assert!(add_up(std::iter::empty(), &gone).is_empty());
    }
}
