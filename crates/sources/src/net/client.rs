//! One vendor's client: rate limit, quota, breaker and retries around a transport.

use std::time::Duration;

use proofmark_units::{Instant, Seed};
use rand_chacha::ChaCha8Rng;

use super::keys::KeyRing;
use super::{
    Breaker, BreakerRules, FetchError, Limits, Pace, Redactor, Request, Response, Retry, Secret, Transport,
    TransportError, between, later,
};

/// Longest piece of a vendor's reply that a message repeats, in characters.
const EXCERPT: usize = 160;

/// What a request may be built from. Built anew for every attempt, so that signed time stamps are fresh.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The key whose turn it is, where the vendor wants one.
    pub key: Option<&'a Secret>,
    /// Now.
    pub now: Instant,
}

impl Attempt<'_> {
    /// The key's text, empty without one.
    pub fn key_text(&self) -> &str {
        self.key.map_or("", Secret::expose)
    }
}

/// What a reply means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is what was asked for.
    Good,
    /// The vendor has a problem that may pass.
    Busy,
    /// The key was used too often; the pause is what the body asks for, if it does.
    TooOften(Option<Duration>),
    /// The key is not accepted.
    NotAllowed,
    /// The session has ended; how to begin a new one.
    Expired(&'static str),
    /// The arguments are not accepted: the vendor's own words.
    Refused(String),
    /// Any other error status.
    Failed,
}

/// What a reply means by its status alone.
pub const fn by_status(response: &Response) -> Judgement {
    match response.status {
        200..300 => Judgement::Good,
        401 | 403 => Judgement::NotAllowed,
        429 => Judgement::TooOften(None),
        408 | 500 | 502..=504 => Judgement::Busy,
        _ => Judgement::Failed,
    }
}

/// What a client did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests sent.
    pub requests: u64,
    /// Of these, repetitions after a failure.
    pub retries: u64,
    /// Time spent waiting for a rate limit or a retry.
    pub waited: Duration,
}

/// Asks one vendor, one request after the other.
pub struct Client<'a> {
    vendor: &'static str,
    transport: &'a dyn Transport,
    pace: &'a dyn Pace,
    keys: KeyRing,
    breaker: Breaker,
    retry: Retry,
    rng: ChaCha8Rng,
    redactor: Redactor,
    per_day: Option<u32>,
    spent_today: u64,
    counts: Counts,
}

impl<'a> Client<'a> {
    /// A client of `vendor`; `keys` may be empty. Jitter is drawn from `seed`.
    pub fn new(
        vendor: &'static str,
        transport: &'a dyn Transport,
        pace: &'a dyn Pace,
        keys: Vec<Secret>,
        limits: &Limits,
        seed: &Seed,
    ) -> Self {
        let redactor = Redactor::new(keys.iter().cloned());
        let keys = KeyRing::new(keys, limits);
        let lanes = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        Self {
            vendor,
            transport,
            pace,
            keys,
            breaker: Breaker::new(BreakerRules::STANDARD),
            retry: Retry::STANDARD,
            rng: seed.child("backoff").child(vendor).rng(),
            redactor,
            per_day: limits.per_day.map(|n| n.saturating_mul(lanes)),
            spent_today: 0,
            counts: Counts::default(),
        }
    }

    /// The same with other rules for repeating.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Requests of this UTC day that earlier commands made.
    pub const fn already_spent(&mut self, requests: u64) {
        self.spent_today = requests;
    }

    /// Also keeps `secret` out of messages.
    pub fn hide(&mut self, secret: Secret) {
        self.redactor.add(secret);
    }

    /// What was done so far.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Now, as the client sees it.
    pub fn now(&self) -> Instant {
        self.pace.now()
    }

