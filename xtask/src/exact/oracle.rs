//! The environment to compare with: made from the registries by the ordinary client, once for each
//! content of `requirements.txt`, and our own side of the comparison.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::build;
use crate::process::{root, run, run_with};
use crate::table::Table;

/// llama.cpp is compiled for the instructions that our own kernels use.
const LLAMA: &str = "-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON";

/// Where the scripts are.
pub fn folder() -> PathBuf {
    root().join("crates/engine/tests/parity")
}

/// The environment's interpreter, when it is there or could be made.
pub fn ready(table: &mut Table) -> Option<PathBuf> {
    let requirements = folder().join("requirements.txt");
    let digest: String = Sha256::digest(std::fs::read(&requirements).unwrap_or_default())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let home = root().join("target/measure/oracle");
    let python = home.join("bin/python");
    let mark = home.join("requirements.sha256");
    let mut figure = String::from("there, of the same list");
    let mut made = std::fs::read_to_string(&mark).is_ok_and(|found| found == digest);
    if !made {
        let arguments = [
            "-m".as_ref(),
            "venv".as_ref(),
            "--clear".as_ref(),
            home.as_os_str(),
        ];
        let mut ended = run(&root(), "python3", arguments);
        if ended.success {
            let pip = ["-m", "pip", "install", "--quiet", "--requirement"].map(AsRef::as_ref);
            let arguments = pip.into_iter().chain([requirements.as_os_str()]);
            ended = run_with(&root(), &python, arguments, &[("CMAKE_ARGS", LLAMA)]);
        }
        made = ended.success && std::fs::write(&mark, digest).is_ok();
        figure = match made {
            true => format!("{:.0} s", ended.seconds),
            false => ended.stderr.lines().last().unwrap_or_default().to_owned(),
        };
    }
    table.row(
        "what to compare with installs from the registries",
        "ends well",
        &figure,
        made,
    );
    if !made {
        return None;
    }
    let built = build("engine", "parity");
    if !built {
        table.row(
            "our side of the comparison builds",
            "ends well",
            "it does not",
            false,
        );
    }
    built.then_some(python)
}
