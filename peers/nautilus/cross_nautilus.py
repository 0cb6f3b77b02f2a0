"""The crossing averages by NautilusTrader, one unit each way.

    python peers/nautilus/cross_nautilus.py FOLDER

Its simulated exchange fills a market order at the close of the bar that was decided on; the bars are made so that this is the
next open. The strategy keeps running sums, as ours does. Each entry opens a position of its own (hedging), which is faster than one position
that is opened again and again (netting). Timed is the run of the engine; making its bar objects is not.
"""

import importlib.metadata
import json
import pathlib
import sys
import time
from collections import deque
from decimal import Decimal

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import ETH, USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")


class Cross(Strategy):
    def __init__(self, bar_type, instrument, windows):
        super().__init__()
        self.bar_type, self.instrument_id, (self.short, self.long) = bar_type, instrument.id, windows
        self.one = Quantity.from_int(1)
        self.closes, self.sums, self.is_long = deque(), [0.0, 0.0], False
        self.costs, self.fills, self.held = 0.0, 0, None

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        close, closes, sums = bar.close.as_double(), self.closes, self.sums
        closes.append(close)
        sums[0] += close - (closes[-self.short - 1] if len(closes) > self.short else 0.0)
        sums[1] += close - (closes.popleft() if len(closes) > self.long else 0.0)
        wanted = len(closes) == self.long and sums[0] * self.long > sums[1] * self.short
        if wanted != self.is_long:
            self.is_long = wanted
            side = OrderSide.BUY if wanted else OrderSide.SELL
            order = self.order_factory.market(self.instrument_id, side, self.one)
            self.submit_order(order, position_id=None if wanted else self.held)

    def on_order_filled(self, event):
        self.costs += event.commission.as_double()
        self.fills += 1
        self.held = event.position_id


def main():
    folder = pathlib.Path(sys.argv[1])
    columns, settings = np.fromfile(folder / "bars.f64").reshape(5, -1), json.loads((folder / "settings.json").read_text())
    fee = Decimal(str(settings["fees"]))
    instrument = CurrencyPair(
        instrument_id=InstrumentId(Symbol("ETHUSDT"), VENUE), raw_symbol=Symbol("ETHUSDT"), base_currency=ETH,
        quote_currency=USDT, price_precision=0, size_precision=0, price_increment=Price.from_str("1"),
        size_increment=Quantity.from_int(1), ts_event=0, ts_init=0, maker_fee=fee, taker_fee=fee,
        margin_init=Decimal(0), margin_maint=Decimal(0))
    bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    # A bar is stamped with its end.
    index = pd.date_range(pd.Timestamp(settings["start"] + 60, unit="s", tz="UTC"), periods=columns.shape[1], freq="1min")
    frame = pd.DataFrame(dict(zip(["open", "high", "low", "close", "volume"], columns)), index)
    bars = BarDataWrangler(bar_type, instrument).process(frame)
    engine = BacktestEngine(BacktestEngineConfig(
        trader_id=TraderId("PEER-001"), logging=LoggingConfig(bypass_logging=True), run_analysis=False))
    engine.add_venue(VENUE, OmsType.HEDGING, AccountType.CASH, [Money(settings["capital"], USDT)])
    engine.add_instrument(instrument)
    engine.add_data(bars)
    strategy = Cross(bar_type, instrument, settings["windows"])
    engine.add_strategy(strategy)
    began = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - began
    account = engine.portfolio.account(VENUE)
    units = strategy.portfolio.net_position(instrument.id)
    equity = account.balance_total(USDT).as_double() + float(units) * columns[3][-1]
    print(json.dumps({
        "timings": {"backtest": seconds},
        "figures": {"bars": len(bars), "fills": strategy.fills, "final_equity": equity, "costs": strategy.costs},
        "versions": {"nautilus_trader": importlib.metadata.version("nautilus_trader")},
    }))


if __name__ == "__main__":
    main()
