//! Optimal assignment.

/// The pairs of rows and columns with the highest total gain, each row and column at most once; a pair that gains
/// nothing (or NaN) is not made. In the order of rows; the same input gives the same pairs.
///
/// Kuhn's Hungarian method by shortest augmenting paths: Jonker and Volgenant, “A shortest augmenting path algorithm for
/// dense and sparse linear assignment problems”, Computing 38, 1987. O(n²·m) for n ≤ m.
pub(super) fn best_pairs(rows: usize, columns: usize, gain: impl Fn(usize, usize) -> f32) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    // A row without a gain is paired with a column at no cost and dropped below, which is how it stays unmatched.
    let flipped = rows > columns;
    let (n, m) = if flipped { (columns, rows) } else { (rows, columns) };
    let mut cost = Vec::with_capacity(n * m);
    for i in 0..n {
        for j in 0..m {
            let worth = if flipped { gain(j, i) } else { gain(i, j) };
            cost.push(if worth > 0.0 { -f64::from(worth) } else { 0.0 });
        }
    }
    let mut pairs: Vec<(usize, usize)> = solve(n, m, &cost)
        .into_iter()
        .enumerate()
        .filter(|&(i, j)| cost[i * m + j] < 0.0)
        .map(|(i, j)| if flipped { (j, i) } else { (i, j) })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// The column of each row, of least total cost; `cost` is n × m, finite, row by row, n ≤ m.
fn solve(n: usize, m: usize, cost: &[f64]) -> Vec<usize> {
    // Index 0 of the columns is a virtual one from which each search starts; rows are counted from 1 for the same reason.
    let mut row_price = vec![0.0; n + 1];
    let mut column_price = vec![0.0; m + 1];
    let mut row_of = vec![0_usize; m + 1];
    let mut came_from = vec![0_usize; m + 1];
    let mut distance = vec![0.0; m + 1];
    let mut done = vec![false; m + 1];
    for row in 1..=n {
        row_of[0] = row;
        distance.fill(f64::INFINITY);
        done.fill(false);
        let mut at = 0;
        while row_of[at] != 0 {
            done[at] = true;
            let from = row_of[at];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for column in (1..=m).filter(|&column| !done[column]) {
                let reduced = cost[(from - 1) * m + column - 1] - row_price[from] - column_price[column];
                if reduced < distance[column] {
                    distance[column] = reduced;
                    came_from[column] = at;
                }
                if distance[column] < step {
                    (step, next) = (distance[column], column);
                }
            }
            for column in 0..=m {
                if done[column] {
                    row_price[row_of[column]] += step;
                    column_price[column] -= step;
                } else {
                    distance[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            row_of[at] = row_of[came_from[at]];
            at = came_from[at];
        }
    }
    let mut column_of = vec![0; n];
    for column in 1..=m {
        if row_of[column] != 0 {
            column_of[row_of[column] - 1] = column - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(gains: &[Vec<f32>], pairs: &[(usize, usize)]) -> f32 {
        pairs.iter().map(|&(i, j)| gains[i][j]).sum()
    }

    /// The best total by trying everything.
    fn exhaustive(gains: &[Vec<f32>], row: usize, used: &mut Vec<bool>) -> f32 {
        if row == gains.len() {
            return 0.0;
        }
        let mut best = exhaustive(gains, row + 1, used);
        for column in 0..used.len() {
            if !used[column] && gains[row][column] > 0.0 {
                used[column] = true;
                best = best.max(gains[row][column] + exhaustive(gains, row + 1, used));
                used[column] = false;
            }
        }
        best
    }

    proptest::proptest! {
        #[test]
        fn nothing_beats_it(
            gains in (0_usize..6, 0_usize..6).prop_flat_map(|(n, m)| {
                proptest::collection::vec(proptest::collection::vec(-1.0_f32..1.0, m), n)
            })
        ) {
            let columns = gains.first().map_or(0, Vec::len);
            let pairs = best_pairs(gains.len(), columns, |i, j| gains[i][j]);
            let best = exhaustive(&gains, 0, &mut vec![false; columns]);
            proptest::prop_assert!((total(&gains, &pairs) - best).abs() < 1e-5);
        }
    }

    use proptest::strategy::Strategy as _;

    #[test]
    fn the_greedy_choice_is_not_taken_where_it_costs_more() {
        let gains = [[0.9, 0.8], [0.8, 0.1]];
        assert_eq!(best_pairs(2, 2, |i, j| gains[i][j]), [(0, 1), (1, 0)]);
    }

    #[test]
    fn what_gains_nothing_stays_alone() {
        let gains = [[f32::NAN, -1.0, 0.0], [0.5, 0.0, 0.0]];
        assert_eq!(best_pairs(2, 3, |i, j| gains[i][j]), [(1, 0)]);
        assert_eq!(best_pairs(0, 3, |_, _| 1.0), []);
    }
}
