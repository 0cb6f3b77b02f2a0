//! The entries, written from the general vocabulary of financial news. Verbs and nouns stand in their base form; irregular
//! forms are listed. Weights are round on purpose: they were judged, not fitted.

/// Good or bad by itself.
pub(super) const GOOD: &[(f64, &str)] = &[
    (
        1.0,
        "upgrade, outperform, profitable, bullish, stellar, beat, better than expected, return to profit, swing to profit, \
         turn profitable, back in the black, in the black, back to profit, breakthrough, windfall, bumper",
    ),
    (
        0.8,
        "win, won, bag, exceed, surpass, outpace, strong, stronger, strongest, robust, upbeat, optimistic, optimism, \
         positive, improve, improvement, turnaround, impressive, boom, buoyant, buy rating, order win, overweight, \
         ahead of expectation, above expectation, above estimate, ahead of estimate, top estimate, top expectation, \
         higher than expected, success, favourable, favorable",
    ),
    (
        0.6,
        "secure, award, approve, approval, approved, healthy, solid, successful, successfully, better, best, strength, \
         confident, outshine, cheer, buoy, encouraging, promising, thrive, thriving, prosper, lucrative, milestone, \
         clearance, green light, go ahead, new contract, win contract, accumulate, undervalued, resilient, resilience",
    ),
    (
        0.4,
        "benefit, advantage, attractive, special dividend, buyback, share repurchase, resolve, settle dispute, hope, \
         efficient, efficiency, opportunity, reward, bonus share, partnership, landmark, cost saving, synergy",
    ),
];

pub(super) const BAD: &[(f64, &str)] = &[
    (
        1.0,
        "downgrade, underperform, bankrupt, bankruptcy, insolvency, insolvent, fraud, bearish, profit warning, \
         worse than expected, swing to loss, slip into loss, post loss, dismal, worst, collapse, selloff, sell off, scam",
    ),
    (
        0.8,
        "weak, weaker, weakest, weakness, poor, worse, negative, disappoint, disappointing, disappointment, miss, missed, \
         below estimate, below expectation, short of expectation, fall short, lower than expected, suffer, recession, \
         downturn, crisis, layoff, lay off, job cut, hit by, hit hard, warn, warning, gloom, gloomy, pessimistic, \
         pessimism, bleak, panic, underweight, sell rating, unprofitable, in the red, turmoil, write off, writeoff",
    ),
    (
        0.6,
        "lawsuit, sue, penalty, fined, probe, raid, ban, suspend, suspension, shutdown, closure, delay, hurt, dent, \
         struggle, trouble, woe, headwind, drag, sluggish, lacklustre, lackluster, subdued, tepid, selling pressure, \
         profit taking, profit booking, impairment, writedown, write down, bad news, overvalued, glut, threat, threaten, \
         redundancy, violation, breach, illegal, default, debt ridden, cancel, cancellation, reject, rejection, deadlock, \
         stagnant, stagnation, strain, scandal, blow, setback, hammer, batter, rout, meltdown, bloodbath",
    ),
    (
        0.4,
        "muted, soft, cautious, dispute, resign, resignation, shortage, recall, bottleneck, expensive, dilute, dilution, \
         volatile, postpone, scrap, difficult, challenging, unfavourable, unfavorable, problem, cut jobs, axe, oppose",
    ),
];

/// A move of whatever stands beside it.
pub(super) const UP: &[(f64, &str)] = &[
    (1.1, "surge, soar, skyrocket, rocket"),
    (
        1.0,
        "rise, rose, risen, increase, grow, grew, grown, gain, climb, jump, rally, double, triple, quadruple, record high, \
         all time high, new high, week high, month high, year high, lifetime high, multi year high, leap, leapt, shoot up",
    ),
    (
        0.8,
        "advance, spike, zoom, up, higher, boost, strengthen, rebound, bounce back, bounce, upturn, outgrow, recover, \
         recovery, highest, perk up, shine, glitter",
    ),
    (
        0.6,
        "expand, expansion, accelerate, acceleration, lift, raise, firmer, appreciate, upside, uptick, upward, \
         hike, swell, widen, escalate, pick up, uptrend, build up, nudge up, tick up",
    ),
    (0.5, "extend, broaden, multiply, step up, ramp up"),
];

