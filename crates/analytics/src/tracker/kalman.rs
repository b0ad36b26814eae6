//! Where a box is and where it will be.

use luchs_scene::Rect;

/// A constant-velocity Kalman filter over a box's centre, width and height, with ByteTrack's noise, which grows with the
/// box's height because what is near moves more pixels (weights 1/20 and 1/160 per frame: Wojke et al., “Simple Online
/// and Realtime Tracking with a Deep Association Metric”, arXiv:1703.07402). Width in place of the aspect ratio is
/// BoT-SORT's improvement (Aharon et al., arXiv:2206.14651).
///
/// With diagonal noise the eight-dimensional filter of those papers falls into four independent ones of two dimensions.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    x: Axis,
    y: Axis,
    w: Axis,
    h: Axis,
}

/// Of the box's height, for one frame.
const POSITION_NOISE: f64 = 1.0 / 20.0;
const VELOCITY_NOISE: f64 = 1.0 / 160.0;
/// No box gets smaller than this, in pixels.
const MIN_EXTENT: f64 = 1.0;

impl Filter {
    pub(super) fn new(rect: &Rect) -> Self {
        let [x, y, w, h] = measured(rect);
        let (position, velocity) = (2.0 * POSITION_NOISE * h, 10.0 * VELOCITY_NOISE * h);
        let axis = |at| Axis {
            at,
            speed: 0.0,
            var: position.powi(2),
            cov: 0.0,
            speed_var: velocity.powi(2),
        };
        Self {
            x: axis(x),
            y: axis(y),
            w: axis(w),
            h: axis(h),
        }
    }

    /// Moves on by `frames` (of nominal length; need not be whole).
    pub(super) fn predict(&mut self, frames: f64) {
        let scale = self.h.at.max(MIN_EXTENT);
        for axis in [&mut self.x, &mut self.y, &mut self.w, &mut self.h] {
            axis.predict(frames, POSITION_NOISE * scale, VELOCITY_NOISE * scale);
        }
        for axis in [&mut self.w, &mut self.h] {
            axis.at = axis.at.max(MIN_EXTENT);
        }
    }

    /// Stops growing or shrinking: nothing is known about the size of what is not seen.
    pub(super) fn freeze_size(&mut self) {
        self.w.speed = 0.0;
        self.h.speed = 0.0;
    }

    /// Stops where it is.
    pub(super) fn rest(&mut self) {
        for axis in [&mut self.x, &mut self.y, &mut self.w, &mut self.h] {
            axis.speed = 0.0;
        }
    }

    pub(super) fn correct(&mut self, rect: &Rect) {
        let noise = POSITION_NOISE * self.h.at.max(MIN_EXTENT);
        let axes = [&mut self.x, &mut self.y, &mut self.w, &mut self.h];
        for (axis, value) in axes.into_iter().zip(measured(rect)) {
            axis.correct(value, noise);
        }
    }

    pub(super) fn rect(&self) -> Rect {
        let (w, h) = (self.w.at.max(MIN_EXTENT), self.h.at.max(MIN_EXTENT));
        Rect {
            x: (self.x.at - w / 2.0) as f32,
            y: (self.y.at - h / 2.0) as f32,
            w: w as f32,
            h: h as f32,
        }
    }
}

fn measured(rect: &Rect) -> [f64; 4] {
    let (w, h) = (f64::from(rect.w), f64::from(rect.h));
    [f64::from(rect.x) + w / 2.0, f64::from(rect.y) + h / 2.0, w, h]
}

/// One coordinate, its speed per frame, and the covariance of the two.
#[derive(Clone, Debug)]
struct Axis {
    at: f64,
    speed: f64,
    var: f64,
    cov: f64,
    speed_var: f64,
}

impl Axis {
    fn predict(&mut self, frames: f64, position_noise: f64, velocity_noise: f64) {
        self.at += self.speed * frames;
        self.var += frames * (2.0 * self.cov + frames * self.speed_var) + frames * position_noise.powi(2);
        self.cov += frames * self.speed_var;
        self.speed_var += frames * velocity_noise.powi(2);
    }

    fn correct(&mut self, value: f64, noise: f64) {
        let total = self.var + noise.powi(2);
        let (gain, speed_gain) = (self.var / total, self.cov / total);
        let surprise = value - self.at;
        self.at += gain * surprise;
        self.speed += speed_gain * surprise;
        self.speed_var -= speed_gain * self.cov;
        self.var *= 1.0 - gain;
        self.cov *= 1.0 - gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walker(frame: f32) -> Rect {
        Rect {
            x: 10.0 + 3.0 * frame,
            y: 50.0 - frame,
            w: 40.0,
            h: 100.0,
        }
    }

    #[test]
    fn steady_motion_is_learned_and_goes_on_unseen() {
        let mut filter = Filter::new(&walker(0.0));
        for frame in 1..30_u8 {
            filter.predict(1.0);
            filter.correct(&walker(f32::from(frame)));
        }
        filter.predict(5.0);
        assert!(
            filter.rect().iou(&walker(34.0)) > 0.95,
            "{:?} is not {:?}",
            filter.rect(),
            walker(34.0)
        );
    }

    #[test]
    fn five_steps_unseen_lead_where_one_five_times_as_long_does() {
        let mut stepwise = Filter::new(&walker(0.0));
        stepwise.predict(1.0);
        stepwise.correct(&walker(1.0));
        let mut at_once = stepwise.clone();
        (0..5).for_each(|_| stepwise.predict(1.0));
        at_once.predict(5.0);
        assert!(stepwise.rect().iou(&at_once.rect()) > 0.999);
    }

    #[test]
    fn a_shrinking_box_never_turns_inside_out() {
        let mut filter = Filter::new(&Rect {
            x: 0.0,
            y: 0.0,
            w: 50.0,
            h: 50.0,
        });
        filter.predict(1.0);
        filter.correct(&Rect {
            x: 0.0,
            y: 0.0,
            w: 5.0,
            h: 5.0,
        });
        (0..1000).for_each(|_| filter.predict(1.0));
        assert!(filter.rect().is_proper(), "{:?}", filter.rect());
    }
}
