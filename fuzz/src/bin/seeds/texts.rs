//! First inputs that are written out: small texts of every form, and replies as the vendors document them.

/// `(target, name, text)`; where the first byte chooses, it is a character.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "csv_bars",
        "dd-mmm",
        "@Symbol, Date ,Open,High,Low,Close,Volume\r\r\nA,01-Jan-2024,1,2,0.5,1.5,\"1,000\"\r\r\ntotal,,,,,,\n",
    ),
    ("csv_bars", "no-symbol", "Cts,open,high,low,close\n2024-01-01T09:15:00+05:30,1,2,1,2\n"),
    (
        "feed",
        "rss",
        "<?xml version=\"1.0\"?><rss><channel><title>F</title><item><title>A &amp; b</title><link>https://f.example/1</link><pubDate>Mon, 15 Jan 2024 10:30:00 +0530</pubDate></item></channel></rss>",
    ),
    (
        "feed",
        "atom",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><entry><title><![CDATA[x]]></title><link href='https://f.example/2'/><updated>2024-01-15T10:00:00Z</updated></entry></feed>",
    ),
    (
        "books",
        "feed",
        "A{\"stream\":\"btcusdt@depth\",\"data\":{\"e\":\"depthUpdate\",\"E\":1700000000000,\"s\":\"BTCUSDT\",\"U\":1,\"u\":2,\"b\":[[\"4.0\",\"1\"]],\"a\":[[\"4.1\",\"0\"]]}}\n",
    ),
    (
        "books",
        "lobster",
        "B34200.1,1,7,100,2239500,1\n34200.2,4,7,100,2239500,1\n\x002239500,100,2231800,100\n2239500,0,2231800,100\n",
    ),
    (
        "books",
        "depth",
        "C{\"symbol\":\"BTCUSDT\",\"kind\":\"binance-spot/depth\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"snapshot\":{\"venue\":\"binance-spot\",\"code\":\"BTCUSDT\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"exchange_time\":null,\"last_update_id\":7,\"bids\":[[4.0,431.0]],\"asks\":[[4.1,12.0]]}}",
    ),
    (
        "chains",
        "csv",
        "Aunderlying,expiry,strike,type,bid,ask,last,quote_date\nSPX,2024-03-15,5000,C,10.5,11,10.7,2024-01-15\n",
    ),
    (
        "chains",
        "filed",
        "C{\"symbol\":\"NIFTY\",\"kind\":\"breeze/chain\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"snapshot\":{\"code\":\"NIFTY\",\"expiry\":\"2024-01-25\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"underlying\":21000.0,\"options\":[{\"right\":\"call\",\"strike\":21000.0,\"last\":1.0,\"bid\":0.9,\"ask\":1.1,\"volume\":5.0,\"open_interest\":7.0}],\"flaws\":[]}}",
    ),
    ("chains", "curve", "DT,DF\n0.1,0.995\n1,0.95\n"),
    ("chains", "futures", "Esymbol,date,expiry,settle\nVX,2024-01-15,2024-02-14,14.5\n"),
    ("observations", "valuation", "\0ts,pe,pb,div_yield\n2024-01-01,22.5,3.5,1.2\n"),
    ("observations", "monthly", "\x01date,value\n2024-01-01,3.2\n2024-02-01,.\n"),
    ("lists", "members", "symbol,start,end,category\nA,2020-01-01,,X\nB,2020-01-01,2021-01-01,X\n"),
    ("lists", "ranked", "symbol,ranked_in\nA,2019H2\nB,2019Q4\nC,2019-12\n"),
    ("lists", "actions", "symbol,ex_date,kind,value,announced\nA,2020-03-02,split,5,2020-02-10\n"),
    ("policy", "empty", "[[waiver]]\ncheck = \"x\"\n"),
    ("policy", "default", include_str!("../../../../crates/lifecycle/policies/default.toml")),
    ("policy", "gated_pipeline", include_str!("../../../../crates/lifecycle/policies/gated_pipeline.toml")),
    ("policy", "sensequant", include_str!("../../../../crates/lifecycle/policies/sensequant.toml")),
    ("policy", "usdcop_h5", include_str!("../../../../crates/lifecycle/policies/usdcop_h5.toml")),
    ("costs", "nse_delivery", include_str!("../../../../crates/execution/data/nse_delivery.toml")),
    ("costs", "nse_intraday", include_str!("../../../../crates/execution/data/nse_intraday.toml")),
    (
        "settings",
        "waivers",
        "A[[waiver]]\ncheck = \"spike\"\nsymbol = \"A\"\nby = \"Ana\"\nreason = \"looked up\"\nexpires = \"2199-01-01\"\n",
    ),
    (
        "settings",
        "providers",
        "Bttl_seconds = 60\nkeep_days = 30\n[[provider]]\nname = \"a\"\nkind = \"feed\"\nweight = 2.0\nurl = \"https://f.example/{code}\"\n",
    ),
    ("settings", "symbols", "CA, B # both\nC\n"),
    (
        "membership",
        "known",
        "Bindex,symbol,start,end,known_at\nTOP,A,2020-01-01,,2020-01-01T08:00:00Z\nTOP,A,2020-01-01,2020-06-30,2020-07-01\n",
    ),
    ("membership", "effective", "Csymbol,from,to\nA,2020-01-01,2020-06-30\nB,2020-01-01,\n"),
    ("membership", "ranked", "Asymbol,ranked_in\nA,2019H2\nB,2019Q4\nC,2019-12\nD,2018\n"),
    ("membership", "zoned", "Etop,ticker,start,announced\nx,A,2020-01-01,2020-01-01 09:15:00\n"),
    (
        "headlines",
        "amounts",
        "Acme\nAcme's profit rose 5% to $1.2 bn, but Bolt's did not beat forecasts; losses narrowed from 3 mln to 2 mln",
    ),
    (
        "headlines",
        "turns",
        "\nShares plunge 12.5% after the firm failed to avoid a downgrade \u{2013} not so bad, \u{201c}says\u{201d} the CEO!",
    ),
    (
        "expressions",
        "nested",
        "Rank(Corr($close / Ref($close, 1), Log($volume + 1), 20), 60) - CsRank(Mean($close, 5)) ** 2\nIf(($close > $open) & ~($volume == 0), Slope($close, 10), -Std($close, 10))\nCsNeutralize(EMA($close, 0.1), $group)",
    ),
    (
        "evidence",
        "envelope",
        "C{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"k\",\"sig\":\"AAAA\"}]}",
    ),
    ("evidence", "yaml", "Ba: 1\nb:\n  - \"x\"\n  -\n    c: null\n\"d e\": {}\n"),
    (
        "http_source",
        "json",
        "name = \"v\"\nurl = \"https://x.example/{code}?a={start}&b={end}\"\nformat = \"json\"\nrows = \"data.bars\"\ndate_format = \"unix_ms\"\n[fields]\ndate = \"t\"\nopen = \"o\"\nhigh = \"h\"\nlow = \"l\"\nclose = \"c\"\n",
    ),
    ("stamps", "instant", "2024-01-15T10:00:00.123456+05:30"),
    ("stamps", "zone", "America/New_York 2024-03-10"),
    ("stamps", "offset", "+05:30 2024-10-27"),
    ("stamps", "period", "2019H2"),
    ("stamps", "number", "-61685.99000001"),
    ("stamps", "run", "live_candidate_20240115_103000"),
    ("models", "constant", "{\"format\":1,\"kind\":\"constant\",\"value\":0.5}"),
    ("models", "sentiment", "{\"format\":1,\"classes\":[]}"),
];

