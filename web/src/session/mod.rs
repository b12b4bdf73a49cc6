//! The only effects of the page: the core's session, the clock of the browser, storage.

pub mod driver;
pub mod history;
pub mod link;
pub mod script;
pub mod shown;
pub mod storage;
pub mod terminal;

pub use driver::{Driver, Handle};
pub use shown::Shown;
pub use terminal::{Line, Scrollback};
