use proofmark_units::Instant;

use super::*;
use crate::gates::tests::{passing_evidence, passing_holdout};
use crate::gates::{GATES, GateResult};
use crate::manifest::tests::manifest;
use crate::policy::Policy;
use crate::verdict::Verdict;
use crate::{judge_all, judge_holdout};

fn results() -> Vec<GateResult> {
    let policy = Policy::default();
    let mut results = judge_all(&passing_evidence(), &policy);
    results.push(judge_holdout(&passing_holdout(), &policy));
    results
}

fn person(actor: &str) -> PersonVote {
    PersonVote { actor: actor.to_owned(), reason: "read it".to_owned(), at: Instant::from_nanos(0) }
}

fn statement(environment: Environment) -> Statement {
    let manifest = manifest();
    let predicate = Predicate {
        run_id: manifest.release_id.clone(),
        environment,
        snapshot: manifest.snapshot,
        pipeline: manifest.pipeline,
        policy: manifest.policy,
        evidence: manifest.evidence,
        manifest: Digest::of(manifest.to_yaml().as_bytes()),
        votes: Votes::new(environment, "A. Author", &results(), person("R. Reviewer")).unwrap(),
        binary_version: "0.1.0".to_owned(),
    };
    Statement::new(&manifest.artifacts, predicate).unwrap()
}

#[test]
fn the_encoding_is_the_one_of_the_dsse_specification() {
    // Test vector of the DSSE protocol document.
    let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
    assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

#[test]
fn a_mark_holds_for_its_key_and_for_no_other() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
    let statement = statement(Environment::Live);
    let envelope = Envelope::from_json(sign(&statement, &key).to_json().as_bytes()).unwrap();
    let (read, used) = verify(&envelope, &[other, key.verifying_key()]).unwrap();
    assert_eq!((read, used), (statement, key.verifying_key()));
    assert!(matches!(verify(&envelope, &[other]), Err(MarkError::Signature)));
    assert!(matches!(verify(&envelope, &[]), Err(MarkError::Signature)));
}

#[test]
fn one_changed_bit_anywhere_breaks_the_mark() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let envelope = sign(&statement(Environment::Paper), &key);
    let keys = [key.verifying_key()];
    let payload = STANDARD.decode(&envelope.payload).unwrap();
    for bit in (0..payload.len() * 8).step_by(37) {
        let mut changed = payload.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let envelope = Envelope { payload: STANDARD.encode(changed), ..envelope.clone() };
        assert!(matches!(verify(&envelope, &keys), Err(MarkError::Signature)), "bit {bit}");
    }
    let signature = STANDARD.decode(&envelope.signatures[0].sig).unwrap();
    for bit in 0..signature.len() * 8 {
        let mut changed = signature.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut envelope = envelope.clone();
        envelope.signatures[0].sig = STANDARD.encode(changed);
        assert!(verify(&envelope, &keys).is_err(), "bit {bit}");
    }
    let other_type = Envelope { payload_type: "text/plain".to_owned(), ..envelope };
    assert!(matches!(verify(&other_type, &keys), Err(MarkError::Type { .. })));
}

#[test]
fn changed_missing_and_uncovered_files_are_named() {
    let statement = statement(Environment::Paper);
    let mut files = manifest().artifacts;
    assert!(statement.changed(&files).is_empty());
    files[0].sha256 = Digest::of(b"other");
    files.push(Artifact { path: "extra".to_owned(), sha256: Digest::of(b""), bytes: 0 });
    let student = files.remove(1);
    assert_eq!(statement.changed(&files), ["extra", files[0].path.as_str(), student.path.as_str()]);
}

#[test]
fn votes_need_passes_a_person_a_reason_and_two_people_for_live() {
    let votes =
        |environment, author: &str, actor: &str| Votes::new(environment, author, &results(), person(actor));
    assert!(votes(Environment::Paper, "Ann", "Ann").is_ok());
    assert!(matches!(votes(Environment::Live, "Ann", " ann "), Err(VoteError::SamePerson { .. })));
    assert!(matches!(votes(Environment::Live, "Ann", " "), Err(VoteError::Empty { .. })));
    let silent = PersonVote { reason: " ".to_owned(), ..person("Bob") };
    assert!(matches!(
        Votes::new(Environment::Paper, "Ann", &results(), silent),
        Err(VoteError::Empty { .. })
    ));
    let mut failing = results();
    failing[0].verdict = Verdict::CannotTell;
    let error = Votes::new(Environment::Paper, "Ann", &failing, person("Bob")).unwrap_err();
    assert_eq!(error, VoteError::Gates { verdict: Verdict::CannotTell });
    let without_holdout = &results()[..GATES.len()];
    let error = Votes::new(Environment::Paper, "Ann", without_holdout, person("Bob")).unwrap_err();
    assert!(matches!(error, VoteError::GateCount { .. }));
}
