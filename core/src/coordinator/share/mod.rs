//! Share groups (KIP-932): members share partitions, and each record is handed to one of them at a time.

pub mod simple;
