use proptest::prelude::*;

use super::*;

fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "{got} is not {want} within {tolerance}");
}

fn bsm(right: Right, s: f64, k: f64, t: f64, r: f64, q: f64) -> BlackScholes {
    BlackScholes::new(right, s, k, t, r, q).unwrap()
}

/// Hull, Options, Futures, and Other Derivatives, the example of the Black-Scholes-Merton chapter (42, 40, six months).
/// Haug, The Complete Guide to Option Pricing Formulas (2nd ed.), chapters 1 and 2, the numbers of its examples.
#[test]
fn prices_of_the_textbooks() {
    near(bsm(Right::Call, 42.0, 40.0, 0.5, 0.1, 0.0).price(0.2), 4.76, 0.005);
    near(bsm(Right::Put, 42.0, 40.0, 0.5, 0.1, 0.0).price(0.2), 0.81, 0.005);
    near(bsm(Right::Call, 60.0, 65.0, 0.25, 0.08, 0.0).price(0.3), 2.1334, 5e-5);
    near(bsm(Right::Put, 100.0, 95.0, 0.5, 0.1, 0.05).price(0.2), 2.4648, 5e-5);
    let forward = |right| Black76::new(right, 19.0, 19.0, 0.75, (-0.1_f64 * 0.75).exp()).unwrap();
    near(forward(Right::Call).price(0.28), 1.7011, 5e-5);
    near(forward(Right::Put).price(0.28), 1.7011, 5e-5);
}

#[test]
fn greeks_of_the_textbook() {
    let greeks = |option: BlackScholes, vol: f64| option.greeks(vol).unwrap();
    // A future under Haug's generalised formula has cost of carry 0: rate and yield are equal.
    near(greeks(bsm(Right::Call, 105.0, 100.0, 0.5, 0.1, 0.1), 0.36).delta, 0.5946, 5e-5);
    near(greeks(bsm(Right::Put, 105.0, 100.0, 0.5, 0.1, 0.1), 0.36).delta, -0.3566, 5e-5);
    near(greeks(bsm(Right::Call, 55.0, 60.0, 0.75, 0.1, 0.0), 0.3).gamma, 0.0278, 5e-5);
    near(greeks(bsm(Right::Call, 55.0, 60.0, 0.75, 0.105, 0.0355), 0.3).vega, 18.5027, 5e-5);
    near(greeks(bsm(Right::Put, 430.0, 405.0, 0.0833, 0.07, 0.05), 0.2).theta, -31.1924, 5e-3);
    near(greeks(bsm(Right::Call, 72.0, 75.0, 1.0, 0.09, 0.0), 0.19).rho, 38.7325, 5e-5);
}

#[test]
fn without_time_or_volatility_what_is_certain_is_left() {
    let option = bsm(Right::Call, 100.0, 90.0, 0.0, 0.05, 0.0);
    assert_eq!((option.price(0.2), option.greeks(0.2)), (10.0, None));
    let option = bsm(Right::Put, 100.0, 120.0, 1.0, 0.0, 0.0);
    assert_eq!((option.price(0.0), option.greeks(0.0)), (20.0, None));
}

#[test]
fn no_option_is_made_of_bad_numbers() {
    for (s, k, t, r, q, what) in [
        (0.0, 1.0, 1.0, 0.0, 0.0, "spot"),
        (1.0, -1.0, 1.0, 0.0, 0.0, "strike"),
        (1.0, 1.0, -0.1, 0.0, 0.0, "time to expiry"),
        (1.0, 1.0, 1.0, f64::NAN, 0.0, "rate"),
        (1.0, 1.0, 1.0, 0.0, f64::INFINITY, "dividend yield"),
        (1.0, 1.0, 1.0, 1e6, 0.0, "forward"),
    ] {
        assert_eq!(BlackScholes::new(Right::Call, s, k, t, r, q).unwrap_err().what, what);
    }
    assert!(Black76::new(Right::Put, 1.0, 1.0, 1.0, 0.0).is_err());
}

