//! What a typed line means: words, quotes, pipes, redirects, `&`, here-documents.
//!
//! People paste lines from tutorials that were written for a Unix shell, so the language here is the part of it
//! that such lines use, with the same rules of quoting. Reading is total: every text gives a tree, and what
//! cannot be understood is a [`Diagnostic`] with its place in the line. Colours, completion, "this line goes on"
//! and running all use the one lexer, so they cannot disagree.
//!
//! Simplified: no loops but `for`, no functions, sub-shells or file name patterns. Dashes are taken as typed: a long dash
//! that a web page made of two short ones reaches the tool, which refuses it as the real one does.

mod ink;
mod lexer;
mod parser;
mod prefix;
mod quotes;
mod tree;

pub use ink::{Ink, ink};
pub use lexer::{Op, Token, TokenKind, lex};
pub use parser::{parse, wants_more};
pub use prefix::{canonical, tool_name};
pub use tree::{
    AndOr, Command, Connector, Diagnostic, Extent, Item, Line, Piece, Pipeline, Redirect, RedirectKind, Word,
};

/// The longest line that is read, in bytes.
pub const LINE_MAX: usize = 1 << 20;
