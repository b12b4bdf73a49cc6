//! The page: a cluster that can be seen, with its terminals, events and lessons.
//!
//! ```text
//!   session/     holds the core's Session, drives its clock with the frames of the browser, stores the theme
//!   layout/      pure: where everything stands          animation/  pure: what moves, and how fast
//!   components/  what is drawn                          app/        puts them together
//!   markup/      how views are written                  part.rs     what is drawn again only if it changed
//! ```

pub mod action;
pub mod animation;
pub mod app;
mod canvas;
pub mod components;
mod keyboard;
pub mod layout;
mod markup;
mod part;
pub mod prose;
pub mod rest;
pub mod session;
pub mod shared;
pub mod words;
