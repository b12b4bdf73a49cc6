//! What is drawn: one file for each part of the page.

pub mod band;
pub mod broker_column;
pub mod events;
pub mod figure;
mod follow;
pub mod grip;
pub mod groups;
pub mod hint;
pub mod icon;
pub mod inspector;
pub mod legend;
pub mod lesson;
pub mod marks;
pub mod panel;
pub mod partition_row;
pub mod prompt;
pub mod replica_box;
pub mod sources;
pub mod stage;
pub mod strip;
pub mod tabs;
pub mod terminal;
pub mod terminals;
pub mod tiny_map;
pub mod top_bar;
