//! Model files: round trips and refusals.

use std::collections::BTreeMap;

use proofmark_models::{Calibrated, LoadModelError, Matrix, ModelFile, Platt};
use proofmark_units::{DateSpan, Seed};

use crate::contract::learners;
use crate::simulated::{COLUMNS, draw};

fn names() -> Vec<String> {
    (0..COLUMNS).map(|j| format!("f{j}")).collect()
}

fn files() -> Vec<ModelFile> {
    let (data, slice) = (draw(0, 2_000), draw(2_000, 1_000));
    let x = Matrix::from_columns(&data.columns).unwrap();
    let span = DateSpan { start: "2020-01-01".parse().unwrap(), end: "2021-12-31".parse().unwrap() };
    let spans = BTreeMap::from([("fit".to_owned(), span)]);
    let seeds = BTreeMap::from([("fit".to_owned(), Seed::root(5))]);
    let mut files = Vec::new();
    for learner in learners() {
        let model = learner.fit(&x, &data.class, None, &Seed::root(5)).unwrap();
        let scores = model.log_odds(&Matrix::from_columns(&slice.columns).unwrap()).unwrap();
        files.push(ModelFile::new(model.clone(), &names(), spans.clone(), &seeds).unwrap());
        if let Ok(platt) = Platt::fit(&scores, &slice.class) {
            let calibrated = Calibrated { model, platt };
            files.push(ModelFile::calibrated(calibrated, &names(), spans.clone(), &seeds).unwrap());
        }
    }
    files
}

#[test]
fn a_file_is_its_model_bit_for_bit() {
    let held = draw(3_000, 500);
    let x = Matrix::from_columns(&held.columns).unwrap();
    for file in files() {
        let bytes = file.save_bytes().unwrap();
        let loaded = ModelFile::load_bytes(&bytes, Some(&names())).unwrap();
        assert_eq!(loaded, file);
        assert_eq!(loaded.save_bytes().unwrap(), bytes);
        let bits = |file: &ModelFile| -> Vec<u64> {
            file.predict(&x).unwrap().iter().map(|p| p.to_bits()).collect()
        };
        assert_eq!(bits(&loaded), bits(&file));
    }
}

#[test]
fn a_newer_format_is_refused_with_a_hint() {
    let text = String::from_utf8(files()[0].save_bytes().unwrap()).unwrap();
    let newer = text.replacen("\"format\":2", "\"format\":9", 1);
    let error = ModelFile::load_bytes(newer.as_bytes(), None).unwrap_err();
    assert!(matches!(error, LoadModelError::NewerFormat { found: 9, supported: 3 }));
    assert!(error.to_string().contains("hint: upgrade"));
}

#[test]
fn other_features_are_refused_with_the_difference() {
    let bytes = files()[0].save_bytes().unwrap();
    let mut given = names();
    given.swap(0, 1);
    given[9] = "volume".to_owned();
    let error = ModelFile::load_bytes(&bytes, Some(&given)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the features do not match the model: missing `f9`; unexpected `volume`; `f0` is column 1 where the model has \
         column 0; `f1` is column 0 where the model has column 1"
    );
}

#[test]
fn files_that_contradict_themselves_are_refused() {
    let text = String::from_utf8(files()[0].save_bytes().unwrap()).unwrap();
    let changes = [
        ("\"feature_names\":[\"f0\"", "\"feature_names\":[\"g0\""),
        ("\"kind\":\"trees\",\"feature_names\"", "\"kind\":\"logistic\",\"feature_names\""),
        ("\"trees\":20", "\"trees\":500"),
        ("\"left\":[1", "\"left\":[0"),
        ("\"left\":[1", "\"left\":[9999"),
    ];
    for (from, to) in changes {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let error = ModelFile::load_bytes(broken.as_bytes(), None).unwrap_err();
        assert!(matches!(error, LoadModelError::Inconsistent { .. }), "{to}: {error}");
    }
    for garbage in ["", "{", "[]", "{\"format\":2}", "not json"] {
        assert!(matches!(ModelFile::load_bytes(garbage.as_bytes(), None), Err(LoadModelError::Json(_))));
    }
}
