//! Every vendor against a local server that speaks its protocol, honestly or not.

mod alpaca;
mod binance;
mod breeze;
mod desk;
mod fred;
mod http;
mod news;
mod transport;
mod twelvedata;
