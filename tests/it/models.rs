//! Models: listed, verified, imported.

use std::fs;

use testkit::demonstration_model;

use crate::program::Program;

#[test]
fn the_demonstration_model_is_listed_and_verified() {
    let program = Program::empty();
    let listed = program.run(["--json", "model", "list"]).json();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|model| model["summary"]
                .as_str()
                .is_some_and(|s| s.starts_with("llama · Q4_1"))),
        "{listed}"
    );
    let verified = program.run(["--json", "model", "verify"]).json();
    let demonstration = verified
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["path"].as_str().unwrap().contains("SmolLM2"));
    assert_eq!(demonstration.unwrap()["verdict"], "catalogue", "{verified}");
}

#[test]
fn an_import_is_whole_or_leaves_nothing() {
    let program = Program::empty();
    let models = program.home.path().join("models");
    let options = [
        "--json".as_ref(),
        "--models".as_ref(),
        models.as_os_str(),
        "model".as_ref(),
        "import".as_ref(),
    ];
    let source = demonstration_model();
    program
        .run(options.iter().copied().chain([source.as_os_str()]))
        .succeeded();
    assert_eq!(
        fs::read(models.join(source.file_name().unwrap())).unwrap(),
        fs::read(&source).unwrap()
    );
    // The same name, one byte changed: the catalogue knows better.
    let altered = program.home.path().join(source.file_name().unwrap());
    let mut bytes = fs::read(&source).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&altered, bytes).unwrap();
    assert_eq!(
        program
            .run(options.iter().copied().chain([altered.as_os_str()]))
            .code(),
        "modelDigest"
    );
    // The model, and the record of what it was.
    assert_eq!(fs::read_dir(&models).unwrap().count(), 2);
}

#[test]
fn an_import_takes_the_companion_and_remembers_both() {
    let program = Program::empty();
    let source = program.home.path().join("essai.gguf");
    let bench = [
        "bench",
        "--tiny",
        "--prompt-tokens",
        "1",
        "--answer-tokens",
        "1",
    ];
    let bench = bench.map(AsRef::as_ref).into_iter();
    program
        .run(bench.chain(["--synthesize".as_ref(), source.as_os_str()]))
        .succeeded();
    let models = program.home.path().join("elsewhere");
    let with = |words: &[&'static str], file: Option<&std::path::Path>| {
        let folder = ["--json".as_ref(), "--models".as_ref(), models.as_os_str()];
        let words = words.iter().map(AsRef::as_ref);
        let file = file.map(std::path::Path::as_os_str);
        program.run(folder.into_iter().chain(words).chain(file))
    };
    let imported = with(&["model", "import"], Some(&source)).json();
    assert!(
        imported["plan"]["context"].as_u64() >= Some(2048),
        "{imported}"
    );
    assert_eq!(imported["plan"]["cache"], "f16");
    let mut names: Vec<_> = fs::read_dir(&models)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["digests.json", "essai.gguf", "mmproj-essai.gguf"]);

    let verified = with(&["model", "verify"], None).json();
    let verified = verified.as_array().unwrap();
    assert_eq!(verified.len(), 2);
    assert!(
        verified.iter().all(|file| file["verdict"] == "import"),
        "{verified:?}"
    );

    let companion = models.join("mmproj-essai.gguf");
    let mut bytes = fs::read(&companion).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&companion, bytes).unwrap();
    assert_eq!(with(&["model", "verify"], None).code(), "modelDigest");
    fs::remove_file(models.join("digests.json")).unwrap();
    let verified = with(&["model", "verify"], None).json();
    assert_eq!(verified[1]["verdict"], "unknown", "{verified}");
}

#[test]
fn terms_are_shown_and_accepted_before_a_model_that_has_any_is_used() {
    let program = Program::empty();
    let model = testkit::yardstick();
    let ask = ["--json".as_ref(), "--model".as_ref(), model.as_os_str()];
    let once = ["chat", "--no-history", "--once", "Bonjour"].map(AsRef::as_ref);
    let refused = program.run(ask.into_iter().chain(once));
    assert_eq!(refused.code(), "modelTerms");

    // Nobody answers: the text is shown, and nothing is accepted.
    let accept = ["model".as_ref(), "accept".as_ref(), model.as_os_str()];
    let shown = program.run(accept);
    assert!(!shown.success && shown.stdout.contains("Gemma Terms of Use"));
    assert_eq!(
        program.run(ask.into_iter().chain(once)).code(),
        "modelTerms"
    );

    let accepted = program.run(accept.into_iter().chain(["--yes".as_ref()]));
    assert!(accepted.stdout.contains("Gemma Terms of Use"));
    accepted.succeeded();
    let kept = fs::read_to_string(program.folder().join("accepted-terms.json")).unwrap();
    assert!(kept.contains("acceptedAt"), "{kept}");
}
