//! Datasets, splits with purge and embargo, cross-fitting, distillation.
