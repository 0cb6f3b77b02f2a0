//! Looks at misbehaving providers, with a clock that only sleeping and the test move.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use proofmark_sources::net::{Request, Response, TransportError};

use super::*;

/// What a provider does when it is asked.
#[derive(Clone)]
enum Does {
    Answers(&'static [&'static str]),
    Refuses,
}

/// Two feeds, told apart by address.
struct World {
    good: RefCell<Does>,
    other: RefCell<Does>,
    asked: Cell<u32>,
    now: Cell<i64>,
}

impl Transport for World {
    fn send(&self, request: &Request) -> std::result::Result<Response, TransportError> {
        self.asked.set(self.asked.get() + 1);
        let does = if format!("{request:?}").contains("other.example") { &self.other } else { &self.good };
        let Does::Answers(titles) = &*does.borrow() else {
            return Ok(Response { status: 401, retry_after: None, body: Vec::new() });
        };
        let time = Instant::from_nanos(self.now.get()).plus_seconds(-3_600);
        let items: String = titles
            .iter()
            .map(|t| format!("<entry><title>{t}</title><updated>{time}</updated></entry>"))
            .collect();
        let body = format!("<feed><title>x</title>{items}</feed>").into_bytes();
        Ok(Response { status: 200, retry_after: None, body })
    }
}

impl Pace for World {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.now.get())
    }
    fn sleep(&self, time: Duration) {
        self.now.set(self.now.get() + i64::try_from(time.as_nanos()).unwrap());
    }
}

const GOOD: Does = Does::Answers(&["Profit jumps", "Shares rally"]);
const BAD: Does = Does::Answers(&["Profit falls sharply"]);

struct Case {
    world: World,
    providers: Providers,
    ws: Workspace,
    _folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let providers = "[[provider]]\nname = \"good\"\nkind = \"feed\"\nweight = 0.6\nurl = \"https://good.example/{code}\"\n\
            [[provider]]\nname = \"other\"\nkind = \"feed\"\nweight = 0.4\nurl = \"https://other.example/{code}\"\n";
        std::fs::write(folder.path().join("p.toml"), providers).unwrap();
        let noon = "2024-01-15T12:00:00Z".parse::<Instant>().unwrap();
        Self {
            world: World {
                good: RefCell::new(GOOD),
                other: RefCell::new(BAD),
                asked: Cell::new(0),
                now: Cell::new(noon.nanos()),
            },
            providers: Providers::read(&folder.path().join("p.toml")).unwrap(),
            ws: Workspace::open(folder.path()).unwrap(),
            _folder: folder,
        }
    }

    fn look(&self) -> MoodReport {
        let rules = proofmark_sentiment::Rules::default();
        let (world, ws, providers) = (&self.world, &self.ws, &self.providers);
        let desk = Desk {
            ws,
            providers,
            scorer: &rules,
            scored_by: Digest::of(b"rules"),
            transport: world,
            pace: world,
        };
        let one = Instrument { symbol: "AAA".parse().unwrap(), code: "Alpha".to_owned() };
        desk.look(&[one], &[], &|| ()).unwrap()
    }

    fn later(&self, seconds: u64) {
        self.world.sleep(Duration::from_secs(seconds));
    }

    fn stored(&self) -> Vec<SentimentScore> {
        open_lake(&self.ws).unwrap().read_facts(&"AAA".parse().unwrap(), DateSpan::EVERY, None).unwrap()
    }
}

fn states(report: &MoodReport) -> Vec<Freshness> {
    report.symbols[0].answers.iter().map(|answer| answer.freshness).collect()
}

#[test]
fn answers_are_blended_by_weight_and_known_from_now_on() {
    let case = Case::new();
    let report = case.look();
    let mood = &report.symbols[0];
    let [good, other] = &mood.answers[..] else { panic!("two providers") };
    let blend = mood.blend.as_ref().unwrap();
    let by_hand = 0.6 * good.value.unwrap() + 0.4 * other.value.unwrap();
    assert!((blend.value - by_hand).abs() < 1e-12 && good.value.unwrap() > 0.0 && other.value.unwrap() < 0.0);
    assert_eq!((good.headlines, mood.confidence), (2, Some(0.4)), "three headlines");
    let rows = case.stored();
    let mut names: Vec<&str> = rows.iter().map(|row| row.provider.split('/').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["good", "hybrid[good, other]", "other"]);
    assert!(rows.iter().all(|row| row.known_at == mood.at && row.event_time == mood.at));
}

