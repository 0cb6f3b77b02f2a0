//! How much of each selected name.

use super::Sizing;
use super::history::History;

/// The unscaled weight of a name at the last session of `history`; `None` = it cannot be sized and is not held.
pub(super) fn raw_weight(sizing: &Sizing, history: &History, s: usize) -> Option<f64> {
    match sizing {
        Sizing::InverseVolatility { window, .. } => history.volatility(s, *window).map(|sigma| 1.0 / sigma),
        Sizing::Equal { .. } => Some(1.0),
    }
}

/// Turns raw weights into portfolio weights: sum <= 1, none above the cap, volatility scaled down to the target.
pub(super) fn finish(
    sizing: &Sizing,
    history: &History,
    width: usize,
    periods_per_year: f64,
    weights: &mut [(usize, f64)],
) {
    cap(weights, sizing.max_weight());
    if let Sizing::InverseVolatility { window, target_annual_volatility: Some(target), .. } = sizing
        && let Some(sigma) = history.weighted_volatility(weights, width, *window)
    {
        let scale = (target / (sigma * periods_per_year.sqrt())).min(1.0);
        weights.iter_mut().for_each(|(_, w)| *w *= scale);
    }
}

/// Normalises to sum 1 with no weight above `max`; what is cut goes to the uncapped in proportion, then to cash.
fn cap(weights: &mut [(usize, f64)], max: f64) {
    let mut capped = vec![false; weights.len()];
    let mut free_mass = 1.0_f64;
    loop {
        let raw: f64 = weights.iter().zip(&capped).filter(|(_, c)| !**c).map(|((_, w), _)| w).sum();
        let mut again = false;
        for (i, (_, w)) in weights.iter_mut().enumerate() {
            if !capped[i] && *w / raw * free_mass > max {
                capped[i] = true;
                again = true;
            }
        }
        if !again {
            for (i, (_, w)) in weights.iter_mut().enumerate() {
                *w = if capped[i] { max } else { *w / raw * free_mass };
            }
            return;
        }
        let held = capped.iter().filter(|c| **c).count() as f64;
        free_mass = (1.0 - max * held).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_pass_the_excess_on_then_leave_cash() {
        let run = |raw: &[f64], max| {
            let mut w: Vec<(usize, f64)> = raw.iter().copied().enumerate().collect();
            cap(&mut w, max);
            w.into_iter().map(|(_, w)| w).collect::<Vec<_>>()
        };
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-12);
        assert!(close(&run(&[1.0, 1.0, 2.0], 1.0), &[0.25, 0.25, 0.5]));
        assert!(close(&run(&[1.0, 1.0, 2.0], 0.4), &[0.3, 0.3, 0.4]));
        assert!(close(&run(&[8.0, 1.0, 1.0], 0.3), &[0.3, 0.3, 0.3])); // all capped: 10 % cash
        assert!(close(&run(&[6.0, 3.0, 1.0], 0.45), &[0.45, 0.4125, 0.1375]));
    }
}
