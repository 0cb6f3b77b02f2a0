#!/usr/bin/env python3
"""Writes the exchange calendars under crates/market/data from their sources.

    python3 -m venv venv && venv/bin/pip install -r scripts/requirements-calendars.txt
    venv/bin/python scripts/make_calendars.py            # writes the files
    venv/bin/python scripts/make_calendars.py --check    # exit 1 if a file would change

XNSE: the PyPI package has no NSE calendar. XBOM (Bombay) keeps the same holidays, but against the 6,369 traded
sessions of the NIFTY 50 from 2000-01-03 to 2025-08-08 it lacks 39 and has one too many; TRADED and CLOSED below are
those corrections. From then to 2026-08-21 the exchange's daily bhavcopies add two more (MUHURAT_AND_BUDGET).
NIFTYBANK's row of 2000-01-01 is an index base value, not a session.

XNYS and XBOG are the package's own calendars with their holidays and early closes; 24/5 is its currency week, Monday to
Friday, from midnight to midnight UTC. The package states no end for them: their later holidays follow from rules, and
the files end at RULES_TO.

After the last corrected date XNSE is what XBOM says: holidays as announced, special weekend sessions only once
they are known to the package. Regenerate when the package learns a new year.
"""

import argparse
import datetime as dt
import pathlib
import sys

import exchange_calendars

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates" / "market" / "data"
START = dt.date(2000, 1, 3)
INDEX_TO = dt.date(2025, 8, 8)
CHECKED_TO = dt.date(2026, 8, 21)
RULES_TO = dt.date(2027, 12, 31)

# Traded on NSE, absent from XBOM: New Year 2001 and 2004, Muhurat and special weekend sessions.
TRADED = """
2001-01-01 2003-03-22 2003-10-25 2003-11-15 2004-01-01 2004-04-17 2004-10-09 2005-06-04 2005-11-26 2006-04-29
2006-06-25 2006-10-21 2009-10-17 2010-02-06 2012-01-07 2012-03-03 2012-04-28 2012-09-08 2013-05-11 2013-11-03
2013-11-14 2014-03-22 2014-10-23 2015-02-28 2015-11-11 2016-10-30 2017-10-19 2018-11-07 2019-10-27 2020-02-01
2020-11-14 2021-11-04 2022-10-24 2023-11-12 2024-01-20 2024-03-02 2024-05-18 2024-11-01 2025-02-01
""".split()
# Traded by the bhavcopies after the index file ends, absent from XBOM.
MUHURAT_AND_BUDGET = ["2025-10-21", "2026-02-01"]
# A session in XBOM, closed on NSE (the Muharram holiday fell on the 15th, not the 14th).
CLOSED = ["2013-11-15"]
INDEX_SESSIONS = 6_369


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    check = parser.parse_args().check
    changed = []
    files = {
        "xnse.toml": xnse(),
        "xnys.toml": from_package("XNYS", dt.date(1990, 1, 1), 252, "New York Stock Exchange", 390),
        "xbog.toml": from_package("XBOG", dt.date(2000, 1, 1), 244, "Colombia's exchange"),
        "24_7.toml": round_the_clock(),
        "24_5.toml": from_package("24/5", dt.date(2000, 1, 1), 260, "currency week", 1440),
    }
    for name, text in files.items():
        path = DATA / name
        if not path.exists() or path.read_text() != text:
            changed.append(name)
            if not check:
                path.write_text(text)
    print(f"{'would change' if check else 'changed'}: {', '.join(changed) or 'nothing'}")
    return 1 if check and changed else 0


def xnse() -> str:
    calendar = exchange_calendars.get_calendar("XBOM", start="2000-01-01", end=last_known())
    xbom = {stamp.date() for stamp in calendar.sessions}
    traded = {dt.date.fromisoformat(text) for text in TRADED + MUHURAT_AND_BUDGET}
    closed = {dt.date.fromisoformat(text) for text in CLOSED}
    assert len(traded) == 41 and not traded & xbom and closed <= xbom, "XBOM changed: compare with the index again"
    end = max(xbom)
    sessions = {day for day in xbom if day >= START} - closed | traded
    count = sum(day <= INDEX_TO for day in sessions)
    assert count == INDEX_SESSIONS, f"{count} sessions to {INDEX_TO}, the index has {INDEX_SESSIONS}"
    days = [START + dt.timedelta(days=i) for i in range((end - START).days + 1)]
    version = exchange_calendars.__version__
    return render(
        id="XNSE",
        source=f"exchange_calendars {version} (XBOM) corrected on 42 dates by the traded sessions of the NIFTY 50 "
        f"({START} to {INDEX_TO}) and NSE bhavcopies (to {CHECKED_TO}); later dates as announced",
        start=START,
        end=end,
        close_utc="10:00:00",
        periods_per_year=252,
        session_minutes=375,
        weekends="closed",
        closed=[day for day in days if day.weekday() < 5 and day not in sessions],
        opened=[day for day in days if day.weekday() >= 5 and day in sessions],
    )


