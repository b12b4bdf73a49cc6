//! Packs the built page. Its program is one large wasm module. Sorted into streams and packed by a
//! model of what comes next it is a third less than with the gzip that every browser and server speak. So the page brings a small module of its
//! own (`web/unpack`) that unpacks the large one: a twentieth of a second of work for much less to wait for.
//!
//! `trunk build` alone leaves the program as it is: both pages show the same.

use crate::process::{self, step};
use crate::{Result, versions};
use ppmd_rust::Ppmd7Encoder;
use std::collections::BTreeMap;
use std::ffi::OsStr;
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
mod cold;
mod names;
/// How the unpacker undoes it.
#[path = "../../../web/unpack/src/packed.rs"]
mod packed;
mod split;
#[path = "../../../web/unpack/src/streams.rs"]
mod streams;
mod watched;

/// The function of the page's script that brings the second half (`load.js`).
const LOADER: &str = "kafkascopeRest";
/// How the file of the second half ends.
pub const REST: &str = "_rest.ppmd";

/// The package that undoes it.
pub const UNPACKER: &str = "kafkascope-unpack";

/// Packs the page in `dist`. wasm-bindgen and wasm-opt are found in `path`.
pub fn pack(dist: &Path, path: &OsStr, settings: &[(&str, &str)]) -> Result {
    step("packing the page");
    let unpacker = unpacker(path, settings)?;
    let name = program(dist)?;
    let script = format!("{name}.js");
    let module = format!("{name}_bg.wasm");
    let program = read(&dist.join(&module))?;
    let glue = text(&dist.join(&script))?;
    let halves = split::split(&program, &read(&linked())?, LOADER, &cold::is_cold)?;
    let short = names::shorten(&halves.first, &glue);
    let (program, glue) = short.ok_or_else(|| format!("{module} imports more than functions"))?;
    let glue = exposed(&glue)?;
    for (half, file) in [(&program, format!("{module}.ppmd")), (&halves.rest, format!("{name}{REST}"))] {
        let packed = compress(half).filter(|packed| packed::unpack(packed).as_ref() == Some(half));
        let packed =
            packed.ok_or_else(|| format!("{module} has instructions that web/unpack does not know"))?;
        write(&dist.join(file), &packed)?;
    }
    write(&dist.join(&script), glue.as_bytes())?;
    for (extension, bytes) in [(".js", &unpacker.script), ("_bg.wasm", &unpacker.module)] {
        write(&dist.join(format!("{}{extension}", unpacker.name)), bytes)?;
    }
    let index = dist.join("index.html");
    write(&index, rewrite(&text(&index)?, &name, &unpacker.name)?.as_bytes())?;
    fs::remove_file(dist.join(&module)).map_err(|error| format!("cannot remove {module}: {error}"))
}

/// Makes of the page in `dist` one that notes which of its functions are called, for so many frames at the pace of the
/// wall clock and so many that are a tenth of a second long.
pub fn watch(dist: &Path, slow: u32, fast: u32) -> Result<Vec<u8>> {
    let name = program(dist)?;
    let (script, module) = (dist.join(format!("{name}.js")), dist.join(format!("{name}_bg.wasm")));
    let whole = read(&module)?;
    write(&module, &watched::watched(&whole)?)?;
    write(&script, exposed(&text(&script)?)?.as_bytes())?;
    let watch =
        include_str!("watch.js").replace("SLOW", &slow.to_string()).replace("FAST", &fast.to_string());
    let watch = format!("<script>{}</script><title>", watch.replace("NOTE", watched::NOTE));
    let index = dist.join("index.html");
    // The digests of files that have changed go.
    let html = without_digests(&text(&index)?);
    write(&index, replace(&html, "<title>", &watch).ok_or("the page has no title")?.as_bytes())?;
    Ok(whole)
}

/// Writes down what was called: modules of which something was, and the functions of these that were not. `page` is
/// what the browser shows of a page made by [`watch`] of the program `whole`.
pub fn remember(whole: &[u8], pages: &[String]) -> Result {
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    for page in pages {
        // The script has these words, too, but stands above.
        let notes = page.rsplit_once("watched: ").and_then(|(_, after)| after.split_once(" ."));
        let (notes, _) = notes.ok_or("the page did not come to its end")?;
        for (name, called) in watched::called(whole, notes)? {
            *names.entry(name).or_default() |= called;
        }
    }
    let (warm, seldom) = cold::lists(&names);
    let folder = crate::root().join("xtask").join("src").join("pack");
    write(&folder.join("warm.txt"), warm.as_bytes())?;
    write(&folder.join("seldom.txt"), seldom.as_bytes())?;
    let called = names.values().filter(|called| **called).count();
    eprintln!("{called} of {} functions were called", names.len());
    Ok(())
}

/// The script with what the program exports put where everybody can find it.
fn exposed(glue: &str) -> Result<String> {
    replace(glue, "wasm = instance.exports", "wasm = globalThis.kafkascope = instance.exports")
        .ok_or_else(|| "wasm-bindgen's script has changed: it does not keep the exports".into())
}

/// A page without what would make a browser refuse its changed files.
fn without_digests(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(" integrity=") {
        out.push_str(before);
        let end = match after.strip_prefix('"') {
            Some(inside) => inside.find('"').map(|at| at + 2),
            None => after.find([' ', '>']),
        };
        rest = after.get(end.unwrap_or(0)..).unwrap_or_default();
    }
    out + rest
}

/// The module that unpacks, and the script around it.
struct Unpacker {
    name: String,
    script: Vec<u8>,
    module: Vec<u8>,
}

