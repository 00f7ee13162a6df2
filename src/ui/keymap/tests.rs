//! The table's keys, files that are right, and files that are not.

use proptest::prelude::*;

use super::*;

fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

#[test]
fn no_key_means_two_things_at_one_place() {
    let keymap = Keymap::default();
    for (i, binding) in keymap.bindings.iter().enumerate() {
        let same = |other: &&Binding| other.key == binding.key && (other.context == binding.context || other.context == Context::Global);
        assert!(keymap.bindings[..i].iter().find(same).is_none(), "{} twice", binding.key);
        assert_eq!(canonical(&binding.key).as_deref(), Some(binding.key.as_str()), "{}", binding.key);
    }
}

#[test]
fn keys_are_found() {
    let keymap = Keymap::default();
    let of = |code, modifiers| keymap.action(&press(code, modifiers), &[Context::Timeline]);
    assert_eq!(of(KeyCode::Char('p'), KeyModifiers::NONE), Some(Action::TogglePause));
    assert_eq!(of(KeyCode::Char('C'), KeyModifiers::SHIFT), Some(Action::CheckpointNote));
    assert_eq!(of(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Leave));
    assert_eq!(of(KeyCode::Left, KeyModifiers::SHIFT), Some(Action::CoarseLeft));
    assert_eq!(of(KeyCode::Char('b'), KeyModifiers::NONE), Some(Action::Fork));
    assert_eq!(of(KeyCode::Char('w'), KeyModifiers::NONE), None, "a key of another place");
}

#[test]
fn a_file_binds_unbinds_and_is_told_its_faults_with_their_lines() {
    let text = "preset = \"vim\"\n[global]\n\"ctrl-x\" = \"run.checkpoint\"\np = \"unbind\"\nz = \"run.puase\"\nlong = \"leave\"\n\"ctrl-c\" = \"help\"\n\n[charts]\nz = \"chart.zoom-in\"\n";
    let (keymap, faults) = Keymap::read(text);
    let of = |c: char, modifiers| keymap.action(&press(KeyCode::Char(c), modifiers), &[Context::Charts]);
    assert_eq!(of('x', KeyModifiers::CONTROL), Some(Action::Checkpoint));
    assert_eq!(of('p', KeyModifiers::NONE), None);
    assert_eq!(of('z', KeyModifiers::NONE), Some(Action::ZoomIn));
    assert_eq!(of('f', KeyModifiers::CONTROL), Some(Action::PageDown), "of the preset");
    assert_eq!(of('c', KeyModifiers::CONTROL), Some(Action::Leave));
    let all = faults.join("\n");
    for words in ["line 5: `run.puase` is no command; did you mean run.pause?", "line 6: `long` is no key", "line 7: ctrl-c stays"] {
        assert!(all.contains(words), "{words} is not in\n{all}");
    }
    assert_eq!(faults.len(), 3);
    assert!(Keymap::read("[glubal]\np = \"leave\"").1[0].contains("line 1: `glubal` is not known"));
    assert!(Keymap::read("preset = \"ed\"").1[0].contains("line 1"));
    assert!(Keymap::read("x = = 1").1[0].starts_with("line 1: "));
}

#[test]
fn every_action_can_have_another_key() {
    let lines: Vec<String> = ACTIONS
        .iter()
        .enumerate()
        .map(|(i, row)| format!("\"{}\" = \"{}\"", char::from_u32(0x4e00 + i as u32).unwrap(), row.name))
        .collect();
    let (keymap, faults) = Keymap::read(&format!("[global]\n{}", lines.join("\n")));
    assert!(faults.is_empty(), "{faults:?}");
    for (i, row) in ACTIONS.iter().enumerate() {
        let key = press(KeyCode::Char(char::from_u32(0x4e00 + i as u32).unwrap()), KeyModifiers::NONE);
        assert_eq!(keymap.action(&key, &[]), Some(row.action), "{}", row.name);
    }
}

proptest! {
    #[test]
    fn any_file_is_read_without_a_panic(text in "(preset = \"[a-z]{0,5}\"\n)?(\\[[a-z]{0,8}\\]\n)?(\"?[ -~]{0,9}\"? = \"[a-z.-]{0,12}\"\n){0,4}") {
        Keymap::read(&text);
    }

    #[test]
    fn so_are_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Keymap::read(&String::from_utf8_lossy(&bytes));
    }
}
