//! Asks the linker to leave in the program which data each function and each piece of data refers to. The page's
//! packing (`xtask/src/pack`) reads it and leaves it out.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-bins=--emit-relocs");
    }
}
