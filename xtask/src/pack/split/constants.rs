//! Constants that only the second half needs: texts and tables that no function of the first can reach.
//!
//! In a finished program an address is a number like any other. So the linker is asked to leave in its output which
//! constants there are and what refers to them (`web/build.rs`; sections "linking" and "reloc" of
//! <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>). What comes after it, wasm-bindgen and
//! wasm-opt, changes functions but leaves constants where they are.

use super::parts::{Parts, address};
use super::{Cut, Result, said};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Range;
use wasm_encoder::reencode::{Error, Reencode};
use wasmparser::{
    CustomSectionReader, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocSectionReader,
    RelocationType, SymbolInfo,
};

/// What the linker tells about constants.
#[derive(Default)]
pub struct Constants {
    /// Where each lies, by the number that the linker gave it; nothing for what is no constant.
    places: Vec<Option<Range<u32>>>,
    /// Which number in a function means which constant: its address, or one a little beside it.
    meant: BTreeMap<u32, BTreeSet<usize>>,
    /// Where in the memory there is the address of another constant, and of which.
    pointers: BTreeMap<u32, usize>,
    /// Memory that is never written to.
    fixed: Vec<Range<u32>>,
}

/// A segment of the linked program: where its bytes are in the file, and in the memory.
struct Segment {
    file: usize,
    memory: Range<u32>,
}

impl Constants {
    /// Reads the program as it was linked.
    pub fn read(module: &[u8]) -> Result<Constants> {
        let mut constants = Constants::default();
        let mut segments = Vec::new();
        let (mut data, mut section, mut data_section) = (0, 0, None);
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.map_err(said)?;
            match &payload {
                Payload::DataSection(reader) => {
                    data = usize::try_from(reader.range().start).map_err(said)?;
                    data_section = Some(section);
                    for segment in reader.clone() {
                        let segment = segment.map_err(said)?;
                        let start = address(&segment).unwrap_or(0);
                        let length = u32::try_from(segment.data.len()).map_err(said)?;
                        let file = usize::try_from(segment.range.end).map_err(said)? - segment.data.len();
                        segments.push(Segment { file, memory: start..start.saturating_add(length) });
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Linking(linking) => constants.take_symbols(&linking, &segments)?,
                    KnownCustom::Reloc(relocations) => {
                        let is_data = Some(relocations.section_index()) == data_section;
                        constants.take_references(&relocations, is_data.then_some(data), &segments)?;
                    }
                    _ => constants.take_fixed(custom, &segments)?,
                },
                _ => {}
            }
            // The linker counts sections as they come.
            section += u32::from(payload.as_section().is_some());
        }
        Ok(constants)
    }

    fn take_symbols(&mut self, linking: &wasmparser::LinkingSectionReader, segments: &[Segment]) -> Result {
        for part in linking.subsections() {
            let Linking::SymbolTable(symbols) = part.map_err(said)? else { continue };
            for symbol in symbols {
                let place = match symbol.map_err(said)? {
                    SymbolInfo::Data { symbol: Some(data), .. } => {
                        let segment = usize::try_from(data.index).ok().and_then(|at| segments.get(at));
                        segment.map(|segment| {
                            let start = segment.memory.start.saturating_add(data.offset);
                            start..start.saturating_add(data.size)
                        })
                    }
                    _ => None,
                };
                self.places.push(place);
            }
        }
        Ok(())
    }

    /// References in functions, or in the data section that begins at `data`.
    fn take_references(
        &mut self,
        relocations: &RelocSectionReader,
        data: Option<usize>,
        segments: &[Segment],
    ) -> Result {
        for entry in relocations.entries() {
            let entry = entry.map_err(said)?;
            let constant = usize::try_from(entry.index).map_err(said)?;
            let is_address = matches!(
                entry.ty,
                RelocationType::MemoryAddrLeb
                    | RelocationType::MemoryAddrSleb
                    | RelocationType::MemoryAddrI32
            );
            let Some(Some(place)) = self.places.get(constant).filter(|_| is_address) else { continue };
            match data {
                Some(data) => {
                    let at = data + usize::try_from(entry.offset).map_err(said)?;
                    let holder = segments.iter().rev().find(|segment| segment.file <= at);
                    let holder = holder.ok_or("a reference lies outside of the data")?;
                    let at = u32::try_from(at - holder.file).map_err(said)?;
                    self.pointers.insert(holder.memory.start.saturating_add(at), constant);
                }
                None => {
                    let number = i64::from(place.start) + entry.addend;
                    if let Ok(number) = u32::try_from(number) {
                        self.meant.entry(number).or_default().insert(constant);
                    }
                }
            }
        }
        Ok(())
    }

