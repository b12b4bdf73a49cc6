//! The learner's applications.
