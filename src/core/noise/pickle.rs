//! The part of Python's pickle format that a dictionary of NumPy arrays of whole numbers needs: nothing is executed, and
//! whatever else is met is refused.

use std::io::{Cursor, Read};

/// A value on the machine's stack.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Mark,
    None,
    Bool,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Global(String),
    /// What a call gave: the function and its arguments.
    Called(String, Vec<Value>),
    Array(Vec<i64>),
}

type Read1<T> = Result<T, String>;

/// The arrays of a `.pt` file, by name.
///
/// # Errors
/// No such file, or anything in it but arrays of whole numbers.
pub fn arrays_of_pt(bytes: &[u8]) -> Read1<Vec<(String, Vec<i64>)>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|fault| format!("is no .pt archive: {fault}"))?;
    let name = archive.file_names().find(|name| name.ends_with("data.pkl")).map(str::to_owned).ok_or("holds no data.pkl")?;
    let mut text = Vec::new();
    archive.by_name(&name).map_err(|fault| fault.to_string())?.read_to_end(&mut text).map_err(|fault| fault.to_string())?;
    let Value::Dict(items) = run(&text)? else { return Err("holds no dictionary of label sets".into()) };
    let named = items.into_iter().filter_map(|item| match item {
        (Value::Text(name), Value::Array(values)) => Some((name, values)),
        _ => None,
    });
    Ok(named.collect())
}

struct Source<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Source<'a> {
    fn take(&mut self, n: usize) -> Read1<&'a [u8]> {
        let part = self.at.checked_add(n).and_then(|end| self.bytes.get(self.at..end)).ok_or("ends in the middle of its pickle")?;
        self.at += n;
        Ok(part)
    }

    fn number(&mut self, n: usize) -> Read1<usize> {
        Ok(self.take(n)?.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
    }

    fn line(&mut self) -> Read1<String> {
        let end = self.bytes[self.at..].iter().position(|byte| *byte == b'\n').ok_or("ends in the middle of a name")?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.at += 1;
        Ok(text)
    }
}

fn run(bytes: &[u8]) -> Read1<Value> {
    let mut source = Source { bytes, at: 0 };
    let mut stack: Vec<Value> = Vec::new();
    let mut memo: Vec<Value> = Vec::new();
    loop {
        let code = source.take(1)?[0];
        match code {
            0x80 => drop(source.take(1)?),
            b'}' => stack.push(Value::Dict(Vec::new())),
            b'(' => stack.push(Value::Mark),
            b'N' => stack.push(Value::None),
            0x88 | 0x89 => stack.push(Value::Bool),
            b'K' => stack.push(Value::Int(source.number(1)? as i64)),
            b'M' => stack.push(Value::Int(source.number(2)? as i64)),
            b'J' => stack.push(Value::Int(i64::from(source.number(4)? as u32 as i32))),
            b'X' => {
                let n = source.number(4)?;
                stack.push(Value::Text(String::from_utf8_lossy(source.take(n)?).into_owned()));
            }
            b'c' => {
                let name = format!("{} {}", source.line()?, source.line()?);
                stack.push(Value::Global(name));
            }
            b'q' | b'r' => {
                let slot = source.number(if code == b'q' { 1 } else { 4 })?;
                if slot > bytes.len() {
                    return Err("has a pickle that is damaged".into());
                }
                memo.resize(memo.len().max(slot + 1), Value::None);
                memo[slot] = stack.last().cloned().ok_or(EMPTY)?;
            }
            b'h' | b'j' => {
                let slot = source.number(if code == b'h' { 1 } else { 4 })?;
                stack.push(memo.get(slot).cloned().ok_or(EMPTY)?);
            }
            0x85..=0x87 => {
                let n = usize::from(code - 0x84);
                let items = stack.split_off(stack.len().checked_sub(n).ok_or(EMPTY)?);
                stack.push(Value::Tuple(items));
            }
            b't' => {
                let items = to_mark(&mut stack)?;
                stack.push(Value::Tuple(items));
            }
            b'R' => {
                let (arguments, function) = (stack.pop().ok_or(EMPTY)?, stack.pop().ok_or(EMPTY)?);
                stack.push(call(function, arguments)?);
            }
            b'b' => {
                let (state, object) = (stack.pop().ok_or(EMPTY)?, stack.pop().ok_or(EMPTY)?);
                stack.push(build(object, state)?);
            }
            b's' => {
                let (value, key) = (stack.pop().ok_or(EMPTY)?, stack.pop().ok_or(EMPTY)?);
                insert(&mut stack, vec![key, value])?;
            }
            b'u' => {
                let items = to_mark(&mut stack)?;
                insert(&mut stack, items)?;
            }
            b'.' => return stack.pop().ok_or_else(|| EMPTY.into()),
            other => return Err(format!("has a pickle with the code {other:#04x}, which label files do not need")),
        }
    }
}

