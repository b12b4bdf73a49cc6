//! The half that is fetched when it is needed.

use super::parts::{Parts, pieces};
use super::streams;
use super::{Cut, Result, base, place, said, shared};
use std::collections::BTreeMap;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, Elements, EntityType, ExportKind, FunctionSection,
    ImportSection, Module, TypeSection, ValType,
};

/// Numbers of the second half.
struct Renumber {
    functions: BTreeMap<u32, u32>,
}

impl Reencode for Renumber {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, number: u32) -> std::result::Result<u32, Error<Self::Error>> {
        Ok(self.functions.get(&number).copied().unwrap_or(u32::MAX))
    }
}

/// Builds it.
pub fn rest(parts: &Parts, cut: &Cut) -> Result<Vec<u8>> {
    let mut numbers = Renumber { functions: cut.lent.iter().chain(&cut.cold).copied().zip(0..).collect() };
    let mut types = TypeSection::new();
    for (parameters, results) in &parts.types {
        let mut encode = |of: &[wasmparser::ValType]| -> Result<Vec<ValType>> {
            of.iter().map(|of_type| numbers.val_type(*of_type).map_err(said)).collect()
        };
        let (parameters, results) = (encode(parameters)?, encode(results)?);
        types.ty().function(parameters, results);
    }
    let imports = imports(parts, cut, &mut numbers)?;
    let (table, base) = base(parts)?;
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for number in &cut.cold {
        functions.function(parts.type_of(*number).ok_or("a function has no type")?);
        let body = usize::try_from(*number).ok().and_then(|at| parts.bodies.get(at - parts.imports.len()));
        numbers
            .parse_function_body(&mut code, body.ok_or("a function has no body")?.clone())
            .map_err(said)?;
    }
    let mut filled = Vec::new();
    for number in cut.passages.keys() {
        filled.push(numbers.function_index(*number).map_err(said)?);
    }
    let mut elements = ElementSection::new();
    elements.active(Some(table), &place(base)?, Elements::Functions(filled.into()));
    let mut data = DataSection::new();
    for (start, bytes) in &parts.data {
        for (start, bytes) in pieces(*start, bytes, &cut.data, true) {
            data.active(0, &place(start)?, bytes.iter().copied());
        }
    }
    let mut out = Module::new();
    out.section(&types).section(&imports).section(&functions).section(&elements);
    out.section(&code).section(&data);
    Ok(out.finish())
}

/// Everything comes from the first half.
fn imports(parts: &Parts, cut: &Cut, numbers: &mut Renumber) -> Result<ImportSection> {
    let mut imports = ImportSection::new();
    for (name, kind, index) in shared(parts, cut) {
        let at = usize::try_from(index).map_err(said)?;
        let entity = match kind {
            ExportKind::Memory => {
                let memory = parts.memory.ok_or("the program has no memory")?;
                EntityType::Memory(numbers.memory_type(memory).map_err(said)?)
            }
            ExportKind::Table => {
                let table = parts.tables.get(at).ok_or("a table is missing")?;
                // It may have grown, and is larger by what is put in here.
                EntityType::Table(wasm_encoder::TableType {
                    maximum: None,
                    ..numbers.table_type(*table).map_err(said)?
                })
            }
            ExportKind::Global => {
                let global = parts.globals.get(at).ok_or("a global is missing")?;
                EntityType::Global(numbers.global_type(global.ty).map_err(said)?)
            }
            _ => EntityType::Function(parts.type_of(index).ok_or("a function has no type")?),
        };
        imports.import(streams::FIRST_HALF, &name, entity);
    }
    Ok(imports)
}
