//! Discount factors and forwards of expiries, and where each came from.

use proofmark_market::options::{DiscountCurve, ParityFit, StrikePair, fit_parity};
use proofmark_sources::{Futures, ReadOptions, read_discount_curve, read_futures_csv};
use proofmark_units::Date;

use super::{ChainRequest, ForwardFrom, unusable};
use crate::error::Result;

/// What was given beside the chain.
pub(super) struct Rates {
    rate: Option<f64>,
    curve: Option<DiscountCurve>,
    futures: Futures,
}

/// Forward and discount factor of one expiry.
pub(super) struct Terms {
    pub(super) discount: Option<(f64, &'static str)>,
    pub(super) forward: Option<(f64, &'static str)>,
    pub(super) parity: Option<ParityFit>,
}

impl Rates {
    pub(super) fn read(request: &ChainRequest) -> Result<Self> {
        let options = ReadOptions { date_format: request.date_format.clone(), ..ReadOptions::default() };
        let curve = request.curve.as_deref().map(|file| {
            read_discount_curve(file, &ReadOptions::default()).map_err(|error| unusable(file, error))
        });
        let futures = request
            .futures
            .as_deref()
            .map(|file| read_futures_csv(file, &options).map_err(|error| unusable(file, error)));
        Ok(Self {
            rate: request.rate,
            curve: curve.transpose()?,
            futures: futures.transpose()?.map(|(futures, _)| futures).unwrap_or_default(),
        })
    }

    /// What the caller gave comes first, then the file's own columns, then parity.
    pub(super) fn terms(
        &self,
        (underlying, expiry): (&str, Date),
        years: f64,
        (file_discount, file_forward): (Option<f64>, Option<f64>),
        pairs: &[StrikePair],
        request: &ChainRequest,
    ) -> Terms {
        let given = match (self.rate, &self.curve) {
            (Some(rate), _) => Some(((-rate * years).exp(), "rate")),
            (None, Some(curve)) => curve.factor(years).map(|factor| (factor, "curve")),
            (None, None) => file_discount.map(|factor| (factor, "file")),
        };
        let asked = self.rate.is_some() || self.curve.is_some();
        let parity = match given {
            Some((discount, _)) => fit_parity(pairs, Some(discount), request.nearest).ok(),
            // A curve that ends before the expiry is not made longer by a fit.
            None if asked => None,
            None => fit_parity(pairs, None, request.nearest).ok(),
        };
        let discount = given.or(parity.map(|fit| (fit.discount, "parity")));
        let own = file_forward.map(|forward| (forward, "file"));
        let own = own.or_else(|| {
            self.futures.get(&(underlying.to_owned(), expiry)).map(|future| (*future, "futures"))
        });
        let by_parity = parity.map(|fit| (fit.forward, "parity"));
        let forward = match request.forward {
            Some(ForwardFrom::File) => own,
            Some(ForwardFrom::Parity) => by_parity,
            None => own.or(by_parity),
        };
        Terms { discount, forward, parity }
    }
}
