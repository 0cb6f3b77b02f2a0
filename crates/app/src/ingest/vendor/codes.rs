//! What Breeze calls the shares of the NSE: looked up once, kept in a file that can be read and edited.

use std::collections::BTreeMap;

use proofmark_sources::vendors::Breeze;
use serde::{Deserialize, Serialize};

use super::fetch::{Fetch, client, transport};
use super::{failed, network};
use crate::error::{AppError, Result};
use crate::json;
use crate::workspace::{read, write};

/// Below the workspace.
const FILE: &str = "fetched/breeze_codes.json";

/// The file: every share with its code there.
#[derive(Debug, Serialize, Deserialize)]
struct Codes {
    source: String,
    discovered_at: proofmark_units::Instant,
    /// NSE symbol to code.
    mappings: BTreeMap<String, String>,
    /// NSE symbol to ISIN, the identity that a rename does not change.
    isin: BTreeMap<String, String>,
}

/// Fills in the codes of instruments that were named without one. The list is fetched when it is not there (one request,
/// no login); a dry run plans with the names as they are and says so.
pub(super) fn resolve<'a>(
    mut fetch: Fetch<'a>,
    source: &Breeze,
    exchange: &str,
) -> Result<(Fetch<'a>, Option<String>)> {
    let unnamed = |i: &proofmark_sources::fetch::Instrument| i.code == i.symbol.as_str();
    if exchange != "NSE" || !fetch.request.instruments.iter().any(unnamed) {
        return Ok((fetch, None));
    }
    let path = fetch.ws.root().join(FILE);
    let codes = if path.is_file() {
        serde_json::from_slice::<Codes>(&read(&path)?).map_err(|error| {
            AppError::input(format!("`{}` is no list of codes", path.display()))
                .hint("delete it; it is fetched again")
                .because(error)
        })?
    } else if fetch.request.dry_run {
        let note =
            "The codes of these shares were not looked up yet; a real run does so first (one request).";
        return Ok((fetch, Some(note.to_owned())));
    } else {
        network(fetch.ws)?;
        let codes = discover(source)?;
        write(&path, &json::bytes(&codes))?;
        codes
    };
    for instrument in fetch.request.instruments.iter_mut().filter(|i| unnamed(i)) {
        let symbol = instrument.symbol.as_str();
        let code = codes.mappings.get(symbol).ok_or_else(|| {
            let near = codes
                .mappings
                .keys()
                .max_by(|a, b| strsim::jaro_winkler(symbol, a).total_cmp(&strsim::jaro_winkler(symbol, b)));
            AppError::input(format!("the NSE has no share `{symbol}` in `{FILE}`")).hint(format!(
                "did you mean `{}`? Or name its code: `--symbols {symbol}=CODE`",
                near.map_or("", String::as_str)
            ))
        })?;
        instrument.code.clone_from(code);
    }
    Ok((fetch, None))
}

fn discover(source: &Breeze) -> Result<Codes> {
    let transport = transport();
    let mut client = client("Breeze", &transport, Vec::new(), &Breeze::LIMITS);
    let found = source
        .scrip_codes(&mut client)
        .map_err(|error| failed("failed to look up what Breeze calls the shares of the NSE", error))?;
    let mut codes = Codes {
        source: "NSEScripMaster.txt".to_owned(),
        discovered_at: crate::clock::now(),
        mappings: BTreeMap::new(),
        isin: BTreeMap::new(),
    };
    // Of several series of one share the first `EQ` counts.
    let mut ordered: Vec<_> = found.into_iter().collect();
    ordered.sort_by_key(|code| code.series != "EQ");
    for code in ordered {
        codes.mappings.entry(code.nse_symbol.clone()).or_insert(code.isec_code);
        if !code.isin.is_empty() {
            codes.isin.entry(code.nse_symbol).or_insert(code.isin);
        }
    }
    Ok(codes)
}
