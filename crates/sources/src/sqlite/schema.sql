-- Market schema, version 1. Times are microseconds since 1970-01-01, UTC; sessions and ex-dates are YYYY-MM-DD; a missing
-- value is NULL; a rate or return is a fraction. Prices are as traded: adjusted ones never stand in `series`.

CREATE TABLE schema_version (
    version INTEGER NOT NULL CHECK (version > 0),
    time_unit TEXT NOT NULL CHECK (time_unit = 'us')
) STRICT;

CREATE TABLE assets (
    asset_id INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL UNIQUE CHECK (length(symbol) BETWEEN 1 AND 32),
    sector TEXT,
    currency TEXT,
    exchange TEXT,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata))
) STRICT;

-- One bar a row; `timestamp` is the close of the candle.
CREATE TABLE series (
    timestamp INTEGER NOT NULL,
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    close REAL NOT NULL CHECK (close > 0 AND close < 9e999),
    open REAL CHECK (open > 0 AND open < 9e999),
    high REAL CHECK (high >= open AND high >= close AND high < 9e999),
    low REAL CHECK (low > 0 AND low <= open AND low <= close),
    volume REAL CHECK (volume >= 0 AND volume < 9e999),
    vwap REAL CHECK (vwap > 0 AND vwap < 9e999),
    turnover REAL CHECK (turnover >= 0 AND turnover < 9e999),
    session TEXT CHECK (session IS date(session)),
    known_at INTEGER CHECK (known_at >= timestamp),
    PRIMARY KEY (timestamp, symbol)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_of_symbol ON series (symbol, timestamp DESC);

CREATE TABLE indicators (
    timestamp INTEGER NOT NULL,
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    name TEXT NOT NULL,
    value REAL,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    PRIMARY KEY (timestamp, symbol, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicators_of_name ON indicators (name, timestamp);
CREATE INDEX indicators_of_symbol ON indicators (symbol, name, timestamp);

CREATE TABLE regimes (
    timestamp INTEGER NOT NULL,
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (timestamp, symbol, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX regimes_of_symbol ON regimes (symbol, timestamp);
CREATE INDEX regimes_of_name ON regimes (name, timestamp);

CREATE TABLE regime_config (
    version TEXT PRIMARY KEY,
    parameters TEXT NOT NULL CHECK (json_valid(parameters)),
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE trades (
    trade_id INTEGER PRIMARY KEY,
    timestamp INTEGER NOT NULL,
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    side TEXT CHECK (side IN ('long', 'short', 'flat')),
    size REAL,
    price REAL CHECK (price > 0),
    fees REAL,
    slippage_bp REAL,
    pnl REAL,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata))
) STRICT;
CREATE INDEX trades_of_symbol ON trades (symbol, timestamp);
CREATE INDEX trades_by_time ON trades (timestamp DESC);

CREATE TABLE benchmarks (
    timestamp INTEGER NOT NULL,
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    "return" REAL,
    level REAL,
    PRIMARY KEY (timestamp, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE cross_asset_views (
    timestamp INTEGER NOT NULL,
    feature TEXT NOT NULL,
    value REAL NOT NULL,
    universe TEXT,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    PRIMARY KEY (timestamp, feature)
) STRICT, WITHOUT ROWID;

CREATE TABLE trade_annotations (
    annotation_id INTEGER PRIMARY KEY AUTOINCREMENT,
    trade_id INTEGER NOT NULL REFERENCES trades (trade_id),
    symbol TEXT,
    trade_timestamp INTEGER,
    decision TEXT NOT NULL CHECK (decision IN ('approve', 'escalate', 'flag', 'hold', 'reject')),
    rationale TEXT NOT NULL,
    confidence REAL CHECK (confidence BETWEEN 0 AND 1),
    tags TEXT,
    author TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    context_window_start INTEGER,
    context_window_end INTEGER,
    CHECK (context_window_start <= context_window_end)
) STRICT;
CREATE INDEX annotations_of_trade ON trade_annotations (trade_id);
CREATE INDEX annotations_by_time ON trade_annotations (created_at);

CREATE TABLE calendar (
    venue TEXT NOT NULL,
    session TEXT NOT NULL CHECK (session IS date(session)),
    close INTEGER NOT NULL,
    PRIMARY KEY (venue, session)
) STRICT, WITHOUT ROWID;

-- `value` is shares after for each before (splits), money a share (dividends), or close before over open (gaps).
CREATE TABLE corporate_actions (
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    ex_date TEXT NOT NULL CHECK (ex_date IS date(ex_date)),
    kind TEXT NOT NULL CHECK (kind IN ('split', 'reverse_split', 'dividend', 'unexplained', 'unknown')),
    value REAL NOT NULL,
    source TEXT NOT NULL,
    known_at INTEGER NOT NULL,
    evidence TEXT CHECK (evidence IS NULL OR json_valid(evidence)),
    PRIMARY KEY (symbol, ex_date, kind, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE listing (
    symbol TEXT NOT NULL REFERENCES assets (symbol),
    first_session TEXT NOT NULL CHECK (first_session IS date(first_session)),
    last_session TEXT CHECK (last_session IS date(last_session) AND last_session >= first_session),
    delisting_return REAL CHECK (delisting_return >= -1),
    exchange TEXT,
    isin TEXT,
    known_at INTEGER NOT NULL,
    PRIMARY KEY (symbol, first_session)
) STRICT, WITHOUT ROWID;

-- Bitemporal values: an empty `symbol` is one that belongs to no instrument.
CREATE TABLE alt_observations (
    source TEXT NOT NULL,
    symbol TEXT NOT NULL DEFAULT '',
    event_time INTEGER NOT NULL,
    knowledge_time INTEGER NOT NULL,
    field TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (source, symbol, field, event_time, knowledge_time)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_manifest (
    content_hash TEXT NOT NULL,
    bars INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    as_of INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
