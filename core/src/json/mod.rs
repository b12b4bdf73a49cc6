//! JSON in the little that is read and written here: snapshots of a sitting, and the texts in what Jackson prints
//! for the console consumer. Numbers are whole, and nobody wants a value whose shape is not known before; that
//! saves a learner the download of a general reader.

mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{Fault, Reader};
pub use writer::{list, quote, quoted};
