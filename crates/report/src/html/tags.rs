//! Where the names of boxes stand on a picture.

/// A rectangle in pixels of the drawing: left, top, right, bottom.
pub(super) type Edges = (f64, f64, f64, f64);

/// Places for names of `wide` × `tall` at their boxes: above, else below, else inside, so that none covers another as long
/// as there is room. None leaves a picture of `width` × `height`.
pub(super) fn place(boxes: &[(Edges, f64)], tall: f64, (width, height): (f64, f64)) -> Vec<(f64, f64)> {
    let mut taken: Vec<Edges> = Vec::new();
    for ((left, top, right, bottom), wide) in boxes {
        let wide = wide.min(width);
        let columns = [*left, right - wide, left - wide, *right];
        let rows = [top - tall, *bottom, *top, top - 2.0 * tall, bottom + tall];
        let tries = rows.iter().flat_map(|y| columns.iter().map(move |x| (*x, *y)));
        let inside = |(x, y): (f64, f64)| {
            let x = x.clamp(0.0, width - wide);
            let y = y.clamp(0.0, (height - tall).max(0.0));
            (x, y, x + wide, y + tall)
        };
        let free = |place: &Edges| taken.iter().all(|other| !overlap(place, other));
        let mut tries = tries.map(inside);
        let first = inside((*left, top - tall));
        let place = tries.find(free).unwrap_or(first);
        taken.push(place);
    }
    taken.into_iter().map(|(x, y, ..)| (x, y)).collect()
}

fn overlap(a: &Edges, b: &Edges) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (f64, f64) = (640.0, 360.0);

    #[test]
    fn a_name_stands_above_its_box_and_below_where_there_is_no_room() {
        assert_eq!(
            place(&[((100.0, 80.0, 140.0, 200.0), 90.0)], 26.0, SIZE),
            [(100.0, 54.0)]
        );
        let high = place(&[((100.0, 0.0, 140.0, 200.0), 90.0)], 26.0, SIZE);
        assert_eq!(high, [(100.0, 0.0)]);
        let far = place(&[((600.0, 80.0, 630.0, 200.0), 90.0)], 26.0, SIZE);
        assert_eq!(far, [(550.0, 54.0)]);
    }

    #[test]
    fn names_of_boxes_side_by_side_do_not_cover_each_other() {
        let boxes: Vec<_> = (0..4)
            .map(|index| 200.0 + 30.0 * f64::from(index))
            .map(|left| ((left, 100.0, left + 20.0, 160.0), 90.0))
            .collect();
        let places = place(&boxes, 26.0, SIZE);
        for (index, a) in places.iter().enumerate() {
            for b in &places[index + 1..] {
                let edges = |(x, y): (f64, f64)| (x, y, x + 90.0, y + 26.0);
                assert!(!overlap(&edges(*a), &edges(*b)), "{places:?}");
            }
        }
    }

    #[test]
    fn where_everything_is_taken_a_name_is_still_there() {
        let many = vec![((10.0, 10.0, 30.0, 30.0), 600.0); 30];
        assert_eq!(place(&many, 26.0, SIZE).len(), 30);
    }
}
