//! Beta and correlation to a benchmark.

/// Sessions of a window.
pub(super) const WINDOW: usize = 60;
/// The fewest sessions of a window in which both have a return.
pub(super) const LEAST: usize = 40;

/// How a series moves with a benchmark over a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// Slope of the returns on those of the benchmark.
    pub beta: f64,
    /// Pearson correlation, -1 to 1; `None` where the series itself does not move.
    pub correlation: Option<f64>,
    /// Sessions with both returns.
    pub sessions: usize,
}

/// The relation of each session over it and the 59 before: returns of the same session on both sides.
///
/// `None` below 40 sessions with both returns, or where the benchmark does not move. Sharpe (1963), "A simplified model for
/// portfolio analysis", Management Science 9(2), 277-293.
///
/// # Panics
/// The series differ in length.
pub fn rolling_relation(own: &[f64], benchmark: &[f64]) -> Vec<Option<Relation>> {
    assert_eq!(own.len(), benchmark.len(), "one return of each a session");
    let window = |t: usize| (t + 1).saturating_sub(WINDOW)..t + 1;
    // Each window is summed anew: nothing that left it stays behind, and a prefix gives the same bits.
    (0..own.len()).map(|t| relation(&own[window(t)], &benchmark[window(t)])).collect()
}

fn relation(own: &[f64], benchmark: &[f64]) -> Option<Relation> {
    let both = || own.iter().zip(benchmark).filter(|(y, x)| y.is_finite() && x.is_finite());
    let sessions = both().count();
    if sessions < LEAST {
        return None;
    }
    let n = sessions as f64;
    let mean_own = both().map(|(y, _)| y).sum::<f64>() / n;
    let mean_benchmark = both().map(|(_, x)| x).sum::<f64>() / n;
    let (mut cross, mut moved, mut benchmark_moved) = (0.0, 0.0, 0.0);
    for (y, x) in both() {
        let (y, x) = (y - mean_own, x - mean_benchmark);
        cross += y * x;
        moved += y * y;
        benchmark_moved += x * x;
    }
    // Returns below a billionth of a basis point are the rounding of a price that does not move.
    let moves = |squares: f64| squares > n * 1e-26;
    let correlation = moves(moved).then(|| (cross / (moved * benchmark_moved).sqrt()).clamp(-1.0, 1.0));
    moves(benchmark_moved).then(|| Relation { beta: cross / benchmark_moved, correlation, sessions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leveraged_benchmark_by_hand() {
        let benchmark: Vec<f64> = (0..70).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }).collect();
        let twice: Vec<f64> = benchmark.iter().map(|r| 0.001 - 2.0 * r).collect();
        let found = rolling_relation(&twice, &benchmark);
        assert!(found[..39].iter().all(Option::is_none));
        let last = found[69].unwrap();
        assert!((last.beta + 2.0).abs() < 1e-12 && (last.correlation.unwrap() + 1.0).abs() < 1e-12);
        assert_eq!((last.sessions, found[39].unwrap().sessions), (60, 40));
    }

    #[test]
    fn missing_returns_are_left_out_and_flat_ones_have_no_relation() {
        let benchmark: Vec<f64> = (0..60).map(|t| f64::from(t % 3) * 0.01).collect();
        let mut own = benchmark.clone();
        own.iter_mut().step_by(3).for_each(|r| *r = f64::NAN);
        assert_eq!(rolling_relation(&own, &benchmark)[59].unwrap().sessions, 40);
        own[1] = f64::NAN;
        assert_eq!(rolling_relation(&own, &benchmark)[59], None);
        let flat = vec![0.1; 60];
        assert_eq!(rolling_relation(&benchmark, &flat)[59], None);
        let still = rolling_relation(&flat, &benchmark)[59].unwrap();
        assert_eq!(still.correlation, None);
        assert!(still.beta.abs() < 1e-12);
    }
}
