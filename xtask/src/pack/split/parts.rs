//! A module taken apart.

use super::{Result, said};
use std::collections::BTreeMap;
use std::ops::Range;
use wasm_encoder::RawSection;
use wasmparser::{
    CompositeInnerType, Data, DataKind, ElementItems, ElementKind, FunctionBody, Name, Operator, Parser,
    Payload, TypeRef,
};

/// A module taken apart.
#[derive(Default)]
pub struct Parts<'a> {
    /// Parameters and results.
    pub types: Vec<(Vec<wasmparser::ValType>, Vec<wasmparser::ValType>)>,
    /// Field names of imported functions.
    pub imports: Vec<&'a str>,
    /// The type of each function, imported ones first.
    pub functions: Vec<u32>,
    /// Tables.
    pub tables: Vec<wasmparser::TableType>,
    /// The memory.
    pub memory: Option<wasmparser::MemoryType>,
    /// Globals.
    pub globals: Vec<wasmparser::Global<'a>>,
    /// Exports.
    pub exports: Vec<wasmparser::Export<'a>>,
    /// Functions that stand in tables.
    pub in_tables: Vec<u32>,
    /// The table they stand in.
    pub table: Option<u32>,
    /// What functions do, imported ones left out.
    pub bodies: Vec<FunctionBody<'a>>,
    /// What lies in the memory at the beginning, and where.
    pub data: Vec<(u32, &'a [u8])>,
    /// Names of functions as the source has them.
    pub names: BTreeMap<u32, String>,
}

impl<'a> Parts<'a> {
    /// Reads a module that has its names.
    pub fn read(module: &'a [u8]) -> Result<Parts<'a>> {
        let mut parts = Parts::default();
        for payload in Parser::new(0).parse_all(module) {
            parts.take(payload.map_err(said)?).map_err(said)?;
        }
        Ok(parts)
    }

    fn take(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(types) => self.take_types(types)?,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(of_type) = import.ty {
                        self.imports.push(import.name);
                        self.functions.push(of_type);
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for of_type in functions {
                    self.functions.push(of_type?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memory = Some(memory?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.globals.push(global?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.exports.push(export?);
                }
            }
            Payload::ElementSection(elements) => self.take_elements(elements)?,
            Payload::DataSection(data) => {
                for segment in data {
                    let segment = segment?;
                    self.data.extend(address(&segment).map(|address| (address, segment.data)));
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) if section.name() == "name" => {
                if let wasmparser::KnownCustom::Name(names) = section.as_known() {
                    self.take_names(names)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_types(&mut self, types: wasmparser::TypeSectionReader<'a>) -> wasmparser::Result<()> {
        for group in types {
            for of_type in group?.into_types() {
                if let CompositeInnerType::Func(function) = &of_type.composite_type.inner {
                    self.types.push((function.params().to_vec(), function.results().to_vec()));
                }
            }
        }
        Ok(())
    }

    fn take_elements(&mut self, elements: wasmparser::ElementSectionReader<'a>) -> wasmparser::Result<()> {
        for element in elements {
            let element = element?;
            if let (ElementItems::Functions(functions), ElementKind::Active { table_index, .. }) =
                (element.items, element.kind)
            {
                self.table = Some(table_index.unwrap_or(0));
                for function in functions {
                    self.in_tables.push(function?);
                }
            }
        }
        Ok(())
    }

    fn take_names(&mut self, names: wasmparser::NameSectionReader<'a>) -> wasmparser::Result<()> {
        for name in names {
            if let Name::Function(functions) = name? {
                for function in functions {
                    let function = function?;
                    self.names.insert(function.index, plain(function.name));
                }
            }
        }
        Ok(())
    }

    /// Number of the function whose body this is.
    pub fn number(&self, body: usize) -> u32 {
        u32::try_from(self.imports.len() + body).unwrap_or(u32::MAX)
    }

    /// Number of a function's type.
    pub fn type_of(&self, function: u32) -> Option<u32> {
        self.functions.get(usize::try_from(function).ok()?).copied()
    }
}

/// Where a segment of data goes.
pub fn address(segment: &Data) -> Option<u32> {
    let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else { return None };
    match offset_expr.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => u32::try_from(value).ok(),
        _ => None,
    }
}

/// A section as it is in a module; nothing for what is no section.
pub fn as_it_is<'a>(module: &'a [u8], payload: &Payload) -> Result<Option<RawSection<'a>>> {
    let Some((id, range)) = payload.as_section() else { return Ok(None) };
    let (start, end) =
        (usize::try_from(range.start).map_err(said)?, usize::try_from(range.end).map_err(said)?);
    let data = module.get(start..end).ok_or("a section is cut off")?;
    Ok(Some(RawSection { id, data }))
}

/// The parts of a segment: those that lie in some ranges of the memory, or those that lie in none.
pub fn pieces<'a>(start: u32, data: &'a [u8], ranges: &[Range<u32>], inside: bool) -> Vec<(u32, &'a [u8])> {
    let end = start.saturating_add(u32::try_from(data.len()).unwrap_or(u32::MAX));
    let inner = ranges.iter().map(|range| range.start.clamp(start, end)..range.end.clamp(start, end));
    let inner: Vec<Range<u32>> = inner.filter(|range| !range.is_empty()).collect();
    let wanted = if inside {
        inner
    } else {
        let starts = [start].into_iter().chain(inner.iter().map(|range| range.end));
        let ends = inner.iter().map(|range| range.start).chain([end]);
        starts.zip(ends).map(|(from, to)| from..to).filter(|range| !range.is_empty()).collect()
    };
    let at = |address: u32| usize::try_from(address - start).unwrap_or(usize::MAX);
    wanted
        .into_iter()
        .filter_map(|range| Some((range.start, data.get(at(range.start)..at(range.end))?)))
        .collect()
}

/// A function's name as it is written in the source, without the hashes of crates (`core[d09c871fbe3756fd]`).
fn plain(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let mut plain = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        match after.split_once(']') {
            Some((hash, behind)) if !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                rest = behind
            }
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}
