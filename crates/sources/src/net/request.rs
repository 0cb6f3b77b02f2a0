//! One request and its reply, as far as vendors need them.

use std::fmt;
use std::fmt::Write as _;

/// A GET request. Only the address without its query is ever shown: queries and headers carry keys.
#[derive(Clone)]
pub struct Request {
    address: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Request {
    /// A request to `address`, which has no query.
    pub fn get(address: impl Into<String>) -> Self {
        Self { address: address.into(), query: Vec::new(), headers: Vec::new(), body: None }
    }

    /// The same with one more query parameter; it is encoded here.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a JSON body. Breeze wants its arguments so, although the method is GET.
    #[must_use]
    pub fn json(mut self, body: String) -> Self {
        self.body = Some(body);
        self.header("Content-Type", "application/json")
    }

    /// The address without its query, fit to be shown.
    pub fn shown(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }

    /// The whole URL; never shown.
    pub(crate) fn url(&self) -> String {
        let mut url = self.address.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            let mark = if index > 0 || self.address.contains('?') { '&' } else { '?' };
            let _ = write!(url, "{mark}{}={}", percent_encoded(name), percent_encoded(value));
        }
        url
    }

    pub(crate) fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    pub(crate) fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {}", self.shown())
    }
}

/// A reply, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The header `Retry-After` as sent.
    pub retry_after: Option<String>,
    /// The body, at most as long as the transport allows.
    pub body: Vec<u8>,
}

/// `text` with all but unreserved characters (RFC 3986, 2.3) percent-encoded.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_is_shown() {
        let request = Request::get("https://x.example/v1/bars")
            .query("symbol", "EUR/USD")
            .query("apikey", "hidden&1")
            .header("X-Key", "hidden2");
        assert_eq!(request.url(), "https://x.example/v1/bars?symbol=EUR%2FUSD&apikey=hidden%261");
        assert_eq!(format!("{request:?}"), "GET https://x.example/v1/bars");
        assert_eq!(Request::get("http://a/b?x=1").query("y", 2).url(), "http://a/b?x=1&y=2");
    }
}
