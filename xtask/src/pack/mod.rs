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
mod names;
/// What the unpacker undoes.
#[path = "../../../web/unpack/src/streams.rs"]
mod streams;

const UNPACKER: &str = "kafkascope_unpack";

/// Packs the page in `dist`. wasm-bindgen and wasm-opt are found in `path`.
pub fn pack(dist: &Path, path: &std::ffi::OsStr) -> Result {
    step("packing the page");
    let unpacker = unpacker(path)?;
    let name = program(dist)?;
    let script = format!("{name}.js");
    let module = format!("{name}_bg.wasm");
    let program = read(&dist.join(&module))?;
    let glue = text(&dist.join(&script))?;
    let short = names::shorten(&program, &glue);
    let (program, glue) = short.ok_or_else(|| format!("{module} imports more than functions"))?;
    let sorted = streams::split(&program).filter(|sorted| streams::join(sorted).as_ref() == Some(&program));
    let sorted = sorted.ok_or_else(|| format!("{module} has instructions that web/unpack does not know"))?;
    let packed = compress(&sorted).map_err(|error| format!("cannot pack {module}: {error}"))?;
    write(&dist.join(format!("{module}.lzma")), &packed)?;
    write(&dist.join(&script), glue.as_bytes())?;
    for (extension, bytes) in [(".js", &unpacker.script), ("_bg.wasm", &unpacker.module)] {
        write(&dist.join(format!("{}{extension}", unpacker.name)), bytes)?;
    }
    let index = dist.join("index.html");
    write(&index, rewrite(&text(&index)?, &name, &unpacker.name)?.as_bytes())?;
    fs::remove_file(dist.join(&module)).map_err(|error| format!("cannot remove {module}: {error}"))
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

/// The name that the page's program and its script share.
fn program(dist: &Path) -> Result<String> {
    let files = fs::read_dir(dist).map_err(|error| format!("cannot read {}: {error}", dist.display()))?;
    let mut names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let name = names.find_map(|name| name.strip_suffix("_bg.wasm").map(str::to_owned));
    name.ok_or_else(|| format!("{} holds no program", dist.display()))
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

/// The page that loads the packed program. `html` is what Trunk wrote. Its digests of files (`integrity`) go, since
/// the files have changed.
fn rewrite(html: &str, program: &str, unpacker: &str) -> Result<String> {
    let odd = |what: &str| format!("Trunk's index.html has changed: no {what} of {program}");
    let module = format!("'/{program}_bg.wasm'");
    let import = format!("from '/{program}.js';");
    let load = format!(
        "{import}\nimport prepare, {{ unpack }} from '/{unpacker}.js';\n\
         const loaded = fetch('/{program}_bg.wasm.lzma').then((answer) => answer.arrayBuffer());\n\
         await prepare({{ module_or_path: '/{unpacker}_bg.wasm' }});\n\
         const program = unpack(new Uint8Array(await loaded));\n\
         if (!program) throw new Error('the page was damaged on its way: reload it');"
    );
    let html = replace(html, &import, &load).ok_or_else(|| odd("script"))?;
    let html = replace(&html, &module, "program").ok_or_else(|| odd("start"))?;
    let script = |file: &str| format!("<link rel=\"modulepreload\" href=\"/{file}.js\">");
    let early = |file: &str| {
        format!("<link rel=\"preload\" href=\"/{file}\" crossorigin=\"anonymous\" as=\"fetch\">")
    };
    let scripts = script(program) + &script(unpacker);
    let html = replace_link(&html, &format!("/{program}.js"), &scripts).ok_or_else(|| odd("preload"))?;
    let data = early(&format!("{program}_bg.wasm.lzma")) + &early(&format!("{unpacker}_bg.wasm"));
    replace_link(&html, &format!("/{program}_bg.wasm"), &data).ok_or_else(|| odd("preload"))
}

fn replace(text: &str, old: &str, new: &str) -> Option<String> {
    let (before, after) = text.split_once(old)?;
    Some(format!("{before}{new}{after}"))
}

/// Puts something in the place of the `<link …>` to a file.
fn replace_link(html: &str, file: &str, new: &str) -> Option<String> {
    let links = html.match_indices("<link ").filter_map(|(start, _)| {
        let end = start + html.get(start..)?.find('>')? + 1;
        let tag = html.get(start..end)?;
        // The name may stand between quotation marks or between spaces.
        let (_, after) = tag.split_once(file)?;
        after.starts_with(['"', ' ', '>']).then_some((start, end))
    });
    let (start, end) = links.last()?;
    Some(format!("{}{new}{}", html.get(..start)?, html.get(end..)?))
}

fn text(path: &PathBuf) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| format!("{}: {error}", path.display()))
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

    const TRUNK: &str = "<head><script type=module>import init from '/a.js';\n\
        await init({ module_or_path: '/a_bg.wasm' });</script>\
        <link crossorigin href=/a.js integrity=x rel=modulepreload>\
        <link rel=\"preload\" href=\"/a_bg.wasm\" as=\"fetch\" integrity=\"x\"></head>";

    #[test]
    fn the_page_loads_only_the_packed_program() {
        let html = rewrite(TRUNK, "a", "unpack-1").unwrap();
        assert!(!html.contains("a_bg.wasm'") && !html.contains("a_bg.wasm\""), "{html}");
        assert!(html.contains("module_or_path: program }"), "{html}");
        assert_eq!(html.matches("/a_bg.wasm.lzma").count(), 2, "{html}");
        assert_eq!(html.matches("/a.js").count(), 2, "{html}");
        assert!(!html.contains("integrity"), "{html}");
    }

    #[test]
    fn another_page_is_refused() {
        assert!(rewrite("<head></head>", "a", "unpack-1").is_err());
        assert!(rewrite(TRUNK, "b", "unpack-1").is_err());
    }

    #[test]
    fn the_page_is_optimised_for_the_same_features() {
        let html = fs::read_to_string(crate::root().join("web").join("index.html")).unwrap();
        assert!(html.contains(&WASM_FEATURES.join(" ")), "web/index.html names others");
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