pub(super) const DOWN: &[(f64, &str)] = &[
    (1.1, "plunge, plummet, nosedive, crash"),
    (
        1.0,
        "fall, fell, fallen, decline, decrease, drop, sink, sank, sunk, tumble, slump, record low, all time low, new low, \
         week low, month low, year low, lifetime low, tank, halve",
    ),
    (
        0.8,
        "dip, slip, slide, slid, shrink, shrank, shrunk, lower, down, reduce, cut, weaken, retreat, lose, lost, dive, \
         dwindle, erode, erosion, deteriorate, deterioration, slowdown, skid, shed, lowest, contraction, diminish, drag down",
    ),
    (
        0.6,
        "slow, slower, ease, narrow, reduction, trim, pare, depreciate, soften, downside, downward, correction, sag, fade, \
         pull back, pullback, subside, cool, retrace, downtrend, give up, taper",
    ),
];

/// What moves: more of it is good. The number is what naming it says by itself.
pub(super) const GOOD_METRIC: &[(f64, &str)] = &[
    (
        0.0,
        "profit, earning, income, revenue, sale, turnover, margin, ebitda, ebit, eps, dividend, order, order book, demand, \
         output, production, market share, share, stock, price, index, gold, silver, export, volume, guidance, outlook, \
         forecast, target, rating, capacity, cash flow, deposit, traffic, booking, confidence, gdp, surplus, productivity, \
         market, equity, bond, currency, investment, return, backlog, shipment, subscriber, customer, value, valuation",
    ),
    (0.3, "growth"),
];

/// What moves: more of it is bad.
pub(super) const BAD_METRIC: &[(f64, &str)] = &[
    (-0.7, "loss, net loss, operating loss, red ink"),
    (
        -0.5,
        "deficit, bad loan, bad debt, non performing asset, npa, delinquency, fear, worry, concern, tension, uncertainty, \
         risk aversion, pressure",
    ),
    (-0.3, "attrition, complaint, slippage, risk, arrear"),
    (
        0.0,
        "cost, expense, expenditure, debt, liability, borrowing, unemployment, jobless, jobless claim, inflation, tax, \
         provision, charge, interest burden, price pressure, leverage, overhead",
    ),
];

/// Turns round what follows within three words.
pub(super) const NEGATE: &str = "not, no, never, none, neither, nor, without, cannot, can't, won't, fail to, failed to, \
     lack, lack of, unable to, refuse to, unlikely, hardly, barely";

/// Turns round a move or a judgement that follows: `pares gains`, `allays fears`.
pub(super) const REVERSE: &str = "pare, trim, erase, recoup, reverse, narrow, cut, reduce, halt, snap, end, stem, avoid, \
     avert, prevent, limit, ease, curb, wipe out, wipe off, shrug off, cap, arrest, overcome, defy, offset, allay, calm, \
     escape, stop, recover, dispel";

/// Factors on the next judgement or the one before.
pub(super) const DEGREE: &[(f64, &str)] = &[
    (1.4, "sharply, steeply, massively, dramatically, hugely, sharp, steep, massive, dramatic, huge, record"),
    (
        1.2,
        "significantly, strongly, substantially, heavily, very, considerably, markedly, significant, substantial, \
         considerable, notably",
    ),
    (
        0.6,
        "slightly, marginally, modestly, somewhat, a bit, a tad, little, moderately, partly, slight, marginal, modest, \
         moderate, partially, a touch",
    ),
];

/// What is said is not yet so.
pub(super) const HEDGE: &str = "may, might, could, if, whether, possibly, perhaps";

/// Advice, where a statement begins with it: `Buy X, target 500`.
pub(super) const ADVICE: &[(f64, &str)] =
    &[(0.8, "buy"), (-0.8, "sell, avoid"), (-0.5, "reduce, book profit in")];
