//! The half that a first visit needs.

use super::parts::{Parts, address, as_it_is, pieces};
use super::{Cut, Result, base, place, said, shared};
use std::ops::Range;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, Instruction, Module, TableSection, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

/// Builds it. See [`super::split`] for `loader`.
pub fn first(module: &[u8], parts: &Parts, cut: &Cut, loader: &str) -> Result<Vec<u8>> {
    let (table, base) = base(parts)?;
    let places = u32::try_from(cut.passages.len()).map_err(said)?;
    let loader = parts.imports.iter().position(|name| name.starts_with(&format!("__wbg_{loader}_")));
    let loader =
        loader.and_then(|at| u32::try_from(at).ok()).ok_or("the program does not import its loader")?;
    let sure = u32::try_from(parts.functions.len()).map_err(said)?;
    let is_there = u32::try_from(parts.globals.len()).map_err(said)?;
    let mut out = Module::new();
    let mut as_it_was = RoundtripReencoder;
    let mut code = CodeSection::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(said)? {
            Payload::TypeSection(types) => {
                let mut section = TypeSection::new();
                as_it_was.parse_type_section(&mut section, types).map_err(said)?;
                section.ty().function([], []);
                out.section(&section);
            }
            Payload::FunctionSection(functions) => {
                let mut section = FunctionSection::new();
                as_it_was.parse_function_section(&mut section, functions).map_err(said)?;
                section.function(u32::try_from(parts.types.len()).map_err(said)?);
                out.section(&section);
            }
            Payload::TableSection(_) => {
                out.section(&tables(parts, table, places)?);
            }
            Payload::GlobalSection(globals) => {
                out.section(&with_one_more(globals)?);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                as_it_was.parse_export_section(&mut section, exports).map_err(said)?;
                for (name, kind, index) in shared(parts, cut) {
                    section.export(&name, kind, index);
                }
                out.section(&section);
            }
            Payload::CodeSectionEntry(body) => {
                let number = parts.number(usize::try_from(code.len()).map_err(said)?);
                if let Some(place) = cut.passages.get(&number) {
                    let of_type = parts.type_of(number).ok_or("a function has no type")?;
                    code.function(&passage(parts, of_type, sure, table, base + place));
                } else if cut.cold.contains(&number) {
                    code.function(&nothing());
                } else {
                    code.raw(body.as_bytes());
                }
                if usize::try_from(code.len()).map_err(said)? == parts.bodies.len() {
                    code.function(&make_sure(loader, is_there));
                    out.section(&code);
                }
            }
            Payload::DataSection(data) => {
                out.section(&without_cold(data, &cut.data)?);
            }
            // How many segments there are is told by the section of data itself.
            Payload::CodeSectionStart { .. }
            | Payload::DataCountSection { .. }
            | Payload::CustomSection(_) => {}
            other => {
                as_it_is(module, &other)?.map(|section| out.section(&section));
            }
        }
    }
    Ok(out.finish())
}

/// The tables, with room for the functions of the second half in one of them.
fn tables(parts: &Parts, table: u32, places: u32) -> Result<TableSection> {
    let mut section = TableSection::new();
    for (index, of_type) in (0..).zip(&parts.tables) {
        let mut of_type = *of_type;
        if index == table {
            of_type.initial += u64::from(places);
            of_type.maximum = of_type.maximum.map(|maximum| maximum + u64::from(places));
        }
        section.table(RoundtripReencoder.table_type(of_type).map_err(said)?);
    }
    Ok(section)
}

/// The globals, and one that says whether the second half is there.
fn with_one_more(globals: wasmparser::GlobalSectionReader) -> Result<GlobalSection> {
    let mut section = GlobalSection::new();
    RoundtripReencoder.parse_global_section(&mut section, globals).map_err(said)?;
    let of_type = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    section.global(of_type, &ConstExpr::i32_const(0));
    Ok(section)
}

/// The data without what the second half brings.
fn without_cold(data: wasmparser::DataSectionReader, cold: &[Range<u32>]) -> Result<DataSection> {
    let mut section = DataSection::new();
    for segment in data {
        let segment = segment.map_err(said)?;
        match (&segment.kind, address(&segment)) {
            (wasmparser::DataKind::Passive, _) => {
                section.passive(segment.data.iter().copied());
            }
            (wasmparser::DataKind::Active { memory_index, .. }, Some(start)) => {
                for (start, bytes) in pieces(start, segment.data, cold, false) {
                    section.active(*memory_index, &place(start)?, bytes.iter().copied());
                }
            }
            (wasmparser::DataKind::Active { .. }, None) => return Err("data lies nowhere".into()),
        }
    }
    Ok(section)
}

/// The body of a function that nobody calls here.
fn nothing() -> Function {
    let mut function = Function::new([]);
    function.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
    function
}

/// Makes sure that the second half is there, and goes on in it.
fn passage(parts: &Parts, of_type: u32, sure: u32, table: u32, place: u32) -> Function {
    let mut function = Function::new([]);
    function.instruction(&Instruction::Call(sure));
    let parameters =
        usize::try_from(of_type).ok().and_then(|at| parts.types.get(at)).map_or(0, |t| t.0.len());
    for local in (0..).take(parameters) {
        function.instruction(&Instruction::LocalGet(local));
    }
    let place = i32::try_from(place).unwrap_or(i32::MAX);
    function.instruction(&Instruction::I32Const(place));
    function.instruction(&Instruction::CallIndirect { type_index: of_type, table_index: table });
    function.instruction(&Instruction::End);
    function
}

fn make_sure(loader: u32, is_there: u32) -> Function {
    let mut function = Function::new([]);
    for instruction in [
        Instruction::GlobalGet(is_there),
        Instruction::I32Eqz,
        Instruction::If(BlockType::Empty),
        Instruction::Call(loader),
        Instruction::I32Const(1),
        Instruction::GlobalSet(is_there),
        Instruction::End,
        Instruction::End,
    ] {
        function.instruction(&instruction);
    }
    function
}
