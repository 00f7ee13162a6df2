//! The examples of `docs/PROTOCOL.md`, read by the code: each is understood, and written again it has the same keys.

use serde_json::Value;

use super::{Ask, Tell, line, read};

/// Lines of the fenced blocks of a kind.
fn examples(kind: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/PROTOCOL.md");
    let blocks = page.split("```json ").skip(1).filter_map(|block| block.strip_prefix(kind)?.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty()).collect()
}

/// Every key of the example is one that the code writes too.
fn assert_known(example: &Value, written: &Value, place: &str) {
    match (example, written) {
        (Value::Object(example), Value::Object(written)) => {
            for (key, value) in example {
                let own = written.get(key).unwrap_or_else(|| panic!("{place}.{key} is not a key of the protocol"));
                assert_known(value, own, &format!("{place}.{key}"));
            }
        }
        (Value::Array(example), Value::Array(written)) => {
            example.iter().zip(written).for_each(|(a, b)| assert_known(a, b, place));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-6 * a.abs(), "{place}: {a} became {b}");
        }
        _ => assert_eq!(example, written, "{place}"),
    }
}

fn check<T: serde::Serialize + serde::de::DeserializeOwned>(kind: &str, least: usize) {
    let found = examples(kind);
    assert!(found.len() >= least, "{kind}: {}", found.len());
    for example in found {
        let message: T = read(example.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {example}"));
        let written: Value = serde_json::from_slice(&line(&message)).unwrap();
        assert_known(&serde_json::from_str(example).unwrap(), &written, kind);
    }
}

#[test]
fn every_example_of_the_page_is_spoken() {
    check::<Ask>("ask", 10);
    check::<Tell>("tell", 13);
}

/// The schema of the lines of both sides.
fn schema() -> String {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let lines = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "saner-tui protocol 1: a line of either side",
        "anyOf": [generator.subschema_for::<Ask>(), generator.subschema_for::<Tell>()],
        "$defs": generator.take_definitions(true),
    });
    serde_json::to_string_pretty(&lines).unwrap() + "\n"
}

/// `SANER_TUI_UPDATE=1 cargo test` writes it anew.
#[test]
fn the_schema_is_that_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.schema.json");
    if std::env::var_os("SANER_TUI_UPDATE").is_some() {
        std::fs::write(&path, schema()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == schema(), "docs/protocol.schema.json is not that of the code; SANER_TUI_UPDATE=1 cargo test writes it");
}
