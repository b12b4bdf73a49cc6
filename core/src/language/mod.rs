//! How a typed line is read: words, quotes, pipes, redirects, `&`. Total: it never fails, it diagnoses.
