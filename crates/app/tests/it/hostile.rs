//! What the fuzz targets do with bytes, compiled and run with the product, so that they cannot fall behind it.

#[path = "../../../../fuzz/src/lib.rs"]
#[allow(clippy::all, unreachable_pub, missing_docs, reason = "a library of another workspace")]
mod fuzz;

use proofmark_units::Seed;
use rand::Rng as _;

#[test]
fn every_target_survives_nothing_noise_and_the_starts_of_formats() {
    let programs = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/targets")).unwrap();
    assert_eq!(programs.count(), fuzz::TARGETS.len());
    let mut rng = Seed::root(1).rng();
    let mut noise = vec![0_u8; 600];
    rng.fill_bytes(&mut noise);
    let starts: [&[u8]; 9] = [
        b"",
        b"\0",
        b"PAR1",
        b"\x1f\x8b\x08",
        b"SQLite format 3\0",
        b"{\"format\": 1}",
        b"date,open,high,low,close\n2020-01-01,1,2,0.5,1\n",
        b"kind = \"forecast\"\n",
        b"<rss><channel><item>",
    ];
    for (name, target) in fuzz::TARGETS {
        for bytes in starts.iter().copied().chain([noise.as_slice(), &noise[..40]]) {
            eprintln!("{name}: {} bytes", bytes.len());
            target(bytes);
        }
    }
}