    /// Sends what `build` makes until `judge` finds the reply good, as often as the rules allow.
    ///
    /// # Errors
    /// [`FetchError`]; only passing failures (no connection, time limit, cut reply, 429, some 5xx) are repeated.
    pub fn send(
        &mut self,
        build: &dyn Fn(&Attempt<'_>) -> Request,
        judge: &dyn Fn(&Response) -> Judgement,
    ) -> Result<Response, FetchError> {
        let vendor = self.vendor;
        let mut failed = 0;
        loop {
            self.check_quota()?;
            let now = self.pace.now();
            let (lane, wait) =
                self.keys.take(now).ok_or(FetchError::NotAllowed { vendor, said: String::new() })?;
            if wait > self.retry.longest_wait {
                return Err(FetchError::RateLimited { vendor, pause: Some(wait) });
            }
            self.wait(wait);
            let now = self.pace.now();
            self.breaker.admit(now).map_err(|pause| FetchError::BreakerOpen { vendor, pause })?;
            let request = build(&Attempt { key: self.keys.key(lane), now });
            self.counts.requests += 1;
            self.counts.retries += u64::from(failed > 0);
            let outcome = self.transport.send(&request);
            let now = self.pace.now();
            let (error, pause) = match self.judged(&request, outcome, judge, failed + 1) {
                Ok(response) => {
                    self.breaker.success();
                    return Ok(response);
                }
                Err(Fault::Final(error)) => {
                    self.breaker.neither();
                    return Err(error);
                }
                Err(Fault::Key(error)) => {
                    self.breaker.neither();
                    if self.keys.refuse(lane) {
                        continue;
                    }
                    return Err(error);
                }
                Err(Fault::TooOften(pause)) => {
                    self.breaker.neither();
                    // Without a word from the vendor a minute is the window of every limit met so far.
                    self.keys.rest(lane, later(now, pause.unwrap_or(Duration::from_secs(60))));
                    (FetchError::RateLimited { vendor, pause }, Duration::ZERO)
                }
                Err(Fault::Passing(error)) => {
                    self.breaker.failure(now);
                    (error, self.retry.wait(failed + 1, &mut self.rng))
                }
            };
            failed += 1;
            if failed >= self.retry.attempts {
                return Err(error);
            }
            self.wait(pause);
        }
    }

    /// The first part of what a vendor said, without secrets, fit for a message.
    pub fn excerpt(&self, body: &[u8]) -> String {
        let clean = self.redactor.clean(&String::from_utf8_lossy(body));
        let one_line: Vec<&str> = clean.split_whitespace().collect();
        let one_line = one_line.join(" ");
        let mut text: String = one_line.chars().take(EXCERPT).flat_map(char::escape_debug).collect();
        if one_line.chars().nth(EXCERPT).is_some() {
            text.push('…');
        }
        text
    }

    /// The reply is not `wanted`; `found` may be part of the reply.
    pub fn schema(&self, wanted: &'static str, found: &str) -> FetchError {
        FetchError::Schema { vendor: self.vendor, wanted, found: self.excerpt(found.as_bytes()) }
    }

    /// The reply as JSON of type `T`, which is `wanted` in words.
    ///
    /// # Errors
    /// [`FetchError::Schema`] with what is wrong and how the reply begins.
    pub fn json<T: serde::de::DeserializeOwned>(
        &self,
        response: &Response,
        wanted: &'static str,
    ) -> Result<T, FetchError> {
        serde_json::from_slice(&response.body).map_err(|error| {
            let begins = String::from_utf8_lossy(&response.body[..response.body.len().min(400)]);
            self.schema(wanted, &format!("{error}; it begins {begins}"))
        })
    }

    fn check_quota(&self) -> Result<(), FetchError> {
        match self.per_day {
            Some(per_day) if self.spent_today + self.counts.requests >= u64::from(per_day) => {
                Err(FetchError::QuotaSpent { vendor: self.vendor, per_day })
            }
            _ => Ok(()),
        }
    }

    fn wait(&mut self, time: Duration) {
        if !time.is_zero() {
            self.counts.waited += time;
            self.pace.sleep(time);
        }
    }

    fn judged(
        &self,
        request: &Request,
        outcome: Result<Response, TransportError>,
        judge: &dyn Fn(&Response) -> Judgement,
        attempts: u32,
    ) -> Result<Response, Fault> {
        let vendor = self.vendor;
        let address = || self.redactor.clean(request.shown());
        let response = outcome.map_err(|source| {
            let passing = source.is_passing();
            let error = FetchError::Transport { vendor, address: address(), attempts, source };
            if passing { Fault::Passing(error) } else { Fault::Final(error) }
        })?;
        let said = || self.excerpt(&response.body);
        let status =
            || FetchError::Status { vendor, address: address(), status: response.status, said: said() };
        Err(match judge(&response) {
            Judgement::Good => return Ok(response),
            Judgement::Busy => Fault::Passing(status()),
            Judgement::TooOften(pause) => Fault::TooOften(pause.or_else(|| self.pause(&response))),
            Judgement::NotAllowed => Fault::Key(FetchError::NotAllowed { vendor, said: said() }),
            Judgement::Expired(hint) => {
                Fault::Final(FetchError::SessionExpired { vendor, said: said(), hint })
            }
            Judgement::Refused(words) => {
                Fault::Final(FetchError::Refused { vendor, said: self.excerpt(words.as_bytes()) })
            }
            Judgement::Failed => Fault::Final(status()),
        })
    }

    /// `Retry-After` as seconds or as a date (RFC 9110, 10.2.3).
    fn pause(&self, response: &Response) -> Option<Duration> {
        let text = response.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        let until = Instant::from_nanos(i64::try_from(until.as_nanosecond()).ok()?);
        Some(between(self.pace.now(), until))
    }
}

/// A failed attempt by what it asks of the loop.
enum Fault {
    Final(FetchError),
    Key(FetchError),
    TooOften(Option<Duration>),
    Passing(FetchError),
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::net::still::Still;

    /// Answers from a list, and remembers when it was asked with which key.
    struct Script<'a> {
        pace: &'a Still,
        replies: RefCell<Vec<Result<Response, TransportError>>>,
        seen: RefCell<Vec<(u64, String)>>,
    }

    impl<'a> Script<'a> {
        fn new(pace: &'a Still, replies: Vec<Result<Response, TransportError>>) -> Self {
            Self { pace, replies: RefCell::new(replies), seen: RefCell::default() }
        }
    }

