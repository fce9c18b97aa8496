//! SECURITY.md: no attack without a test, and no test that doesn't exist.

use std::fs;
use std::path::Path;

/// The text of all tests: `.rs`, `.ts` and `.mjs` files below `folder`.
fn tests_below(folder: &Path, text: &mut String) {
    let skipped = ["target", "node_modules", "corpus", "artifacts"];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            if !skipped.contains(&name.as_str()) {
                tests_below(&path, text);
            }
        } else if [".rs", ".ts", ".mjs"].iter().any(|ending| name.ends_with(ending)) {
            // Without the indentation, so that a test is found inside a module, too.
            let content = fs::read_to_string(path).unwrap();
            for line in content.lines() {
                text.push_str(line.trim_start());
                text.push('\n');
            }
        }
    }
}

#[test]
fn each_attack_has_tests_and_each_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut tests = String::new();
    for folder in ["crates", "tests", "infra/test"] {
        tests_below(&root.join(folder), &mut tests);
    }
    let document = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (_, table) = document.split_once("| Attack |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let mut attacks = 0;
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [attack, _, _, named] = cells[..] else { panic!("not four cells: {row}") };
        if attack.starts_with("**") {
            continue;
        }
        attacks += 1;
        let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test shows what stops this: {attack}");
        for name in named {
            let exists = ["#[test]\nfn ", "#[tokio::test]\nasync fn "]
                .iter()
                .any(|before| tests.contains(&format!("{before}{name}(")))
                || tests.contains(&format!("\ntest(\"{name}\""));
            assert!(exists, "there is no test named {name}");
        }
    }
    assert!(attacks > 20, "{attacks}");
}
