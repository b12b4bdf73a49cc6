//! The program, watched: it notes which of its functions are called.

use super::split::{Parts, as_it_is};
use crate::Result;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Instruction, Module,
    ValType,
};
use wasmparser::{Parser, Payload};

/// What notes are exported as: this and a number.
pub const NOTE: &str = "seen";
/// Functions for each note.
const BITS: usize = 64;

/// A module that notes its calls in globals, a bit for each function in order of their bodies.
pub fn watched(module: &[u8]) -> Result<Vec<u8>> {
    let parts = Parts::read(module)?;
    let notes = parts.bodies.len().div_ceil(BITS);
    let first = parts.globals.len();
    let number = |number: usize| u32::try_from(number).map_err(said);
    let mut out = Module::new();
    let mut as_it_was = RoundtripReencoder;
    let mut code = CodeSection::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(said)? {
            Payload::GlobalSection(globals) => {
                let mut section = GlobalSection::new();
                as_it_was.parse_global_section(&mut section, globals).map_err(said)?;
                for _ in 0..notes {
                    let of_type = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
                    section.global(of_type, &ConstExpr::i64_const(0));
                }
                out.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                as_it_was.parse_export_section(&mut section, exports).map_err(said)?;
                for note in 0..notes {
                    section.export(&format!("{NOTE}{note}"), ExportKind::Global, number(first + note)?);
                }
                out.section(&section);
            }
            Payload::CodeSectionEntry(body) => {
                let at = usize::try_from(code.len()).map_err(said)?;
                let instructions = body.get_operators_reader().map_err(said)?.original_position();
                let start = usize::try_from(instructions - body.range().start).map_err(said)?;
                let (locals, instructions) =
                    body.as_bytes().split_at_checked(start).ok_or("a function is cut off")?;
                let mut noting = locals.to_vec();
                let note = number(first + at / BITS)?;
                for instruction in [
                    Instruction::GlobalGet(note),
                    Instruction::I64Const(1_i64.rotate_left(number(at % BITS)?)),
                    Instruction::I64Or,
                    Instruction::GlobalSet(note),
                ] {
                    wasm_encoder::Encode::encode(&instruction, &mut noting);
                }
                noting.extend(instructions);
                code.raw(&noting);
                if at + 1 == parts.bodies.len() {
                    out.section(&code);
                }
            }
            Payload::CodeSectionStart { .. } | Payload::CustomSection(_) => {}
            other => {
                as_it_is(module, &other)?.map(|section| out.section(&section));
            }
        }
    }
    let out = out.finish();
    wasmparser::validate(&out).map_err(said)?;
    Ok(out)
}

/// The names of all functions, in order of their bodies, and whether each was called. `notes` are numbers in base 16.
pub fn called(module: &[u8], notes: &str) -> Result<Vec<(String, bool)>> {
    let parts = Parts::read(module)?;
    let notes: std::result::Result<Vec<u64>, _> =
        notes.split_whitespace().map(|note| u64::from_str_radix(note, 16)).collect();
    let notes = notes.map_err(said)?;
    if notes.len() != parts.bodies.len().div_ceil(BITS) {
        return Err("the page did not tell which functions it called".into());
    }
    let seen = notes.iter().flat_map(|note| (0..BITS).map(move |bit| note >> bit & 1 == 1));
    let names = (0..parts.bodies.len()).map(|body| parts.names.get(&parts.number(body)));
    Ok(names.zip(seen).filter_map(|(name, seen)| Some((name?.clone(), seen))).collect())
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_its_bit() {
        let module = super::super::split::tests::module();
        let watched = watched(&module).unwrap();
        assert!(watched.windows(5).any(|bytes| bytes == b"seen0"));
        let called = called(&module, "5").unwrap();
        let called: Vec<_> = called.iter().map(|(name, seen)| (name.as_str(), *seen)).collect();
        assert_eq!(called, [("hot", true), ("cold::reads", false), ("warm", true), ("cold::helps", false)]);
        assert!(super::called(&module, "").is_err() && super::called(&module, "x").is_err());
    }
}
