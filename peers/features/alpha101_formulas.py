"""The 101 formulaic alphas but number 56 (which needs market capitalisation), from the appendix of Kakushadze (2016), 101
Formulaic Alphas, arXiv 1601.00991, with the paper's names and its windows as they stand there.

`vwap` is the typical price and `adv{d}` mean volume: bars carry no traded value. Every industry level is the one grouping
there is. `min` and `max` of the paper are over time where the second argument is a number of days.
"""

import numpy as np

from alpha101_operators import less, signedpower, where


def alphas(p, open, high, low, close, volume):
    """A function without arguments for each alpha, by number."""
    rank, scale, indneutralize, delay, delta = p.rank, p.scale, p.indneutralize, p.delay, p.delta
    sum, product, ts_min, ts_max, ts_rank = p.sum, p.product, p.ts_min, p.ts_max, p.ts_rank
    ts_argmax, ts_argmin, stddev, decay_linear = p.ts_argmax, p.ts_argmin, p.stddev, p.decay_linear
    correlation, covariance = p.correlation, p.covariance
    abs, log, sign, maximum, minimum = np.abs, np.log, np.sign, np.maximum, np.minimum
    returns, vwap = close / delay(close, 1) - 1, (high + low + close) / 3

    def adv(d):
        return p.mean(volume, d)

    def blend(x, y, share):
        return x * share + y * (1 - share)

    def bend():
        return (delay(close, 20) - delay(close, 10)) / 10 - (delay(close, 10) - close) / 10

    def trend(d):
        step = delta(close, 1)
        return where(0 < ts_min(step, d), step, where(ts_max(step, d) < 0, step, -1 * step))

    def inner():
        """Where the close lies in the day's range, from -1 to 1."""
        return ((close - low) - (high - close)) / (high - low)

    middle = (high + low) / 2
    return {
        1: lambda: rank(ts_argmax(signedpower(where(returns < 0, stddev(returns, 20), close), 2.0), 5)) - 0.5,
        2: lambda: -1 * correlation(rank(delta(log(volume), 2)), rank((close - open) / open), 6),
        3: lambda: -1 * correlation(rank(open), rank(volume), 10),
        4: lambda: -1 * ts_rank(rank(low), 9),
        5: lambda: rank(open - sum(vwap, 10) / 10) * (-1 * abs(rank(close - vwap))),
        6: lambda: -1 * correlation(open, volume, 10),
        7: lambda: where(adv(20) < volume, -1 * ts_rank(abs(delta(close, 7)), 60) * sign(delta(close, 7)), -1),
        8: lambda: -1 * rank(sum(open, 5) * sum(returns, 5) - delay(sum(open, 5) * sum(returns, 5), 10)),
        9: lambda: trend(5),
        10: lambda: rank(trend(4)),
        11: lambda: (rank(ts_max(vwap - close, 3)) + rank(ts_min(vwap - close, 3))) * rank(delta(volume, 3)),
        12: lambda: sign(delta(volume, 1)) * (-1 * delta(close, 1)),
        13: lambda: -1 * rank(covariance(rank(close), rank(volume), 5)),
        14: lambda: -1 * rank(delta(returns, 3)) * correlation(open, volume, 10),
        15: lambda: -1 * sum(rank(correlation(rank(high), rank(volume), 3)), 3),
        16: lambda: -1 * rank(covariance(rank(high), rank(volume), 5)),
        17: lambda: -1 * rank(ts_rank(close, 10)) * rank(delta(delta(close, 1), 1)) * rank(ts_rank(volume / adv(20), 5)),
        18: lambda: -1 * rank(stddev(abs(close - open), 5) + (close - open) + correlation(close, open, 10)),
        19: lambda: -1 * sign((close - delay(close, 7)) + delta(close, 7)) * (1 + rank(1 + sum(returns, 250))),
        20: lambda: -1 * rank(open - delay(high, 1)) * rank(open - delay(close, 1)) * rank(open - delay(low, 1)),
        21: lambda: where(sum(close, 8) / 8 + stddev(close, 8) < sum(close, 2) / 2, -1,
                          where(sum(close, 2) / 2 < sum(close, 8) / 8 - stddev(close, 8), 1,
                                where(1 <= volume / adv(20), 1, -1))),
        22: lambda: -1 * (delta(correlation(high, volume, 5), 5) * rank(stddev(close, 20))),
        23: lambda: where(sum(high, 20) / 20 < high, -1 * delta(high, 2), 0),
        24: lambda: where(delta(sum(close, 100) / 100, 100) / delay(close, 100) <= 0.05,
                          -1 * (close - ts_min(close, 100)), -1 * delta(close, 3)),
        25: lambda: rank(-1 * returns * adv(20) * vwap * (high - close)),
        26: lambda: -1 * ts_max(correlation(ts_rank(volume, 5), ts_rank(high, 5), 5), 3),
        27: lambda: where(0.5 < rank(sum(correlation(rank(volume), rank(vwap), 6), 2) / 2.0), -1, 1),
        28: lambda: scale(correlation(adv(20), low, 5) + (high + low) / 2 - close),
        29: lambda: ts_min(product(rank(rank(scale(log(sum(ts_min(rank(rank(-1 * rank(delta(close - 1, 5)))), 2), 1))))), 1), 5)
        + ts_rank(delay(-1 * returns, 6), 5),
        30: lambda: (1.0 - rank(sign(close - delay(close, 1)) + sign(delay(close, 1) - delay(close, 2))
                                + sign(delay(close, 2) - delay(close, 3)))) * sum(volume, 5) / sum(volume, 20),
        31: lambda: rank(rank(rank(decay_linear(-1 * rank(rank(delta(close, 10))), 10)))) + rank(-1 * delta(close, 3))
        + sign(scale(correlation(adv(20), low, 12))),
        32: lambda: scale(sum(close, 7) / 7 - close) + 20 * scale(correlation(vwap, delay(close, 5), 230)),
        33: lambda: rank(-1 * (1 - open / close) ** 1),
        34: lambda: rank((1 - rank(stddev(returns, 2) / stddev(returns, 5))) + (1 - rank(delta(close, 1)))),
        35: lambda: ts_rank(volume, 32) * (1 - ts_rank(close + high - low, 16)) * (1 - ts_rank(returns, 32)),
        36: lambda: 2.21 * rank(correlation(close - open, delay(volume, 1), 15)) + 0.7 * rank(open - close)
        + 0.73 * rank(ts_rank(delay(-1 * returns, 6), 5)) + rank(abs(correlation(vwap, adv(20), 6)))
        + 0.6 * rank((sum(close, 200) / 200 - open) * (close - open)),
        37: lambda: rank(correlation(delay(open - close, 1), close, 200)) + rank(open - close),
        38: lambda: -1 * rank(ts_rank(close, 10)) * rank(close / open),
        39: lambda: -1 * rank(delta(close, 7) * (1 - rank(decay_linear(volume / adv(20), 9)))) * (1 + rank(sum(returns, 250))),
        40: lambda: -1 * rank(stddev(high, 10)) * correlation(high, volume, 10),
        41: lambda: (high * low) ** 0.5 - vwap,
        42: lambda: rank(vwap - close) / rank(vwap + close),
        43: lambda: ts_rank(volume / adv(20), 20) * ts_rank(-1 * delta(close, 7), 8),
        44: lambda: -1 * correlation(high, rank(volume), 5),
        45: lambda: -1 * (rank(sum(delay(close, 5), 20) / 20) * correlation(close, volume, 2)
                          * rank(correlation(sum(close, 5), sum(close, 20), 2))),
        46: lambda: where(0.25 < bend(), -1, where(bend() < 0, 1, -1 * (close - delay(close, 1)))),
        47: lambda: rank(1 / close) * volume / adv(20) * (high * rank(high - close) / (sum(high, 5) / 5))
        - rank(vwap - delay(vwap, 5)),
        48: lambda: indneutralize(correlation(delta(close, 1), delta(delay(close, 1), 1), 250) * delta(close, 1) / close)
        / sum((delta(close, 1) / delay(close, 1)) ** 2, 250),
        49: lambda: where(bend() < -1 * 0.1, 1, -1 * (close - delay(close, 1))),
        50: lambda: -1 * ts_max(rank(correlation(rank(volume), rank(vwap), 5)), 5),
        51: lambda: where(bend() < -1 * 0.05, 1, -1 * (close - delay(close, 1))),
        52: lambda: (-1 * ts_min(low, 5) + delay(ts_min(low, 5), 5)) * rank((sum(returns, 240) - sum(returns, 20)) / 220)
        * ts_rank(volume, 5),
        53: lambda: -1 * delta(((close - low) - (high - close)) / (close - low), 9),
        54: lambda: -1 * ((low - close) * open**5) / ((low - high) * close**5),
        55: lambda: -1 * correlation(rank((close - ts_min(low, 12)) / (ts_max(high, 12) - ts_min(low, 12))), rank(volume), 6),
        57: lambda: 0 - (close - vwap) / decay_linear(rank(ts_argmax(close, 30)), 2),
        58: lambda: -1 * ts_rank(decay_linear(correlation(indneutralize(vwap), volume, 3.92795), 7.89291), 5.50322),
        59: lambda: -1 * ts_rank(decay_linear(correlation(indneutralize(blend(vwap, vwap, 0.728317)), volume, 4.25197), 16.2289),
                                 8.19648),
        60: lambda: 0 - (2 * scale(rank(inner() * volume)) - scale(rank(ts_argmax(close, 10)))),
        61: lambda: less(rank(vwap - ts_min(vwap, 16.1219)), rank(correlation(vwap, adv(180), 17.9282))),
        62: lambda: -1 * less(rank(correlation(vwap, sum(adv(20), 22.4101), 9.91009)),
                              rank(less(rank(open) + rank(open), rank(middle) + rank(high)))),
        63: lambda: -1 * (rank(decay_linear(delta(indneutralize(close), 2.25164), 8.22237))
                          - rank(decay_linear(correlation(blend(vwap, open, 0.318108), sum(adv(180), 37.2467), 13.557), 12.2883))),
        64: lambda: -1 * less(rank(correlation(sum(blend(open, low, 0.178404), 12.7054), sum(adv(120), 12.7054), 16.6208)),
                              rank(delta(blend(middle, vwap, 0.178404), 3.69741))),
        65: lambda: -1 * less(rank(correlation(blend(open, vwap, 0.00817205), sum(adv(60), 8.6911), 6.40374)),
                              rank(open - ts_min(open, 13.635))),
        66: lambda: -1 * (rank(decay_linear(delta(vwap, 3.51013), 7.23052))
                          + ts_rank(decay_linear((blend(low, low, 0.96633) - vwap) / (open - middle), 11.4157), 6.72611)),
        67: lambda: -1 * rank(high - ts_min(high, 2.14593))
        ** rank(correlation(indneutralize(vwap), indneutralize(adv(20)), 6.02936)),
        68: lambda: -1 * less(ts_rank(correlation(rank(high), rank(adv(15)), 8.91644), 13.9333),
                              rank(delta(blend(close, low, 0.518371), 1.06157))),
        69: lambda: -1 * rank(ts_max(delta(indneutralize(vwap), 2.72412), 4.79344))
        ** ts_rank(correlation(blend(close, vwap, 0.490655), adv(20), 4.92416), 9.0615),
        70: lambda: -1 * rank(delta(vwap, 1.29456)) ** ts_rank(correlation(indneutralize(close), adv(50), 17.8256), 17.9171),
        71: lambda: maximum(
            ts_rank(decay_linear(correlation(ts_rank(close, 3.43976), ts_rank(adv(180), 12.0647), 18.0175), 4.20501), 15.6948),
            ts_rank(decay_linear(rank((low + open) - (vwap + vwap)) ** 2, 16.4662), 4.4388)),
        72: lambda: rank(decay_linear(correlation(middle, adv(40), 8.93345), 10.1519))
        / rank(decay_linear(correlation(ts_rank(vwap, 3.72469), ts_rank(volume, 18.5188), 6.86671), 2.95011)),
        73: lambda: -1 * maximum(
            rank(decay_linear(delta(vwap, 4.72775), 2.91864)),
            ts_rank(decay_linear(-1 * (delta(blend(open, low, 0.147155), 2.03608) / blend(open, low, 0.147155)), 3.33829), 16.7411)),
        74: lambda: -1 * less(rank(correlation(close, sum(adv(30), 37.4843), 15.1365)),
                              rank(correlation(rank(blend(high, vwap, 0.0261661)), rank(volume), 11.4791))),
        75: lambda: less(rank(correlation(vwap, volume, 4.24304)), rank(correlation(rank(low), rank(adv(50)), 12.4413))),
        76: lambda: -1 * maximum(
            rank(decay_linear(delta(vwap, 1.24383), 11.8259)),
            ts_rank(decay_linear(ts_rank(correlation(indneutralize(low), adv(81), 8.14941), 19.569), 17.1543), 19.383)),
        77: lambda: minimum(rank(decay_linear(middle + high - (vwap + high), 20.0451)),
                            rank(decay_linear(correlation(middle, adv(40), 3.1614), 5.64125))),
        78: lambda: rank(correlation(sum(blend(low, vwap, 0.352233), 19.7428), sum(adv(40), 19.7428), 6.83313))
        ** rank(correlation(rank(vwap), rank(volume), 5.77492)),
        79: lambda: less(rank(delta(indneutralize(blend(close, open, 0.60733)), 1.23438)),
                         rank(correlation(ts_rank(vwap, 3.60973), ts_rank(adv(150), 9.18637), 14.6644))),
        80: lambda: -1 * rank(sign(delta(indneutralize(blend(open, high, 0.868128)), 4.04545)))
        ** ts_rank(correlation(high, adv(10), 5.11456), 5.53756),
        81: lambda: -1 * less(
            rank(log(product(rank(rank(correlation(vwap, sum(adv(10), 49.6054), 8.47743)) ** 4), 14.9655))),
            rank(correlation(rank(vwap), rank(volume), 5.07914))),
        82: lambda: -1 * minimum(
            rank(decay_linear(delta(open, 1.46063), 14.8717)),
            ts_rank(decay_linear(correlation(indneutralize(volume), blend(open, open, 0.634196), 17.4842), 6.92131), 13.4283)),
        83: lambda: rank(delay((high - low) / (sum(close, 5) / 5), 2)) * rank(rank(volume))
        / ((high - low) / (sum(close, 5) / 5) / (vwap - close)),
        84: lambda: signedpower(ts_rank(vwap - ts_max(vwap, 15.3217), 20.7127), delta(close, 4.96796)),
        85: lambda: rank(correlation(blend(high, close, 0.876703), adv(30), 9.61331))
        ** rank(correlation(ts_rank(middle, 3.70596), ts_rank(volume, 10.1595), 7.11408)),
        86: lambda: -1 * less(ts_rank(correlation(close, sum(adv(20), 14.7444), 6.00049), 20.4195),
                              rank((open + close) - (vwap + open))),
        87: lambda: -1 * maximum(
            rank(decay_linear(delta(blend(close, vwap, 0.369701), 1.91233), 2.65461)),
            ts_rank(decay_linear(abs(correlation(indneutralize(adv(81)), close, 13.4132)), 4.89768), 14.4535)),
        88: lambda: minimum(
            rank(decay_linear((rank(open) + rank(low)) - (rank(high) + rank(close)), 8.06882)),
            ts_rank(decay_linear(correlation(ts_rank(close, 8.44728), ts_rank(adv(60), 20.6966), 8.01266), 6.65053), 2.61957)),
        89: lambda: ts_rank(decay_linear(correlation(blend(low, low, 0.967285), adv(10), 6.94279), 5.51607), 3.79744)
        - ts_rank(decay_linear(delta(indneutralize(vwap), 3.48158), 10.1466), 15.3012),
        90: lambda: -1 * rank(close - ts_max(close, 4.66719))
        ** ts_rank(correlation(indneutralize(adv(40)), low, 5.38375), 3.21856),
        91: lambda: -1 * (
            ts_rank(decay_linear(decay_linear(correlation(indneutralize(close), volume, 9.74928), 16.398), 3.83219), 4.8667)
            - rank(decay_linear(correlation(vwap, adv(30), 4.01303), 2.6809))),
        92: lambda: minimum(
            ts_rank(decay_linear(less(middle + close, low + open), 14.7221), 18.8683),
            ts_rank(decay_linear(correlation(rank(low), rank(adv(30)), 7.58555), 6.94024), 6.80584)),
        93: lambda: ts_rank(decay_linear(correlation(indneutralize(vwap), adv(81), 17.4193), 19.848), 7.54455)
        / rank(decay_linear(delta(blend(close, vwap, 0.524434), 2.77377), 16.2664)),
        94: lambda: -1 * rank(vwap - ts_min(vwap, 11.5783))
        ** ts_rank(correlation(ts_rank(vwap, 19.6462), ts_rank(adv(60), 4.02992), 18.0926), 2.70756),
        95: lambda: less(
            rank(open - ts_min(open, 12.4105)),
            ts_rank(rank(correlation(sum(middle, 19.1351), sum(adv(40), 19.1351), 12.8742)) ** 5, 11.7584)),
        96: lambda: -1 * maximum(
            ts_rank(decay_linear(correlation(rank(vwap), rank(volume), 3.83878), 4.16783), 8.38151),
            ts_rank(decay_linear(ts_argmax(correlation(ts_rank(close, 7.45404), ts_rank(adv(60), 4.13242), 3.65459), 12.6556),
                                 14.0365), 13.4143)),
        97: lambda: -1 * (
            rank(decay_linear(delta(indneutralize(blend(low, vwap, 0.721001)), 3.3705), 20.4523))
            - ts_rank(decay_linear(ts_rank(correlation(ts_rank(low, 7.87871), ts_rank(adv(60), 17.255), 4.97547), 18.5925), 15.7152),
                      6.71659)),
        98: lambda: rank(decay_linear(correlation(vwap, sum(adv(5), 26.4719), 4.58418), 7.18088))
        - rank(decay_linear(ts_rank(ts_argmin(correlation(rank(open), rank(adv(15)), 20.8187), 8.62571), 6.95668), 8.07206)),
        99: lambda: -1 * less(rank(correlation(sum(middle, 19.8975), sum(adv(60), 19.8975), 8.8136)),
                              rank(correlation(low, volume, 6.28259))),
        100: lambda: 0 - (1.5 * scale(indneutralize(indneutralize(rank(inner() * volume))))
                          - scale(indneutralize(correlation(close, rank(adv(20)), 5) - rank(ts_argmin(close, 30)))))
        * (volume / adv(20)),
        101: lambda: (close - open) / ((high - low) + 0.001),
    }
