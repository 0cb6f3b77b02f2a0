"""The same stream of book events by hftbacktest, alone and with the same strategy.

    python peers/replay/books.py FOLDER

FOLDER holds events.f64: time in nanoseconds, code (0 bid level, 1 ask level, 2 buyer took, 3 seller took), tick and lots, one
column after the other. Set up as ours is: no latency of the feed (both of its clocks are the receiver's), a constant one of
orders, what others take back is behind an order, orders fill in part, nothing costs.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numba
import numpy as np
from hftbacktest import (BUY, BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, GTC, LIMIT, LOCAL_EVENT, SELL_EVENT, TRADE_EVENT,
                         BacktestAsset, ROIVectorMarketDepthBacktest)
from hftbacktest.types import event_dtype

TICK = 0.01
SPAN = 200_000
EVERY = 100_000_000
LATENCY = 1_234_567
MOST_HELD = 20.0
FIRST = 2_000


def wakes_of(events):
    # Ours is asked at the wakes before the last event.
    return int((events["local_ts"][-1] - events["local_ts"][0] - 1) // EVERY)


def stream(folder):
    times, codes, ticks, lots = np.fromfile(folder / "events.f64").reshape(4, -1)
    kinds = np.array([DEPTH_EVENT | BUY_EVENT, DEPTH_EVENT | SELL_EVENT, TRADE_EVENT | BUY_EVENT, TRADE_EVENT | SELL_EVENT],
                     dtype=np.uint64) | np.uint64(EXCH_EVENT | LOCAL_EVENT)
    events = np.zeros(len(times), dtype=event_dtype)
    events["ev"] = kinds[codes.astype(np.int64)]
    events["exch_ts"] = events["local_ts"] = times.astype(np.int64)
    events["px"] = np.round(ticks * TICK, 2)
    events["qty"] = lots
    return events


def backtest(events):
    asset = (BacktestAsset().data(events).linear_asset(1.0).constant_order_latency(LATENCY, 0)
             .risk_adverse_queue_model().no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0)
             .tick_size(TICK).lot_size(1.0).roi_lb(0.0).roi_ub(SPAN * TICK).last_trades_capacity(0))
    return ROIVectorMarketDepthBacktest([asset])


@numba.njit
def watch(hbt, wakes):
    for _ in range(wakes + 1):
        hbt.elapse(EVERY)


@numba.njit
def quote(hbt, wakes):
    sent, held = 0, 0.0
    for wake in range(1, wakes + 1):
        hbt.elapse(EVERY)
        hbt.clear_inactive_orders(0)
        position = hbt.position(0)
        held += position * (wake % 1009)
        depth = hbt.depth(0)
        bid, ask = depth.best_bid_tick, depth.best_ask_tick
        has_bid, has_ask, old_bid, old_ask = False, False, -1, -1
        values = hbt.orders(0).values()
        while values.has_next():
            order = values.get()
            if order.side == BUY:
                has_bid = True
                if order.price_tick != bid and order.cancellable:
                    old_bid = order.order_id
            else:
                has_ask = True
                if order.price_tick != ask and order.cancellable:
                    old_ask = order.order_id
        if old_bid >= 0:
            hbt.cancel(0, old_bid, False)
        elif not has_bid and position < MOST_HELD:
            sent += 1
            hbt.submit_buy_order(0, sent, bid * TICK, 1.0, GTC, LIMIT, False)
        if old_ask >= 0:
            hbt.cancel(0, old_ask, False)
        elif not has_ask and -position < MOST_HELD:
            sent += 1
            hbt.submit_sell_order(0, sent, ask * TICK, 1.0, GTC, LIMIT, False)
    # What follows the last wake.
    hbt.elapse(EVERY)
    return sent, held


@numba.njit
def levels(hbt):
    depth = hbt.depth(0)
    bids, asks, total = 0, 0, 0.0
    for tick in range(1, SPAN):
        bid, ask = depth.bid_qty_at_tick(tick), depth.ask_qty_at_tick(tick)
        bids += bid > 0
        asks += ask > 0
        total += (bid + ask) * (tick % 1013)
    return bids, asks, depth.best_bid_tick, depth.best_ask_tick, total


def main():
    events = stream(pathlib.Path(sys.argv[1]))
    # What numba compiles is not timed.
    for work in (watch, quote):
        first = events[:FIRST].copy()
        warm = backtest(first)
        work(warm, wakes_of(first))
        levels(warm)
        warm.close()
    wakes, timings = wakes_of(events), {}
    alone = backtest(events)
    began = time.perf_counter()
    watch(alone, wakes)
    timings["book"] = time.perf_counter() - began
    bids, asks, best_bid, best_ask, total = levels(alone)
    alone.close()
    traded = backtest(events)
    began = time.perf_counter()
    sent, held = quote(traded, wakes)
    timings["orders"] = time.perf_counter() - began
    state = traded.state_values(0)
    print(json.dumps({
        "timings": timings,
        "figures": {
            "events": len(events), "bid_levels": bids, "ask_levels": asks, "best_bid": best_bid, "best_ask": best_ask,
            "book_sum": total, "wakes": wakes, "orders_sent": sent, "fills": int(state.num_trades),
            "value": float(state.trading_value), "position": float(state.position), "positions_sum": held,
        },
        "versions": {"hftbacktest": importlib.metadata.version("hftbacktest"), "numba": numba.__version__,
                     "numpy": np.__version__},
    }))


if __name__ == "__main__":
    main()
