//! Microstructure on made-up quotes, and on the real books beside the checkout.

mod prefix;
mod real;
