//! A wasm module, sorted for packing: the parts of its instructions that resemble each other stand together.
//!
//! In a module each instruction's code is followed by its operands, so that hardly any two long pieces are alike.
//! Apart, the codes repeat in long runs, and numbers of locals, offsets and constants each keep to their own kind.
//! The order inside each stream is that of the module, so walking through the instructions puts it together again:
//! one walk serves both ways. (WebAssembly Core Specification 2.0, section 5, Binary Format.)

/// Instructions with what steers them; locals that are read and that are written; offsets of loads and of stores;
/// constants; addresses of data; the data; all the rest.
pub const STREAMS: usize = 9;
pub(crate) const CODE: usize = 0;
const READ: usize = 1;
const WRITTEN: usize = 2;
const LOAD: usize = 3;
const STORE: usize = 4;
const CONSTANT: usize = 5;
const ADDRESS: usize = 6;
const DATA: usize = 7;
const REST: usize = 8;

const BLOCK: u8 = 0x02;
const LOOP: u8 = 0x03;
const IF: u8 = 0x04;
const END: u8 = 0x0b;
const NUMBER: u8 = 0x41;
/// In the stream of instructions: a number of so many bytes that it will be an address. No instruction has this code.
const FAR_NUMBER: u8 = 0xe0;
const FAR: usize = 4;
const IMPORT_SECTION: u8 = 2;
const EXPORT_SECTION: u8 = 7;
const CODE_SECTION: u8 = 10;
const DATA_SECTION: u8 = 11;

/// The streams of a module. Nothing if the module has instructions that are not known here.
#[must_use]
pub fn split(module: &[u8]) -> Option<[Vec<u8>; STREAMS]> {
    let mut mover =
        Mover { from: [module; STREAMS], to: [const { Vec::new() }; STREAMS], is_split: true, moved: 0 };
    mover.module(module.len())?;
    Some(mover.to)
}