fn unpacker(path: &OsStr, settings: &[(&str, &str)]) -> Result<Unpacker> {
    let target = process::target_folder();
    let crate_name = UNPACKER.replace('-', "_");
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "--package", UNPACKER, "--profile", "wasm-release"]);
    cargo.args(["--target", versions::WASM_TARGET, "--target-dir"]).arg(&target);
    cargo.envs(settings.iter().copied());
    process::run(&mut cargo)?;
    let built = target.join(versions::WASM_TARGET).join("wasm-release").join(format!("{crate_name}.wasm"));
    let out = target.join("unpack");
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen.env("PATH", path).args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&out).arg(built);
    process::run(&mut bindgen)?;
    let module = out.join(format!("{crate_name}_bg.wasm"));
    let mut optimise = Command::new("wasm-opt");
    optimise.env("PATH", path).args(["-Oz", "--strip-debug", "--strip-producers"]).args(WASM_FEATURES);
    // Without wasm-opt it is a little larger, which has been said already.
    process::output(optimise.arg(&module).arg("-o").arg(&module));
    let (script, module) = (read(&out.join(format!("{crate_name}.js")))?, read(&module)?);
    let mut digest = DefaultHasher::new();
    digest.write(&script);
    digest.write(&module);
    Ok(Unpacker { name: format!("unpack-{:016x}", digest.finish()), script, module })
}

/// The page's program as Rust leaves it to wasm-bindgen.
fn linked() -> PathBuf {
    let folder = process::target_folder().join(versions::WASM_TARGET).join("wasm-release");
    folder.join("kafkascope-web.wasm")
}

/// The name that the page's program and its script share.
fn program(dist: &Path) -> Result<String> {
    let files = fs::read_dir(dist).map_err(|error| format!("cannot read {}: {error}", dist.display()))?;
    let mut names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let name = names.find_map(|name| name.strip_suffix("_bg.wasm").map(str::to_owned));
    name.ok_or_else(|| format!("{} holds no program", dist.display()))
}

/// The module as `web/unpack` reads it.
fn compress(module: &[u8]) -> Option<Vec<u8>> {
    let number = |number: usize| u32::try_from(number).ok().map(u32::to_le_bytes);
    let mut head = vec![number(module.len())?, packed::fnv1a(module).to_le_bytes()];
    let mut body = Vec::new();
    for stream in streams::split(module)? {
        let mut encoder = Ppmd7Encoder::new(Vec::new(), packed::ORDER, packed::memory(stream.len())).ok()?;
        encoder.write_all(&stream).ok()?;
        let packed = encoder.finish(false).ok()?;
        head.extend([number(stream.len())?, number(packed.len())?]);
        body.extend(packed);
    }
    Some(head.concat().into_iter().chain(body).collect())
}

/// The page that loads the packed program. `html` is what Trunk wrote. Its digests of files (`integrity`) go, since
/// the files have changed.
fn rewrite(html: &str, program: &str, unpacker: &str) -> Result<String> {
    let odd = |what: &str| format!("Trunk's index.html has changed: no {what} of {program}");
    let module = format!("'/{program}_bg.wasm'");
    let import = format!("from '/{program}.js';");
    let load = include_str!("load.js").replace("UNPACKER", unpacker).replace("PROGRAM", program);
    let load = format!("{import}\n{load}");
    let html = replace(html, &import, &load).ok_or_else(|| odd("script"))?;
    let html = replace(&html, &module, "program").ok_or_else(|| odd("start"))?;
    let script = |file: &str| format!("<link rel=\"modulepreload\" href=\"/{file}.js\">");
    let early = |file: &str| {
        format!("<link rel=\"preload\" href=\"/{file}\" crossorigin=\"anonymous\" as=\"fetch\">")
    };
    let scripts = script(program) + &script(unpacker);
    let html = replace_link(&html, &format!("/{program}.js"), &scripts).ok_or_else(|| odd("preload"))?;
    let data = early(&format!("{program}_bg.wasm.ppmd")) + &early(&format!("{unpacker}_bg.wasm"));
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

    const TRUNK: &str = "<head><script type=module>import init from '/a.js';\n\
        await init({ module_or_path: '/a_bg.wasm' });</script>\
        <link crossorigin href=/a.js integrity=x rel=modulepreload>\
        <link rel=\"preload\" href=\"/a_bg.wasm\" as=\"fetch\" integrity=\"x\"></head>";

    #[test]
    fn the_page_loads_only_the_packed_program() {
        let html = rewrite(TRUNK, "a", "unpack-1").unwrap();
        assert!(!html.contains("a_bg.wasm'") && !html.contains("a_bg.wasm\""), "{html}");
        assert!(html.contains("module_or_path: program }"), "{html}");
        assert_eq!(html.matches("/a_bg.wasm.ppmd").count(), 2, "{html}");
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
    fn what_is_packed_can_be_unpacked_and_damage_is_noticed() {
        let packed = compress(&module()).unwrap();
        assert_eq!(packed::unpack(&packed), Some(module()));
        assert!(packed.len() < module().len() / 10, "{}", packed.len());
        for place in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[place] ^= 0x10;
            // The last bytes of a stream may not matter.
            let unpacked = packed::unpack(&damaged);
            assert!(unpacked.is_none_or(|unpacked| unpacked == module()), "byte {place}");
            assert_eq!(packed::unpack(&packed[..place]), None, "cut after {place} bytes");
        }
    }

    /// A module that is nothing but data.
    fn module() -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0\x0b".to_vec();
        let data: Vec<u8> = (0u32..2_000).flat_map(|n| (n % 97).to_le_bytes()).collect();
        module.extend(streams::number_bytes(data.len()));
        module.extend(data);
        module
    }
}
