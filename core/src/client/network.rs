//! The network client that all three libraries share.
