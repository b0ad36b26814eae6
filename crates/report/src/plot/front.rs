//! Which points no other one beats.

/// Indices of the points (less x is better, more y is better) that no other point is at least as good as in both and
/// better in one: the Pareto front, from left to right. Points that are no numbers do not count.
pub(super) fn front(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len())
        .filter(|index| points[*index].0.is_finite() && points[*index].1.is_finite())
        .collect();
    order.sort_by(|a, b| {
        let (a, b) = (points[*a], points[*b]);
        a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1))
    });
    let mut best = f64::NEG_INFINITY;
    order.retain(|index| {
        let better = points[*index].1 > best;
        best = best.max(points[*index].1);
        better
    });
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_front_goes_from_fast_to_accurate() {
        let points = [
            (13.0, 33.6),
            (7.3, 32.6),
            (7.9, 32.8),
            (8.5, 32.5),
            (7.3, 7.8),
            (f64::NAN, 99.0),
        ];
        assert_eq!(front(&points), [1, 2, 0]);
    }

    #[test]
    fn one_of_two_equals_is_enough() {
        assert_eq!(front(&[(1.0, 1.0), (1.0, 1.0)]), [0]);
        assert!(front(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_on_the_front_is_beaten_and_everything_else_is(
            points in prop::collection::vec((0.0..10.0_f64, 0.0..10.0_f64), 0..40),
        ) {
            let front = front(&points);
            let beats = |a: (f64, f64), b: (f64, f64)| a.0 <= b.0 && a.1 >= b.1 && a != b;
            for (index, point) in points.iter().enumerate() {
                let beaten = points.iter().any(|other| beats(*other, *point));
                let on_it = front.contains(&index);
                let has_equal = front.iter().any(|other| points[*other] == *point);
                prop_assert!(on_it != beaten || (!on_it && has_equal));
            }
        }
    }
}