/// `(first byte, name, body)` of vendors' replies; a zero byte stands between two of them.
pub const REPLIES: &[(u8, &str, &str)] = &[
    (
        0,
        "binance-spot",
        "[[1704067200000,\"1\",\"2\",\"0.5\",\"1.5\",\"10\",1704153599999,\"0\",1,\"0\",\"0\",\"0\"]]",
    ),
    (
        1,
        "binance-usdm",
        "[[1704067200000,\"1\",\"2\",\"0.5\",\"1.5\",\"10\",1704153599999,\"0\",1,\"0\",\"0\",\"0\"]]",
    ),
    (2, "funding", "[{\"symbol\":\"AAA\",\"fundingTime\":1704067200000,\"fundingRate\":\"0.0001\"}]"),
    (
        3,
        "depth",
        "{\"lastUpdateId\":7,\"T\":1704067200000,\"bids\":[[\"4.0\",\"431.0\"]],\"asks\":[[\"4.1\",\"12\"]]}",
    ),
    (
        4,
        "breeze-v1",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"datetime\":\"2024-01-15 00:00:00\",\"open\":\"1\",\"high\":\"2\",\"low\":\"1\",\"close\":\"2\",\"volume\":\"5\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        5,
        "breeze-v2",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"datetime\":\"2024-01-15 00:00:00\",\"open\":1.0,\"high\":2.0,\"low\":1.0,\"close\":2.0,\"volume\":5}],\"Status\":200,\"Error\":null}",
    ),
    (
        6,
        "breeze-quote",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"exchange_code\":\"NSE\",\"ltp\":10.5,\"best_bid_price\":10.4,\"best_bid_quantity\":\"5\",\"best_offer_price\":10.6,\"best_offer_quantity\":\"7\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        7,
        "breeze-chain",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"strike_price\":21000,\"ltp\":10.5,\"best_bid_price\":10.4,\"best_offer_price\":10.6,\"total_quantity_traded\":\"5\",\"open_interest\":7,\"spot_price\":\"21010\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        8,
        "twelvedata",
        "{\"meta\":{\"symbol\":\"AAA\"},\"values\":[{\"datetime\":\"2024-01-15\",\"open\":\"1\",\"high\":\"2\",\"low\":\"1\",\"close\":\"2\",\"volume\":\"5\"}],\"status\":\"ok\"}",
    ),
    (
        9,
        "alpaca",
        "{\"bars\":[{\"t\":\"2024-01-15T05:00:00Z\",\"o\":1,\"h\":2,\"l\":1,\"c\":2,\"v\":5}],\"symbol\":\"AAA\",\"next_page_token\":null}",
    ),
    (
        10,
        "fred",
        "{\"observations\":[{\"realtime_start\":\"2024-01-15\",\"realtime_end\":\"9999-12-31\",\"date\":\"2024-01-01\",\"value\":\"3.2\"}],\"count\":1}",
    ),
    (
        11,
        "fred-all",
        "{\"observations\":[{\"realtime_start\":\"2024-01-15\",\"realtime_end\":\"9999-12-31\",\"date\":\"2024-01-01\",\"value\":\".\"}],\"count\":1}",
    ),
    (
        12,
        "newsapi",
        "{\"status\":\"ok\",\"totalResults\":1,\"articles\":[{\"source\":{\"name\":\"P\"},\"title\":\"T\",\"description\":\"d\",\"url\":\"https://p.example/1\",\"publishedAt\":\"2024-01-15T08:00:00Z\"}]}",
    ),
    (
        14,
        "breeze-codes",
        "Token, \"ShortName\", \"Series\", \"CompanyName\", \"ISINCode\", \"ExchangeCode\"\n\"1\", \"ACMEIN\", \"EQ\", \"ACME\", \"INE000A01010\", \"ACME\"\n",
    ),
    (
        15,
        "retry-after",
        "Wed, 15 Nov 2023 00:00:00 GMT\n[[1704067200000,\"1\",\"2\",\"0.5\",\"1.5\",\"10\",1704153599999,\"0\",1,\"0\",\"0\",\"0\"]]",
    ),
    (13, "http-csv", "t,o,h,l,c\n2024-01-15,1,2,1,2\n"),
    (77, "http-json", "{\"data\":[{\"t\":\"2024-01-15\",\"o\":1,\"h\":2,\"l\":1,\"c\":2}]}"),
];