proptest! {
    /// C - P = D (F - K), and bounds hold.
    #[test]
    fn parity_and_bounds(
        f in 1.0..500.0_f64, m in -1.5..1.5_f64, t in 0.001..5.0_f64, r in -0.05..0.15_f64, v in 0.01..2.0_f64,
    ) {
        let (k, d) = (f * m.exp(), (-r * t).exp());
        let call = Black76::new(Right::Call, f, k, t, d).unwrap();
        let put = Black76::new(Right::Put, f, k, t, d).unwrap();
        let gap = call.price(v) - put.price(v) - d * (f - k);
        prop_assert!(gap.abs() < 1e-11 * (f + k), "{}", gap);
        for option in [call, put] {
            let price = option.price(v);
            prop_assert!(price >= option.lower_bound() - 1e-12 * (f + k) && price <= option.upper_bound());
            prop_assert!(price <= option.price(v * 1.01) + 1e-12 * (f + k), "rises with volatility");
        }
    }

    /// Every Greek against a central difference of the price, on the spot and on the forward.
    #[test]
    fn greeks_are_derivatives(
        m in -0.5..0.5_f64, t in 0.05..3.0_f64, r in -0.02..0.1_f64, q in 0.0..0.06_f64, v in 0.1..0.8_f64,
        call in any::<bool>(),
    ) {
        let right = if call { Right::Call } else { Right::Put };
        let (s, k) = (100.0, 100.0 * m.exp());
        let price = |s, t, r, q, v| bsm(right, s, k, t, r, q).price(v);
        let delta = |v| bsm(right, s, k, t, r, q).greeks(v).unwrap().delta;
        let vega = |v| bsm(right, s, k, t, r, q).greeks(v).unwrap().vega;
        let g = bsm(right, s, k, t, r, q).greeks(v).unwrap();
        let h = 1e-4;
        let close = |name: &str, got: f64, want: f64, scale: f64| {
            prop_assert!((got - want).abs() < 1e-5 * (scale + want.abs()), "{} {} {}", name, got, want);
            Ok(())
        };
        close("delta", g.delta, (price(s + h, t, r, q, v) - price(s - h, t, r, q, v)) / (2.0 * h), 1.0)?;
        let wide = 0.02;
        let second = price(s + wide, t, r, q, v) - 2.0 * price(s, t, r, q, v) + price(s - wide, t, r, q, v);
        close("gamma", g.gamma, second / (wide * wide), 1.0)?;
        close("vega", g.vega, (price(s, t, r, q, v + h) - price(s, t, r, q, v - h)) / (2.0 * h), 100.0)?;
        close("theta", g.theta, -(price(s, t + h, r, q, v) - price(s, t - h, r, q, v)) / (2.0 * h), 100.0)?;
        close("rho", g.rho, (price(s, t, r + h, q, v) - price(s, t, r - h, q, v)) / (2.0 * h), 100.0)?;
        close("yield", g.dividend_rho, (price(s, t, r, q + h, v) - price(s, t, r, q - h, v)) / (2.0 * h), 100.0)?;
        close("vanna", g.vanna.unwrap(), (delta(v + h) - delta(v - h)) / (2.0 * h), 1.0)?;
        close("volga", g.volga.unwrap(), (vega(v + h) - vega(v - h)) / (2.0 * h), 100.0)?;

        let forward = |f, t, r: f64, v| Black76::new(right, f, k, t, (-r * t).exp()).unwrap().price(v);
        let g = Black76::new(right, s, k, t, (-r * t).exp()).unwrap().greeks(v).unwrap();
        close("delta of F", g.delta, (forward(s + h, t, r, v) - forward(s - h, t, r, v)) / (2.0 * h), 1.0)?;
        close("theta of F", g.theta, -(forward(s, t + h, r, v) - forward(s, t - h, r, v)) / (2.0 * h), 100.0)?;
        close("rho of F", g.rho, (forward(s, t, r + h, v) - forward(s, t, r - h, v)) / (2.0 * h), 100.0)?;
    }
}
