//! Packs the built page. Its program is one large wasm module. Sorted into streams and packed as `.lzma` it is a
//! quarter less than with the gzip that every browser and server speak. So the page brings a small module of its
//! own (`web/unpack`) that unpacks the large one: a twentieth of a second of work for much less to wait for.
//!
//! `trunk build` alone leaves the program as it is: both pages show the same.

use crate::process::{self, step};
use crate::{Result, versions};
use lzma_rust2::{LzmaOptions, LzmaWriter};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The features that rustc's output uses; the same as in `web/index.html`.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
/// What the unpacker undoes.
#[path = "../../web/unpack/src/streams.rs"]
mod streams;

const UNPACKER: &str = "kafkascope_unpack";

/// Packs the page in `dist`. wasm-bindgen and wasm-opt are found in `path`.
pub fn pack(dist: &Path, path: &std::ffi::OsStr) -> Result {
    step("packing the page");
    let unpacker = unpacker(path)?;
    let name = program(dist)?;
    let program = read(&dist.join(&name))?;
    let sorted = streams::split(&program).filter(|sorted| streams::join(sorted).as_ref() == Some(&program));
    let sorted = sorted.ok_or_else(|| format!("{name} has instructions that web/unpack does not know"))?;
    let packed = compress(&sorted).map_err(|error| format!("cannot pack {name}: {error}"))?;
    write(&dist.join(format!("{name}.lzma")), &packed)?;
    for (extension, bytes) in [(".js", &unpacker.script), ("_bg.wasm", &unpacker.module)] {
        write(&dist.join(format!("{}{extension}", unpacker.name)), bytes)?;
    }
    let index = dist.join("index.html");
    let html = String::from_utf8(read(&index)?).map_err(|error| error.to_string())?;
    write(&index, rewrite(&html, &name, &unpacker.name)?.as_bytes())?;
    fs::remove_file(dist.join(&name)).map_err(|error| format!("cannot remove {name}: {error}"))
}

/// The module that unpacks, and the script around it.
struct Unpacker {
    name: String,
    script: Vec<u8>,
    module: Vec<u8>,
}

fn unpacker(path: &std::ffi::OsStr) -> Result<Unpacker> {
    let target = process::target_folder();
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "--package", "kafkascope-unpack", "--profile", "wasm-release"]);
    cargo.args(["--target", versions::WASM_TARGET, "--target-dir"]).arg(&target);
    process::run(&mut cargo)?;
    let built = target.join(versions::WASM_TARGET).join("wasm-release").join(format!("{UNPACKER}.wasm"));
    let out = target.join("unpack");
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.env("PATH", path).args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&out).arg(built);
    process::run(&mut bindgen)?;
    let module = out.join(format!("{UNPACKER}_bg.wasm"));
    let mut optimise = Command::new("wasm-opt");
    optimise.env("PATH", path).args(["-Oz", "--strip-debug", "--strip-producers"]).args(WASM_FEATURES);
    // Without wasm-opt it is a little larger, which has been said already.
    process::output(optimise.arg(&module).arg("-o").arg(&module));
    let (script, module) = (read(&out.join(format!("{UNPACKER}.js")))?, read(&module)?);
    let mut digest = DefaultHasher::new();
    digest.write(&script);
    digest.write(&module);
    Ok(Unpacker { name: format!("unpack-{:016x}", digest.finish()), script, module })
}

/// The file that holds the page's program.
fn program(dist: &Path) -> Result<String> {
    let files = fs::read_dir(dist).map_err(|error| format!("cannot read {}: {error}", dist.display()))?;
    let mut names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    names
        .find(|name| name.ends_with("_bg.wasm"))
        .ok_or_else(|| format!("{} holds no program", dist.display()))
}

/// The `.lzma` format, set for what wasm is: bytes that are not aligned to anything.
fn compress(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut options = LzmaOptions::with_preset(9);
    options.dict_size =
        u32::try_from(program.len()).unwrap_or(u32::MAX).next_power_of_two().clamp(1 << 16, 1 << 26);
    (options.lc, options.lp, options.pb) = (3, 0, 0);
    options.nice_len = LzmaOptions::NICE_LEN_MAX;
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, Some(program.len() as u64))?;
    writer.write_all(program)?;
    writer.finish()
}

/// The page that loads the packed program. `html` is what Trunk wrote.
fn rewrite(html: &str, program: &str, unpacker: &str) -> Result<String> {
    let odd = |what: &str| format!("Trunk's index.html has changed: no {what} of {program}");
    let module = format!("'/{program}'");
    let (before, after) = html.split_once(&module).ok_or_else(|| odd("start"))?;
    let (head, script) = before.rsplit_once("<script type=\"module\">").ok_or_else(|| odd("script"))?;
    let load = format!(
        "<script type=\"module\">\nimport prepare, {{ unpack }} from '/{unpacker}.js';\n\
         const loaded = fetch('/{program}.lzma').then((answer) => answer.arrayBuffer());\n\
         await prepare({{ module_or_path: '/{unpacker}_bg.wasm' }});\n\
         const program = unpack(new Uint8Array(await loaded));\n\
         if (!program) throw new Error('the page was damaged on its way: reload it');"
    );
    let html = format!("{head}{load}{script}program{after}");
    let link = format!("<link rel=\"preload\" href=\"/{program}\"");
    let (before, after) = html.split_once(&link).ok_or_else(|| odd("preload"))?;
    let (_, after) = after.split_once('>').ok_or_else(|| odd("preload"))?;
    let early = |file: &str| {
        format!("<link rel=\"preload\" href=\"/{file}\" crossorigin=\"anonymous\" as=\"fetch\">")
    };
    Ok(format!(
        "{before}<link rel=\"modulepreload\" href=\"/{unpacker}.js\">{}{}{after}",
        early(&format!("{program}.lzma")),
        early(&format!("{unpacker}_bg.wasm")),
    ))
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result {
    fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lzma_rust2::LzmaReader;
    use std::io::Read;

    const TRUNK: &str = "<head><script type=\"module\">\nimport init from '/a.js';\n\
        await init({ module_or_path: '/a_bg.wasm' });</script>\
        <link rel=\"preload\" href=\"/a_bg.wasm\" as=\"fetch\" integrity=\"x\"></head>";

    #[test]
    fn the_page_loads_only_the_packed_program() {
        let html = rewrite(TRUNK, "a_bg.wasm", "unpack-1").unwrap();
        assert!(!html.contains("a_bg.wasm'") && !html.contains("a_bg.wasm\""), "{html}");
        assert!(html.contains("module_or_path: program }"), "{html}");
        assert_eq!(html.matches("/a_bg.wasm.lzma").count(), 2, "{html}");
        assert!(!html.contains("integrity"), "{html}");
    }

    #[test]
    fn another_page_is_refused() {
        assert!(rewrite("<head></head>", "a_bg.wasm", "unpack-1").is_err());
        assert!(rewrite(TRUNK, "b_bg.wasm", "unpack-1").is_err());
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let program: Vec<u8> = (0u32..100_000).flat_map(|n| (n % 977).to_le_bytes()).collect();
        let packed = compress(&program).unwrap();
        assert!(packed.len() < program.len() / 10);
        let mut unpacked = Vec::new();
        LzmaReader::new_mem_limit(&packed[..], u32::MAX, None).unwrap().read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, program);
    }
}