    /// Segments whose name says that nothing is written to them.
    fn take_fixed(&mut self, custom: &CustomSectionReader, segments: &[Segment]) -> Result {
        let KnownCustom::Name(names) = custom.as_known() else { return Ok(()) };
        for name in names {
            let Name::Data(data) = name.map_err(said)? else { continue };
            for name in data {
                let name = name.map_err(said)?;
                let segment = usize::try_from(name.index).ok().and_then(|at| segments.get(at));
                self.fixed
                    .extend(segment.filter(|_| name.name.starts_with(".rodata")).map(|s| s.memory.clone()));
            }
        }
        Ok(())
    }

    /// The memory whose contents only the second half needs, in order.
    pub fn only_cold(&self, parts: &Parts, cut: &Cut) -> Result<Vec<Range<u32>>> {
        let (mut hot, mut cold) = (Numbers::default(), Numbers::default());
        for (body, number) in parts.bodies.iter().zip((0..).map(|body| parts.number(body))) {
            let numbers = if cut.cold.contains(&number) { &mut cold } else { &mut hot };
            let mut unused = wasm_encoder::CodeSection::new();
            numbers.parse_function_body(&mut unused, body.clone()).map_err(said)?;
        }
        let ordered: BTreeSet<(u32, u32, usize)> = self
            .places
            .iter()
            .enumerate()
            .filter_map(|(at, place)| place.as_ref().map(|place| (place.start, place.end, at)))
            .collect();
        let of = |numbers: &Numbers| -> BTreeSet<usize> {
            numbers.0.iter().flat_map(|number| self.meant_by(*number, &ordered)).collect()
        };
        let (mut needed, waiting) = (of(&hot), of(&cold));
        // What functions refer to, but no longer by a number that we know, stays.
        let named = self.meant.values().flatten();
        needed.extend(named.filter(|constant| !waiting.contains(constant)));
        let mut open: Vec<usize> = needed.iter().copied().collect();
        while let Some(constant) = open.pop() {
            let Some(Some(place)) = self.places.get(constant) else { continue };
            for (_, other) in self.pointers.range(place.clone()) {
                if needed.insert(*other) {
                    open.push(*other);
                }
            }
        }
        Ok(self.without(&needed))
    }

    /// The constants that a number in a function may stand for.
    fn meant_by(&self, number: u32, ordered: &BTreeSet<(u32, u32, usize)>) -> Vec<usize> {
        let mut found: Vec<usize> = self.meant.get(&number).into_iter().flatten().copied().collect();
        // Constants lie one inside another at most a few deep.
        let before = ordered.range(..=(number, u32::MAX, usize::MAX)).rev().take(64);
        found.extend(before.filter(|(_, end, _)| number < *end).map(|(.., constant)| *constant));
        found
    }

    /// All constants in memory that is never written to, without those that are needed.
    fn without(&self, needed: &BTreeSet<usize>) -> Vec<Range<u32>> {
        let end = self.places.iter().flatten().map(|place| place.end).max().unwrap_or(0);
        let mut waits = vec![false; usize::try_from(end).unwrap_or(0)];
        let mut mark = |place: &Range<u32>, value: bool| {
            let (start, end) = (usize::try_from(place.start), usize::try_from(place.end));
            if let Some(bytes) = waits.get_mut(start.unwrap_or(0)..end.unwrap_or(0)) {
                bytes.fill(value);
            }
        };
        let is_fixed = |place: &&Range<u32>| {
            self.fixed.iter().any(|fixed| fixed.start <= place.start && place.end <= fixed.end)
        };
        self.places.iter().flatten().filter(is_fixed).for_each(|place| mark(place, true));
        needed.iter().filter_map(|at| self.places.get(*at)?.as_ref()).for_each(|place| mark(place, false));
        ranges(&waits)
    }
}

/// A hole shorter than this costs more than the bytes in it.
const SHORT: usize = 12;

/// The longer runs of what waits.
fn ranges(waits: &[bool]) -> Vec<Range<u32>> {
    let mut all: Vec<Range<u32>> = Vec::new();
    let mut from = 0;
    for run in waits.chunk_by(|a, b| a == b) {
        let to = from + run.len();
        if run.first() == Some(&true)
            && run.len() >= SHORT
            && let (Ok(start), Ok(end)) = (u32::try_from(from), u32::try_from(to))
        {
            all.push(start..end);
        }
        from = to;
    }
    all
}

/// Numbers in functions that may be addresses.
#[derive(Default)]
struct Numbers(BTreeSet<u32>);

impl Reencode for Numbers {
    type Error = Infallible;

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> std::result::Result<wasm_encoder::Instruction<'a>, Error<Infallible>> {
        if let Operator::I32Const { value } = operator {
            self.0.extend(u32::try_from(value));
        }
        wasm_encoder::reencode::utils::instruction(self, operator)
    }

    fn mem_arg(
        &mut self,
        place: wasmparser::MemArg,
    ) -> std::result::Result<wasm_encoder::MemArg, Error<Infallible>> {
        self.0.extend(u32::try_from(place.offset));
        wasm_encoder::reencode::utils::mem_arg(self, place)
    }
}
