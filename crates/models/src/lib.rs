//! Learners over plain matrices: trees, logistic, calibration, model files. Knows no market.
