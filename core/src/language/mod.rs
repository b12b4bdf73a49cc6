//! What a typed line means: words, quotes, pipes, redirects, `&`, here-documents.
//!
//! People paste lines from tutorials that were written for a Unix shell, so the language here is the part of it
//! that such lines use, with the same rules of quoting. Reading is total: every text gives a tree, and what
//! cannot be understood is a [`Diagnostic`] with its place in the line. Colours, completion, "this line goes on"
//! and running all use the one lexer, so they cannot disagree.
//!
//! Loops, conditions, functions, sub-shells, `$((…))` and `${…:-…}` are read; what is not (`select`, `coproc`, process
//! substitution, file descriptors beyond 2) is told by its name. Dashes are taken as typed: a long dash
//! that a web page made of two short ones reaches the tool, which refuses it as the real one does.

pub mod arithmetic;
mod braces;
mod expand;
mod grammar;
mod ink;
mod lexer;
mod parser;
pub mod pattern;
mod prefix;
mod quotes;
mod tree;

pub use expand::{Argument, BETWEEN, value};
pub use ink::{Ink, ink};
pub use lexer::{Op, Token, TokenKind, lex};
pub use parser::{parse, wants_more};
pub use prefix::{canonical, tool_name};
pub use tree::{
    AndOr, Command, Compound, Connector, Diagnostic, Extent, Item, Line, Piece, Pipeline, Redirect,
    RedirectKind, Word, simple_commands,
};

/// The longest line that is read, in bytes.
pub const LINE_MAX: usize = 1 << 20;

/// Words of the shell's own language, after which a command begins or that end a list of them.
pub const KEYWORDS: [&str; 15] = [
    "for", "while", "until", "if", "then", "elif", "else", "fi", "do", "done", "case", "esac", "{", "}", "!",
];
