//! A small module, cut in two.

use super::split;
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction,
    MemorySection, MemoryType, Module, NameMap, NameSection, RefType, TableSection, TableType, TypeSection,
    ValType,
};
use wasmparser::{Operator, Parser, Payload};

/// Functions: 0 `rest` (imported), 1 `hot` calls 2 and 3, 2 `cold::reads` calls 4 and 3, 3 `warm`, 4 `cold::helps`.
fn module() -> Vec<u8> {
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
    for calls in [[2, 3].as_slice(), &[4, 3], &[], &[]] {
        let mut function = Function::new([]);
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
    data.active(0, &ConstExpr::i32_const(100), *b"\x01cold{b\x01cold{text}cold\x01yz");
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
                    Operator::I32Const { value } => Some(format!("place {value}")),
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
fn marked_texts_travel_with_the_second_half() {
    let halves = split(&module(), "rest", &|name| name.starts_with("cold")).unwrap();
    let text = b"\x01cold{text}cold\x01";
    let left = [b"\x01cold{b".as_slice(), &vec![0; text.len()], b"yz"].concat();
    assert_eq!(read(&halves.first).1, BTreeMap::from([(100, left)]));
    assert_eq!(read(&halves.rest).1, BTreeMap::from([(107, text.to_vec())]));
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