def from_package(id, start, periods_per_year, what, session_minutes=None) -> str:
    calendar = exchange_calendars.get_calendar(id, start=start.isoformat(), end=RULES_TO.isoformat())
    closes = {session.date(): close.to_pydatetime() for session, close in calendar.closes.items()}
    assert min(closes) - start < dt.timedelta(days=7) and RULES_TO - max(closes) < dt.timedelta(days=7), id
    early = {session.date() for session in calendar.early_closes}
    # The regular close in UTC moves with daylight saving time: each change once, then the sessions that close early.
    changes, regular = [], None
    for day, close in closes.items():
        if day not in early and clock(day, close) != regular:
            regular = clock(day, close)
            changes.append((day, regular))
    days = [start + dt.timedelta(days=i) for i in range((RULES_TO - start).days + 1)]
    return render(
        id=id,
        source=f"exchange_calendars {exchange_calendars.__version__} ({id}, {what}); later holidays follow its rules",
        start=start,
        end=RULES_TO,
        close_utc=changes[0][1],
        periods_per_year=periods_per_year,
        session_minutes=session_minutes,
        weekends="closed",
        closed=[day for day in days if day.weekday() < 5 and day not in closes],
        opened=[day for day in days if day.weekday() >= 5 and day in closes],
        changes=changes[1:],
        special=[(day, clock(day, closes[day])) for day in sorted(early)],
    )


def clock(day, close) -> str:
    """Time of day in UTC, counted from the session's own midnight: a close at the next midnight is 24:00:00."""
    seconds = int((close.replace(tzinfo=None) - dt.datetime.combine(day, dt.time())).total_seconds())
    assert 0 < seconds <= 86_400, (day, close)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def last_known() -> str:
    """The last date the package vouches for: XBOM's holidays are listed by year, and it refuses beyond them."""
    bound = exchange_calendars.exchange_calendar_xbom.XBOMExchangeCalendar.bound_max()
    assert bound is not None and bound.date() >= dt.date(2026, 12, 31), bound
    return bound.date().isoformat()


def round_the_clock() -> str:
    return render(
        id="24/7",
        source="every day is a session, as on crypto venues; a session runs from midnight to midnight UTC",
        start=dt.date(2000, 1, 1),
        end=dt.date(2100, 12, 31),
        close_utc="24:00:00",
        periods_per_year=365,
        session_minutes=1440,
        weekends="open",
        closed=[],
        opened=[],
    )


def render(*, id, source, start, end, close_utc, periods_per_year, session_minutes, weekends, closed, opened, changes=(), special=()) -> str:
    return (
        "# Written by scripts/make_calendars.py; edit the script, not this file.\n"
        "format = 1\n"
        f'id = "{id}"\n'
        f'source = "{source}"\n'
        "# Dates the source covers; a question outside is refused.\n"
        f'start = "{start}"\n'
        f'end = "{end}"\n'
        "# Time of day, UTC, at which a session ends.\n"
        f'close_utc = "{close_utc}"\n'
        "# For annualising, a convention.\n"
        f"periods_per_year = {periods_per_year}\n"
        + (f"# Length of a regular session.\nsession_minutes = {session_minutes}\n" if session_minutes else "")
        + "# Whether Saturdays and Sundays are sessions unless listed.\n"
        f'weekends = "{weekends}"\n'
        "# Weekdays without a session.\n"
        f"closed = {dates(closed)}\n"
        "# Weekend days with a session.\n"
        f"open = {dates(opened)}\n"
        + ("# Regular closes from a date on: daylight saving time.\n" + times("close_from", changes) if changes else "")
        + ("# Sessions that close early.\n" + times("early_close", special) if special else "")
    )


def times(name, pairs) -> str:
    return f"[{name}]\n" + "".join(f'"{day}" = "{time}"\n' for day, time in pairs)


def dates(days) -> str:
    if not days:
        return "[]"
    lines = [f'    "{days[0]}"']
    for before, day in zip(days, days[1:]):
        lines[-1] += ","
        text = f'"{day}"'
        if day.year != before.year:
            lines.append("    " + text)
        else:
            lines[-1] += " " + text
    return "[\n" + "\n".join(lines) + ",\n]"


if __name__ == "__main__":
    sys.exit(main())