    impl Transport for Script<'_> {
        fn send(&self, request: &Request) -> Result<Response, TransportError> {
            let seconds = self.pace.slept().as_secs();
            self.seen.borrow_mut().push((seconds, request.url()));
            if self.replies.borrow().is_empty() { good() } else { self.replies.borrow_mut().remove(0) }
        }
    }

    fn good() -> Result<Response, TransportError> {
        Ok(Response { status: 200, retry_after: None, body: b"ok".to_vec() })
    }

    fn status(status: u16, retry_after: Option<&str>) -> Result<Response, TransportError> {
        let body = b"the key k-secret-1 is not welcome".to_vec();
        Ok(Response { status, retry_after: retry_after.map(str::to_owned), body })
    }

    const LIMITS: Limits = Limits { per_minute: 600, burst: 10, per_day: None };

    fn client<'a>(script: &'a Script<'a>, keys: &[&str], limits: &Limits) -> Client<'a> {
        let keys = keys.iter().map(|key| Secret::new(key)).collect();
        Client::new("Testing", script, script.pace, keys, limits, &Seed::root(1))
    }

    fn ask(client: &mut Client<'_>) -> Result<Response, FetchError> {
        client.send(&|a| Request::get("https://x.example/y").query("key", a.key_text()), &by_status)
    }

    #[test]
    fn passing_failures_are_repeated_and_others_are_not() {
        let pace = Still::at(0);
        let replies =
            vec![Err(TransportError::Cut), status(503, None), Err(TransportError::Unreachable), good()];
        let script = Script::new(&pace, replies);
        let mut c = client(&script, &[], &LIMITS);
        assert!(ask(&mut c).is_ok());
        assert_eq!((c.counts().requests, c.counts().retries), (4, 3));
        assert!((7..=14).contains(&pace.slept().as_secs()), "{:?}", pace.slept());
        for code in [400, 404, 418, 501] {
            let pace = Still::at(0);
            let script = Script::new(&pace, vec![status(code, None)]);
            let mut c = client(&script, &[], &LIMITS);
            assert!(matches!(ask(&mut c), Err(FetchError::Status { status, .. }) if status == code));
            assert_eq!((c.counts().requests, pace.slept()), (1, Duration::ZERO));
        }
    }

    #[test]
    fn the_vendors_pause_is_kept_and_a_long_one_is_an_error() {
        let pace = Still::at(0);
        let script = Script::new(&pace, vec![status(429, Some("17"))]);
        assert!(ask(&mut client(&script, &[], &LIMITS)).is_ok());
        assert_eq!(script.seen.borrow()[1].0, 17);
        let script = Script::new(&pace, vec![status(429, Some("Thu, 01 Jan 1970 00:00:47 GMT"))]);
        assert!(ask(&mut client(&script, &[], &LIMITS)).is_ok());
        assert_eq!(pace.slept().as_secs(), 47);
        let script = Script::new(&pace, vec![status(429, Some("7200"))]);
        let error = ask(&mut client(&script, &[], &LIMITS)).unwrap_err();
        assert!(error.to_string().contains("7200 s") && error.ends_the_job(), "{error}");
        assert_eq!(script.seen.borrow().len(), 1);
    }

    #[test]
    fn keys_rotate_and_a_refused_one_is_dropped() {
        let pace = Still::at(0);
        let script = Script::new(&pace, vec![status(429, Some("60")), status(401, None)]);
        let mut c = client(&script, &["k-secret-1", "k-secret-2", "k-secret-3"], &LIMITS);
        assert!(ask(&mut c).is_ok());
        let keys: Vec<char> = script.seen.borrow().iter().filter_map(|(_, url)| url.chars().last()).collect();
        assert_eq!(keys, ['1', '2', '3']);
        assert_eq!(pace.slept(), Duration::ZERO, "another key is free at once");
        let script = Script::new(&pace, vec![status(403, None)]);
        let error = ask(&mut client(&script, &["k-secret-1"], &LIMITS)).unwrap_err();
        let text = format!("{error} {error:?} {}", error.hint());
        assert!(text.contains("*** is not welcome") && !text.contains("k-secret"), "{text}");
    }

    #[test]
    fn an_outage_opens_the_breaker_and_a_quota_ends_the_day() {
        let pace = Still::at(0);
        let script = Script::new(&pace, (0..20).map(|_| status(500, None)).collect());
        let mut c = client(&script, &[], &LIMITS);
        assert!(matches!(ask(&mut c), Err(FetchError::Status { status: 500, .. })));
        assert!(matches!(ask(&mut c), Err(FetchError::BreakerOpen { .. })));
        assert_eq!(c.counts().requests, 5, "no storm of retries");
        let script = Script::new(&pace, Vec::new());
        let mut c = client(&script, &[], &Limits { per_day: Some(3), ..LIMITS });
        c.already_spent(2);
        assert!(ask(&mut c).is_ok());
        assert!(matches!(ask(&mut c), Err(FetchError::QuotaSpent { per_day: 3, .. })));
    }
}
