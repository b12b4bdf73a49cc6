//! The served release page, as a visitor meets it. One binary, so that it is linked once.

mod brokers;
mod first_visit;
mod inspector;
mod sitting;
mod terminal;