const EMPTY: &str = "has a pickle that is damaged";

fn to_mark(stack: &mut Vec<Value>) -> Read1<Vec<Value>> {
    let mark = stack.iter().rposition(|value| *value == Value::Mark).ok_or(EMPTY)?;
    let items = stack.split_off(mark + 1);
    stack.pop();
    Ok(items)
}

fn insert(stack: &mut [Value], items: Vec<Value>) -> Read1<()> {
    let Some(Value::Dict(known)) = stack.last_mut() else { return Err(EMPTY.into()) };
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        known.push((key, value));
    }
    Ok(())
}

/// Calls that stand for data: an array or type that is being made, and bytes written as Latin-1 text.
fn call(function: Value, arguments: Value) -> Read1<Value> {
    let (Value::Global(name), Value::Tuple(arguments)) = (function, arguments) else { return Err(EMPTY.into()) };
    match (name.as_str(), &arguments[..]) {
        ("_codecs encode", [Value::Text(text), ..]) => {
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            Ok(Value::Bytes(bytes.ok_or("has bytes that are no Latin-1 text")?))
        }
        ("numpy.core.multiarray _reconstruct" | "numpy._core.multiarray _reconstruct" | "numpy dtype", _) => {
            Ok(Value::Called(name, arguments))
        }
        _ => Err(format!("would call `{name}`, which label files do not need")),
    }
}

/// An array from its state `(version, shape, type, order, bytes)`; a type keeps its name.
fn build(object: Value, state: Value) -> Read1<Value> {
    let Value::Called(name, arguments) = object else { return Err(EMPTY.into()) };
    if name == "numpy dtype" {
        return Ok(Value::Called(name, arguments));
    }
    let Value::Tuple(state) = state else { return Err(EMPTY.into()) };
    let (Some(Value::Called(_, kind)), Some(Value::Bytes(bytes))) = (state.get(2), state.get(4)) else { return Err(EMPTY.into()) };
    let Some(Value::Text(kind)) = kind.first() else { return Err(EMPTY.into()) };
    let size = match kind.as_str() {
        "i8" => 8,
        "i4" => 4,
        "u1" | "i1" => 1,
        other => return Err(format!("has labels of type {other}, not whole numbers")),
    };
    let number = |bytes: &[u8]| {
        let unsigned = bytes.iter().rev().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let unused = 64 - 8 * size;
        if kind == "u1" { unsigned as i64 } else { ((unsigned << unused) as i64) >> unused }
    };
    Ok(Value::Array(bytes.chunks_exact(size as usize).map(number).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_arrays_is_taken() {
        assert!(arrays_of_pt(b"no zip").unwrap_err().contains("archive"));
        // GLOBAL os system, a tuple of one text, REDUCE.
        let evil = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.";
        assert!(run(evil).unwrap_err().contains("would call `os system`"));
        for cut in [&b"\x80"[..], b"X\xff\x00\x00\x00a", b"R", b"q", b"h\x05.", b"u", b"\x87", b"cos"] {
            assert!(run(cut).is_err(), "{cut:?}");
        }
        assert!(run(b"\x80\x02].").unwrap_err().contains("0x5d"));
    }

    /// `pickle.dumps({"a": numpy.array([3, -1], dtype=numpy.int32)}, protocol=2)`.
    #[test]
    fn an_array_in_a_dictionary() {
        let text = b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01cnumpy._core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04c_codecs\nencode\nq\x05X\x01\x00\x00\x00bq\x06X\x06\x00\x00\x00latin1q\x07\x86q\x08Rq\t\x87q\nRq\x0b(K\x01K\x02\x85q\x0ccnumpy\ndtype\nq\rX\x02\x00\x00\x00i4q\x0e\x89\x88\x87q\x0fRq\x10(K\x03X\x01\x00\x00\x00<q\x11NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b\x89h\x05X\x0c\x00\x00\x00\x03\x00\x00\x00\xc3\xbf\xc3\xbf\xc3\xbf\xc3\xbfq\x13h\x07\x86q\x14Rq\x15tq\x16bs.";
        assert_eq!(run(text).unwrap(), Value::Dict(vec![(Value::Text("a".into()), Value::Array(vec![3, -1]))]));
        for end in 1..text.len() {
            assert!(run(&text[..end]).is_err(), "cut at {end}");
        }
    }
}