#[test]
fn a_young_answer_is_taken_without_asking_and_an_old_one_is_not() {
    let case = Case::new();
    case.look();
    let asked = case.world.asked.get();
    case.later(3_600);
    let second = case.look();
    assert_eq!((case.world.asked.get(), states(&second)), (asked, vec![Freshness::Cached; 2]));
    assert_eq!(second.symbols[0].answers[0].age_seconds, Some(3_600));
    case.later(1);
    assert_eq!(states(&case.look()), vec![Freshness::Fresh; 2]);
    let counts = case.look().providers[0].counts;
    assert_eq!((counts.hits, counts.misses, counts.failures, counts.stale), (2, 2, 0, 0));
}

#[test]
fn a_provider_that_fails_is_stale_with_its_age_then_missing_and_never_neutral() {
    let case = Case::new();
    case.look();
    *case.world.other.borrow_mut() = Does::Refuses;
    case.later(7_200);
    let report = case.look();
    let mood = &report.symbols[0];
    assert_eq!(states(&report), [Freshness::Fresh, Freshness::Stale]);
    assert_eq!((mood.answers[1].age_seconds, mood.confidence), (Some(7_200), None));
    assert!(mood.answers[1].why.is_some());
    assert!(case.stored().iter().any(|row| row.provider.starts_with("hybrid[good, other stale]")));
    // Too old to stand in: the other provider speaks alone.
    case.later(86_400);
    let report = case.look();
    assert_eq!(states(&report), [Freshness::Fresh, Freshness::Missing]);
    let blend = report.symbols[0].blend.clone().unwrap();
    assert_eq!((blend.source.as_str(), Some(blend.value)), ("good", report.symbols[0].answers[0].value));
    // Nobody answers, and nothing is remembered: no value and no row.
    *case.world.good.borrow_mut() = Does::Refuses;
    case.later(2 * 86_400);
    let rows = case.stored().len();
    let report = case.look();
    assert_eq!((&report.symbols[0].blend, report.rows_added, case.stored().len()), (&None, 0, rows));
}

#[test]
fn five_failures_close_the_door_for_half_an_hour_and_a_success_forgets_them() {
    let case = Case::new();
    *case.world.other.borrow_mut() = Does::Refuses;
    let why = |report: &MoodReport| report.symbols[0].answers[1].why.clone().unwrap_or_default();
    for _ in 0..4 {
        assert!(!why(&case.look()).contains("not asked"));
        case.later(60);
    }
    // A success resets the count: four more failures do not open it.
    *case.world.other.borrow_mut() = BAD;
    assert_eq!(states(&case.look())[1], Freshness::Fresh);
    *case.world.other.borrow_mut() = Does::Refuses;
    case.later(3_601);
    for _ in 0..5 {
        assert!(!why(&case.look()).contains("not asked"));
        case.later(60);
    }
    let asked = case.world.asked.get();
    assert!(why(&case.look()).contains("not asked for another"), "the sixth is not asked");
    assert_eq!(case.world.asked.get(), asked, "the good provider's answer is at hand");
    case.later(30 * 60);
    *case.world.other.borrow_mut() = BAD;
    assert_eq!(states(&case.look())[1], Freshness::Fresh, "half an hour later one trial is enough");
}

#[test]
fn headlines_that_say_nothing_are_an_answer_without_a_value() {
    let case = Case::new();
    *case.world.good.borrow_mut() = Does::Answers(&[]);
    *case.world.other.borrow_mut() = Does::Answers(&["12.5"]);
    let report = case.look();
    assert_eq!(states(&report), vec![Freshness::Fresh; 2]);
    assert!(report.symbols[0].blend.is_none() && report.symbols[0].answers.iter().all(|a| a.value.is_none()));
    assert_eq!(report.rows_added, 0);
}

#[test]
fn limits_by_symbol_and_by_day_hold_over_commands_and_old_files_go() {
    let mut case = Case::new();
    case.providers.ttl_seconds = 0;
    case.providers.per_minute_per_symbol = 2;
    for _ in 0..2 {
        case.later(1);
        assert_eq!(states(&case.look())[0], Freshness::Fresh);
    }
    case.later(1);
    let report = case.look();
    assert_eq!(states(&report)[0], Freshness::Stale);
    assert!(report.symbols[0].answers[0].why.as_ref().unwrap().contains("2 times within a minute"));
    case.providers.most_per_day = 3;
    let report = case.look();
    assert!(report.symbols[0].skipped.as_ref().unwrap().contains("the limit") && report.rows_added == 0);
    case.later(31 * 86_400);
    assert_eq!(case.look().removed, 3);
    assert!(!case.stored().is_empty(), "the rows of the lake stay");
}

#[test]
fn a_lost_memory_costs_a_question_and_nothing_else() {
    let case = Case::new();
    case.look();
    std::fs::write(case.ws.root().join(MEMORY), "{\"format\": 9").unwrap();
    case.later(60);
    assert_eq!(states(&case.look()), vec![Freshness::Fresh; 2]);
}
