//! A small module, cut in two.

use super::Halves;
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, Instruction, LinkingSection, MemorySection, MemoryType, Module, NameMap, NameSection,
    RefType, SymbolTable, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{Operator, Parser, Payload};

/// The first address of the data: five constants of 16 bytes. The second holds the address of the third.
const DATA: u32 = 100;
/// The numbers by which functions refer to constants: the first; the second; the fourth, counted from before the data.
const NUMBERS: [i32; 4] = [100, 116, 96, 116];

/// Cuts a module by the names of its functions.
fn split(module: &[u8], loader: &str, is_cold: &dyn Fn(&str) -> bool) -> super::Result<Halves> {
    super::split(module, &linked(), loader, is_cold)
}

/// The module as it came from the linker: with what refers to which constant.
fn linked() -> Vec<u8> {
    let mut module = module();
    let mut table = SymbolTable::new();
    for index in 0..5 {
        table.data(
            0,
            &format!("{index}"),
            Some(DataSymbolDefinition { index: 0, offset: 16 * index, size: 16 }),
        );
    }
    let mut linking = LinkingSection::new();
    linking.symbol_table(&table);
    let mut names = NameMap::new();
    names.append(0, ".rodata");
    let mut section = NameSection::new();
    section.data(&names);
    // Section, number of entries; each: kind (4: a number in a function, 5: an address in the data), place, constant,
    // and what is added to its address (-52 in the third). The data section begins with 7 bytes of its segment.
    let code = [8, 3, 4, 0, 0, 0, 4, 0, 1, 0, 4, 0, 3, 0x4c];
    let data = [9, 1, 5, 7 + 16, 2, 0];
    let mut sections = Module::new();
    sections.section(&linking).section(&section);
    for (name, bytes) in [("reloc.CODE", code.as_slice()), ("reloc.DATA", &data)] {
        sections.section(&CustomSection { name: name.into(), data: bytes.into() });
    }
    module.extend(sections.finish().split_off(8));
    module
}

/// Functions: 0 `rest` (imported), 1 `hot` calls 2 and 3, 2 `cold::reads` calls 4 and 3, 3 `warm`, 4 `cold::helps`.
pub fn module() -> Vec<u8> {
    module_of(30)
}

/// The same, with functions of about this length.
fn module_of(length: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("./x.js", "__wbg_rest_01", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    for _ in 0..4 {
        functions.function(1);
    }
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 2,
        maximum: Some(2),
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType { val_type: ValType::I32, mutable: true, shared: false },
        &ConstExpr::i32_const(7),
    );
    let mut exports = ExportSection::new();
    exports.export("hot", ExportKind::Func, 1);
    let mut elements = ElementSection::new();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions([4].as_slice().into()));
    let mut code = CodeSection::new();
    for (calls, number) in [[2, 3].as_slice(), &[4, 3], &[], &[]].into_iter().zip(NUMBERS) {
        let mut function = Function::new([]);
        function.instruction(&Instruction::I32Const(number)).instruction(&Instruction::Drop);
        function.instruction(&Instruction::LocalGet(0));
        for _ in 0..length {
            function.instruction(&Instruction::Nop);
        }
        for called in calls {
            function.instruction(&Instruction::Call(*called));
        }
        function.instruction(&Instruction::End);
        code.function(&function);
    }
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(DATA.cast_signed()), (0..80).map(|byte| byte + 1));
    let mut names = NameMap::new();
    for (number, name) in [(1, "hot"), (2, "cold::reads"), (3, "warm"), (4, "cold::helps")] {
        names.append(number, name);
    }
    let mut section = NameSection::new();
    section.functions(&names);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
    module
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&code)
        .section(&data)
        .section(&section);
    module.section(&CustomSection { name: "producers".into(), data: [].as_slice().into() });
    module.finish()
}

/// What each function of a module calls, and its data.
fn read(module: &[u8]) -> (Vec<Vec<String>>, BTreeMap<i32, Vec<u8>>) {
    let (mut calls, mut data) = (Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().unwrap().into_iter();
                let called = operators.filter_map(|operator| match operator.unwrap() {
                    Operator::Call { function_index } => Some(function_index.to_string()),
                    Operator::CallIndirect { type_index, .. } => Some(format!("by table, type {type_index}")),
                    Operator::I32Const { value } if value < 90 => Some(format!("place {value}")),
                    Operator::Unreachable => Some("nothing".into()),
                    _ => None,
                });
                calls.push(called.collect());
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment.unwrap();
                    let wasmparser::DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                    let Operator::I32Const { value } = offset_expr.get_operators_reader().read().unwrap()
                    else {
                        continue;
                    };
                    data.insert(value, segment.data.to_vec());
                }
            }
            _ => {}
        }
    }
    (calls, data)
}

#[test]
fn cold_functions_are_passages_in_the_first_half_and_whole_in_the_second() {
    let halves = split(&module(), "rest", &|name| name.starts_with("cold")).unwrap();
    let (first, _) = read(&halves.first);
    // `hot` as it was; two passages that make sure (function 5) and go through places 2 and 3; `warm`; function 5.
    assert_eq!(first[0], ["2", "3"]);
    assert_eq!(first[1], ["5", "place 2", "by table, type 1"]);
    assert_eq!(first[2], Vec::<String>::new());
    assert_eq!(first[3], ["5", "place 3", "by table, type 1"]);
    assert_eq!(first[4], ["0", "place 1"], "the loader is called once");
    // Imported: `warm` (0). Own: `cold::reads` (1) calls `cold::helps` (2) and `warm`.
    let (rest, _) = read(&halves.rest);
    assert_eq!(rest, [vec!["2".to_owned(), "0".to_owned()], vec![]]);
}

#[test]
fn a_cold_function_that_nobody_calls_from_outside_leaves_nothing_behind() {
    let halves = split(&module(), "rest", &|name| name == "warm" || name == "cold::reads").unwrap();
    assert_eq!(read(&halves.first).0[2], ["5", "place 3", "by table, type 1"], "hot calls warm");
    let halves =
        split(&module(), "rest", &|name| name == "cold::reads" || name == "warm" || name == "hot").unwrap();
    assert_eq!(read(&halves.first).0[1], ["nothing"], "only hot, cold itself, calls cold::reads");
}

#[test]
fn constants_that_only_cold_functions_reach_travel_with_them() {
    let halves = split(&module(), "rest", &|name| name.starts_with("cold")).unwrap();
    let bytes = |from: u8| (from..from + 16).collect::<Vec<u8>>();
    // The second is read by `cold::reads`, the third through it, the fifth by nobody.
    assert_eq!(read(&halves.first).1, BTreeMap::from([(100, bytes(1)), (148, bytes(49))]));
    let rest = BTreeMap::from([(116, [bytes(17), bytes(33)].concat()), (164, bytes(65))]);
    assert_eq!(read(&halves.rest).1, rest);
    // If everything is hot, all of it that is read stays.
    let halves = split(&module(), "rest", &|_| false).unwrap();
    assert_eq!(read(&halves.first).1, BTreeMap::from([(100, (1..65).collect())]));
}

#[test]
fn a_module_without_its_loader_is_refused() {
    assert!(split(&module(), "other", &|name| name.starts_with("cold")).is_err());
    assert!(split(b"nothing of the kind", "rest", &|_| true).is_err());
}

#[test]
fn a_function_shorter_than_a_passage_stays() {
    let halves = split(&module_of(1), "rest", &|name| name.starts_with("cold")).unwrap();
    assert_eq!(read(&halves.first).0[1], ["4", "3"]);
    assert_eq!(read(&halves.rest).0, Vec::<Vec<String>>::new());
}
