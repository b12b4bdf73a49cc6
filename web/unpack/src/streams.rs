//! A wasm module, sorted for packing: the parts of its instructions that resemble each other stand together.
//!
//! In a module each instruction's code is followed by its operands, so that hardly any two long pieces are alike.
//! Apart, the codes repeat in long runs, and numbers of locals, offsets and constants each keep to their own kind.
//! The order inside each stream is that of the module, so walking through the instructions puts it together again:
//! one walk serves both ways. (WebAssembly Core Specification 2.0, section 5, Binary Format.)

extern crate alloc;

use alloc::vec::Vec;

/// Instructions with what steers them; numbers of locals; offsets into memory; constants; the data; all the rest.
const STREAMS: usize = 6;
const CODE: usize = 0;
const LOCAL: usize = 1;
const OFFSET: usize = 2;
const CONSTANT: usize = 3;
const DATA: usize = 4;
const REST: usize = 5;

const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const CODE_SECTION: u8 = 10;
const DATA_SECTION: u8 = 11;

/// The streams of a module, after their lengths. Nothing if the module has instructions that are not known here.
#[must_use]
pub fn split(module: &[u8]) -> Option<Vec<u8>> {
    let mut mover =
        Mover { from: [module; STREAMS], to: [const { Vec::new() }; STREAMS], is_split: true, moved: 0 };
    mover.module(module.len())?;
    let lengths =
        mover.to.iter().map(|stream| u32::try_from(stream.len()).ok()).collect::<Option<Vec<u32>>>()?;
    let total = u32::try_from(module.len()).ok()?;
    let head = [total].into_iter().chain(lengths).flat_map(u32::to_le_bytes);
    Some(head.chain(mover.to.iter().flatten().copied()).collect())
}

/// The module whose streams these are.
#[must_use]
pub fn join(streams: &[u8]) -> Option<Vec<u8>> {
    let mut rest = streams;
    let total = number(&mut rest)?;
    let mut lengths = [0; STREAMS];
    for length in &mut lengths {
        *length = number(&mut rest)?;
    }
    let mut from: [&[u8]; STREAMS] = [&[]; STREAMS];
    for (stream, length) in from.iter_mut().zip(lengths) {
        (*stream, rest) = rest.split_at_checked(length)?;
    }
    let mut mover = Mover { from, to: [const { Vec::new() }; STREAMS], is_split: false, moved: 0 };
    mover.module(total)?;
    let [module, ..] = mover.to;
    Some(module)
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*head)).ok()
}

/// Moves bytes one by one: from the module (which stands in the first place) to the streams, or back.
struct Mover<'a> {
    from: [&'a [u8]; STREAMS],
    to: [Vec<u8>; STREAMS],
    is_split: bool,
    moved: usize,
}

impl Mover<'_> {
    fn byte(&mut self, stream: usize) -> Option<u8> {
        let (from, to) = if self.is_split { (0, stream) } else { (stream, 0) };
        let source = self.from.get_mut(from)?;
        let (byte, rest) = source.split_first()?;
        *source = rest;
        self.to.get_mut(to)?.push(*byte);
        self.moved += 1;
        Some(*byte)
    }

    fn bytes(&mut self, stream: usize, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.byte(stream).map(|_| ()))
    }

    /// A number of variable length (LEB128). What does not fit is cut: nobody counts that far.
    fn number(&mut self, stream: usize) -> Option<usize> {
        let (mut number, mut shift) = (0_usize, 0_u32);
        loop {
            let byte = self.byte(stream)?;
            number |= usize::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte < 0x80 {
                return Some(number);
            }
        }
    }

    fn numbers(&mut self, stream: usize, count: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.number(stream).map(|_| ()))
    }

    fn module(&mut self, length: usize) -> Option<()> {
        self.bytes(REST, 8)?;
        while self.moved < length {
            let section = self.byte(REST)?;
            let size = self.number(REST)?;
            match section {
                CODE_SECTION => {
                    let functions = self.number(REST)?;
                    (0..functions).try_for_each(|_| self.function())?;
                }
                DATA_SECTION => self.bytes(DATA, size)?,
                _ => self.bytes(REST, size)?,
            }
        }
        Some(())
    }

    /// Its size goes without saying: it ends where its block ends.
    fn function(&mut self) -> Option<()> {
        let start = self.to.first()?.len();
        if self.is_split {
            self.skip_number()?;
        }
        let before = self.moved;
        let groups = self.number(REST)?;
        self.numbers(REST, groups.checked_mul(2)?)?;
        let mut depth = 1_usize;
        while depth > 0 {
            depth = match self.instruction()? {
                BLOCK | LOOP | IF => depth + 1,
                END => depth - 1,
                _ => depth,
            };
        }
        if !self.is_split {
            let size = number_bytes(self.moved - before);
            self.moved += size.len();
            self.to.first_mut()?.splice(start..start, size);
        }
        Some(())
    }

    /// Leaves out a number of the module that can be told from the rest.
    fn skip_number(&mut self) -> Option<()> {
        let module = self.from.first_mut()?;
        let length = module.iter().position(|byte| *byte < 0x80)? + 1;
        *module = module.get(length..)?;
        self.moved += length;
        Some(())
    }

    /// Moves an instruction and says which.
    fn instruction(&mut self) -> Option<u8> {
        let code = self.byte(CODE)?;
        match code {
            // Blocks, branches, calls, globals, tables, the size of memory, references.
            BLOCK | LOOP | IF | 0x0c | 0x0d | 0x10 | 0x23..=0x26 | 0x3f | 0x40 | 0xd0 | 0xd2 => {
                self.numbers(CODE, 1)
            }
            // A table of branches, and its default.
            0x0e => {
                let labels = self.number(CODE)?;
                self.numbers(CODE, labels.checked_add(1)?)
            }
            0x11 => self.numbers(CODE, 2),
            // A choice between values of a named type.
            0x1c => {
                let types = self.number(CODE)?;
                self.numbers(CODE, types)
            }
            0x20..=0x22 => self.numbers(LOCAL, 1),
            // To and from memory: alignment, offset.
            0x28..=0x3e => {
                self.numbers(CODE, 1)?;
                self.numbers(OFFSET, 1)
            }
            0x41 | 0x42 => self.numbers(CONSTANT, 1),
            0x43 => self.bytes(CONSTANT, 4),
            0x44 => self.bytes(CONSTANT, 8),
            0xfc => match self.number(CODE)? {
                0..=7 => Some(()),
                9 | 11 | 13 | 15..=17 => self.numbers(CODE, 1),
                8 | 10 | 12 | 14 => self.numbers(CODE, 2),
                _ => None,
            },
            0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => Some(()),
            _ => None,
        }?;
        Some(code)
    }
}

/// A number in as few bytes as it takes (LEB128).
#[must_use]
pub fn number_bytes(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
