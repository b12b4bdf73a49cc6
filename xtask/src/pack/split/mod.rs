//! Cuts the program in two: what a first visit needs, and the rest, which is fetched when something of it is first
//! called.
//!
//! Functions keep their numbers. In the first module the body of a function that belongs to the second one is a
//! passage: it makes sure that the second module is there, then calls the function through the table. The second
//! module imports memory, tables, globals and the functions that it calls from the first, and puts its functions
//! into the table when it is instantiated. So it does not matter when it is loaded: at the latest in the very call
//! that needs it.

mod constants;
mod first;
mod parts;
mod rest;
#[cfg(test)]
pub mod tests;

use super::streams;
use constants::Constants;
pub use parts::{Parts, as_it_is};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasm_encoder::{ConstExpr, ExportKind};
use wasmparser::{FunctionBody, Operator};

/// The two modules.
pub struct Halves {
    /// What a first visit needs.
    pub first: Vec<u8>,
    /// The rest. It imports everything from the module `a`: the exports of the first.
    pub rest: Vec<u8>,
}

type Result<T = ()> = std::result::Result<T, String>;

/// Cuts a module that has its names. `linked` is what it was when it came from the linker; `is_cold` says by its name
/// which function goes into the second half; `loader` is the name of the imported function that returns when it is there.
pub fn split(module: &[u8], linked: &[u8], loader: &str, is_cold: &dyn Fn(&str) -> bool) -> Result<Halves> {
    let parts = Parts::read(module)?;
    let mut cut = Cut::new(&parts, is_cold)?;
    cut.data = Constants::read(linked)?.only_cold(&parts, &cut)?;
    let halves =
        Halves { first: first::first(module, &parts, &cut, loader)?, rest: rest::rest(&parts, &cut)? };
    for half in [&halves.first, &halves.rest] {
        wasmparser::validate(half).map_err(|error| format!("the program was cut badly: {error}"))?;
    }
    Ok(halves)
}

/// A function that is no longer than a passage stays where it is. Such ones often serve for many others, whose names are
/// lost.
const PASSAGE: usize = 24;

/// Which function goes where.
struct Cut {
    cold: BTreeSet<u32>,
    /// Cold functions that hot ones call or that stand in a table, with their places in the table from `base` on.
    passages: BTreeMap<u32, u32>,
    /// Functions of the first half that the second calls.
    lent: BTreeSet<u32>,
    /// Memory that is filled with the second half.
    data: Vec<Range<u32>>,
}

impl Cut {
    fn new(parts: &Parts, is_cold: &dyn Fn(&str) -> bool) -> Result<Cut> {
        let bodies = parts.bodies.iter().zip((0..).map(|body| parts.number(body)));
        let can_wait = |(body, number): &(&FunctionBody, u32)| {
            body.as_bytes().len() > PASSAGE && parts.names.get(number).is_some_and(|name| is_cold(name))
        };
        let cold: BTreeSet<u32> = bodies.filter(can_wait).map(|(_, number)| number).collect();
        let (mut called, mut lent) = (BTreeSet::from_iter(parts.in_tables.iter().copied()), BTreeSet::new());
        called.extend(
            parts.exports.iter().filter(|e| e.kind == wasmparser::ExternalKind::Func).map(|e| e.index),
        );
        for (body, number) in parts.bodies.iter().zip((0..).map(|body| parts.number(body))) {
            for operator in body.get_operators_reader().map_err(said)? {
                if let Operator::Call { function_index } | Operator::RefFunc { function_index } =
                    operator.map_err(said)?
                {
                    match (cold.contains(&number), cold.contains(&function_index)) {
                        (false, true) => called.insert(function_index),
                        (true, false) => lent.insert(function_index),
                        _ => false,
                    };
                }
            }
        }
        let passages = called.into_iter().filter(|number| cold.contains(number)).zip(0..).collect();
        Ok(Cut { cold, passages, lent, data: Vec::new() })
    }
}

/// The first place in the table that the second half fills.
fn base(parts: &Parts) -> Result<(u32, u32)> {
    let table = parts.table.ok_or("the program has no table of functions")?;
    let of_type = parts.tables.get(usize::try_from(table).map_err(said)?).ok_or("the table is imported")?;
    Ok((table, u32::try_from(of_type.initial).map_err(said)?))
}

/// What the first half exports for the second: memory, tables, globals, functions, in the order of its imports.
fn shared(parts: &Parts, cut: &Cut) -> Vec<(String, ExportKind, u32)> {
    let mut shared = vec![(ExportKind::Memory, 0)];
    shared.extend((0..).zip(&parts.tables).map(|(index, _)| (ExportKind::Table, index)));
    shared.extend((0..).zip(&parts.globals).map(|(index, _)| (ExportKind::Global, index)));
    shared.extend(cut.lent.iter().map(|number| (ExportKind::Func, *number)));
    let named = shared.into_iter().enumerate();
    named.map(|(at, (kind, index))| (streams::shared_name(at), kind, index)).collect()
}

/// An address as wasm has it.
fn place(address: u32) -> Result<ConstExpr> {
    i32::try_from(address).map(ConstExpr::i32_const).map_err(said)
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}
