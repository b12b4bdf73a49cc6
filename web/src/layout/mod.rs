//! Where things stand: pure arithmetic from the size of the window to boxes, rows and slots.
//!
//! Nothing in the picture is measured in the browser. Both the elements and the marks that move between them take
//! their places from here, so they agree, and a native test can say that they do.

pub mod heat;
pub mod lanes;
pub mod model;
pub mod routes;
pub mod rows;
pub mod screen;
pub mod window;

pub use model::{BoxModel, CellModel, RowModel, StageModel};
pub use rows::{Item, Place};
pub use screen::{Class, Screen};
pub use window::Slots;