/// The module of this length whose streams these are.
#[must_use]
pub fn join(streams: [&[u8]; STREAMS], length: usize) -> Option<Vec<u8>> {
    let mut mover = Mover { from: streams, to: [const { Vec::new() }; STREAMS], is_split: false, moved: 0 };
    mover.module(length)?;
    let [module, ..] = mover.to;
    Some(module)
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

    /// The code of an instruction. A number that will be an address has one of its own in the stream.
    fn code(&mut self) -> Option<u8> {
        let code = self.byte(CODE)?;
        let is_far = if self.is_split {
            let next = self.from.first()?.get(..FAR - 1);
            code == NUMBER && next.is_some_and(|bytes| bytes.iter().all(|byte| *byte >= 0x80))
        } else {
            code == FAR_NUMBER
        };
        if is_far {
            let (to, written) = if self.is_split { (CODE, FAR_NUMBER) } else { (0, NUMBER) };
            *self.to.get_mut(to)?.last_mut()? = written;
            return Some(FAR_NUMBER);
        }
        (code != FAR_NUMBER).then_some(code)
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
                IMPORT_SECTION => self.imports(size)?,
                EXPORT_SECTION => self.exports()?,
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

    /// What the second half of a program imports is named in order (see [`shared_name`]): such names go without saying,
    /// an empty one stands for each.
    fn imports(&mut self, size: usize) -> Option<()> {
        let end = self.moved + size;
        let count = self.number(REST)?;
        for number in 0..count {
            self.name(FIRST_HALF)?;
            self.name(&shared_name(number))?;
            let kind = self.byte(REST)?;
            match kind {
                // A function, of a type.
                0 => self.numbers(REST, 1)?,
                // A table, a memory: with limits.
                1 | 2 => {
                    let limits = if kind == 1 { 2 } else { 1 };
                    let flags = (0..limits).try_fold(0, |_, _| self.byte(REST))?;
                    self.numbers(REST, 1 + usize::from(flags & 1))?;
                }
                // A global, of a type.
                3 => self.bytes(REST, 2)?,
                _ => return None,
            }
        }
        (self.moved == end).then_some(())
    }

    /// What the first half exports for the second has the same names, and functions come in their order: only the
    /// distance from one to the next is kept.
    fn exports(&mut self) -> Option<()> {
        let count = self.number(REST)?;
        let (mut shared, mut last) = (0, 0);
        for _ in 0..count {
            let is_shared = self.name(&shared_name(shared))?;
            let kind = self.byte(REST)?;
            if is_shared && kind == 0 {
                last = self.step_from(last)?;
            } else {
                self.numbers(REST, 1)?;
            }
            shared += usize::from(is_shared);
        }
        Some(())
    }

    /// Moves a name, and says whether it is the expected one, which is left out.
    fn name(&mut self, expected: &str) -> Option<bool> {
        let bytes = expected.as_bytes();
        let length = u8::try_from(bytes.len()).ok()?;
        let next = *self.from.get(if self.is_split { 0 } else { REST })?;
        let is_expected = if self.is_split {
            next.split_first().is_some_and(|(first, rest)| *first == length && rest.starts_with(bytes))
        } else {
            next.first() == Some(&0)
        };
        if !is_expected {
            let length = self.number(REST)?;
            // An empty name would be taken for an expected one.
            return if length == 0 { None } else { self.bytes(REST, length).map(|()| false) };
        }
        let (from, taken) = if self.is_split { (0, bytes.len() + 1) } else { (REST, 1) };
        let source = self.from.get_mut(from)?;
        *source = source.get(taken..)?;
        if self.is_split {
            self.to.get_mut(REST)?.push(0);
        } else {
            let module = self.to.first_mut()?;
            module.push(length);
            module.extend(bytes);
        }
        self.moved += bytes.len() + 1;
        Some(true)
    }

    /// Moves a number that is kept as its distance from the last one.
    fn step_from(&mut self, last: usize) -> Option<usize> {
        let (from, to) = if self.is_split { (0, REST) } else { (REST, 0) };
        let (number, length) = read_number(self.from.get(from)?)?;
        let source = self.from.get_mut(from)?;
        *source = source.get(length..)?;
        let (written, here) = if self.is_split {
            (number.checked_sub(last)?, number)
        } else {
            (last.checked_add(number)?, last + number)
        };
        self.to.get_mut(to)?.extend(number_bytes(written));
        self.moved += number_bytes(here).len();
        Some(here)
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
        let code = self.code()?;
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
            0x20 => self.numbers(READ, 1),
            0x21 | 0x22 => self.numbers(WRITTEN, 1),
            // To and from memory: alignment, offset.
            0x28..=0x3e => {
                self.numbers(CODE, 1)?;
                self.numbers(if code < 0x36 { LOAD } else { STORE }, 1)
            }
            NUMBER | 0x42 => self.numbers(CONSTANT, 1),
            FAR_NUMBER => self.numbers(ADDRESS, 1),
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

/// The module that the second half of a program imports from.
pub const FIRST_HALF: &str = "a";

/// The name by which the second half of a program knows what the first half shares, counted from 0.
#[must_use]
pub fn shared_name(mut number: usize) -> String {
    let mut name = String::from("$");
    loop {
        name.insert(1, char::from(b'a' + (number % 26) as u8));
        match (number / 26).checked_sub(1) {
            Some(next) => number = next,
            None => return name,
        }
    }
}

/// A number at the beginning of these bytes (LEB128), and how many it takes.
fn read_number(bytes: &[u8]) -> Option<(usize, usize)> {
    let (mut number, mut length) = (0_usize, 0_usize);
    loop {
        let byte = *bytes.get(length)?;
        number |= usize::from(byte & 0x7f).checked_shl(u32::try_from(7 * length).ok()?)?;
        length += 1;
        if byte < 0x80 {
            return Some((number, length));
        }
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
