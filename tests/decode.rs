//! `muckwatch decode` as its users see it: the real binary, its output, its exit code.

#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is its report")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Messages with typed bodies; of the others `decode` shows name and bytes.
const TYPED: [&str; 9] = ["0x0001", "0x0002", "0x0003", "0x0100", "0x0102", "0x0200", "0x0704", "0x8001", "0x8100"];
/// The keys of a frame's object, in order.
const KEYS: [&str; 7] = ["checksum_ok", "edition", "msg_id", "terminal", "serial", "subpackage", "body"];

fn decode(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_muckwatch"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Our own fixture frames, each a row of {name, edition, hex, body}.
fn fixtures() -> Vec<Value> {
    rows(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/frames/own.jsonl"))
}

/// The frames of real devices beside the repository; absent is said, and an error in CI.
fn collection(name: &str) -> Option<Vec<Value>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/frames").join(name);
    if path.exists() {
        return Some(rows(&path));
    }
    assert!(std::env::var_os("CI").is_none(), "{} is absent, and in CI nothing is skipped", path.display());
    eprintln!("SKIPPED: {} is absent", path.display());
    None
}

fn hex_lines(rows: &[Value]) -> Vec<u8> {
    rows.iter().flat_map(|row| [row["hex"].as_str().unwrap(), "\n"]).collect::<String>().into_bytes()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The values alone, at any depth: prose about them and the raw integers beside the degrees are left out.
fn values(shown: &Value) -> Value {
    match shown {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !["odd", "lat_raw", "lon_raw", "time_raw"].contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), values(value)))
            .collect(),
        Value::Array(list) => list.iter().map(values).collect(),
        plain => plain.clone(),
    }
}

/// Proves that every frame of our own fixtures is printed with the values that went into the encoder.
#[test]
fn own_frames_are_printed_as_encoded() {
    let rows = fixtures();
    let output = decode(&[], &hex_lines(&rows));
    assert_eq!(output.status.code(), Some(0));
    let shown = lines(&output);
    assert_eq!(shown.len(), rows.len());
    for (row, frame) in rows.iter().zip(&shown) {
        match row["body"].get("slice") {
            Some(slice) => assert_eq!(frame["body"]["hex"], *slice, "{}", row["name"]),
            None => assert_eq!(values(&frame["body"]), values(&row["body"]), "{} {}", row["edition"], row["name"]),
        }
    }
}

/// Proves that every collected frame is printed with the independent values, and is an error where those are one.
#[test]
fn collected_frames_are_printed_with_the_independent_values() {
    let Some(rows) = collection("dev.jsonl") else { return };
    let output = decode(&[], &hex_lines(&rows));
    assert_eq!(output.status.code(), Some(1), "some of them have a wrong checksum");
    let shown = lines(&output);
    assert_eq!(shown.len(), rows.len());
    for (row, frame) in rows.iter().zip(&shown) {
        let header = json!({
            "checksum_ok": row["checksum_ok"], "edition": row["version"], "msg_id": row["msg_id"],
            "terminal": row["terminal"], "serial": row["serial"], "subpackage": row["subpackage"],
        });
        for (key, value) in header.as_object().unwrap() {
            assert_eq!(frame[key], *value, "{} {key}", row["id"]);
        }
        let refused = row["checksum_ok"] == json!(false) || row["own"]["error"].is_string() && is_typed(row);
        assert_eq!(frame.get("error").is_some(), refused, "{}: {}", row["id"], frame["error"]);
        if is_typed(row) && !row["own"]["error"].is_string() {
            assert_eq!(values(&frame["body"]), values(&row["own"]), "{}", row["id"]);
        }
    }
    println!("{} frames printed with the independent values", shown.len());
}

fn is_typed(row: &Value) -> bool {
    TYPED.contains(&row["msg_id"].as_str().unwrap()) && row["subpackage"].is_null()
}

/// Proves that each malformed frame gives exactly one line, and that the good frame behind it is printed.
#[test]
fn hostile_frames_do_not_stop_it() {
    let Some(rows) = collection("hostile.jsonl") else { return };
    let good = fixtures()[1]["hex"].as_str().unwrap().to_owned();
    let input: String = rows.iter().flat_map(|row| [row["hex"].as_str().unwrap(), "\n", &good, "\n"]).collect();
    let output = decode(&[], input.as_bytes());
    let shown = lines(&output);
    assert_eq!(shown.len(), rows.len() * 2);
    for (row, pair) in rows.iter().zip(shown.chunks(2)) {
        let [hostile, good] = pair else { panic!("two") };
        assert!(hostile.get("error").is_some() || hostile.get("body").is_some(), "{}", row["id"]);
        assert_eq!(good["msg_id"], "0x0002", "{}", row["id"]);
    }
    let (raw, pretty) =
        (decode(&["--stream"], &unhex(&input.replace('\n', ""))), decode(&["--pretty"], input.as_bytes()));
    assert_eq!((raw.status.code(), pretty.status.code()), (Some(1), Some(1)));
}

/// Proves the keys and their order, and that several frames on a line, spaces, blank lines and comments are as said.
#[test]
fn lines_keys_and_comments() {
    let rows = fixtures();
    let [first, second] = [0, 1].map(|at| rows[at]["hex"].as_str().unwrap());
    let spaced = first.replace("7e", "7E ");
    let output = decode(&["-"], format!("# two frames\n\n  {spaced}{second}\n").as_bytes());
    assert_eq!((output.status.code(), lines(&output).len()), (Some(0), 2));
    let text = String::from_utf8(output.stdout).unwrap();
    let places: Vec<_> = KEYS.iter().map(|key| text.find(&format!("\"{key}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(lines(&decode(&[], second.as_bytes()))[0].as_object().unwrap().len(), KEYS.len());
}

/// Proves that what is no frame is an error with kind, message and offset, that decoding goes on, and the exit codes.
#[test]
fn errors_are_objects_and_decoding_goes_on() {
    let rows = fixtures();
    let good = rows[1]["hex"].as_str().unwrap();
    let flipped = good.replacen("7e0002", "7e0003", 1);
    let cases = [
        ("zz", "not_hex"),
        ("7e0", "not_hex"),
        ("00112233", "no_frame"),
        ("7e7e", "no_frame"),
        (&good[..good.len() - 2], "incomplete"),
        ("7e0002007e", "too_short"),
        ("7e7d037e", "bad_escape"),
        (&flipped, "bad_checksum"),
    ];
    for (line, kind) in cases {
        let output = decode(&[], format!("{line}\n{good}\n").as_bytes());
        let shown = lines(&output);
        assert_eq!((output.status.code(), shown.len()), (Some(1), 2), "{line}");
        let error = &shown[0]["error"];
        assert_eq!(error["kind"], kind, "{line}");
        assert!(error["message"].is_string() && error["offset"].is_u64(), "{error}");
        assert_eq!(shown[1]["msg_id"], "0x0002", "{line}");
    }
    assert_eq!(decode(&["/no/such/file"], b"").status.code(), Some(2));
    assert_eq!(decode(&[], b"").status.code(), Some(0));
}

/// Proves that a wrong checksum is said and that what could be read is still shown.
#[test]
fn a_wrong_checksum_still_shows_the_frame() {
    let rows = fixtures();
    let position = rows.iter().find(|row| row["name"] == "position").unwrap();
    let hex = position["hex"].as_str().unwrap();
    let broken = format!("{}007e", &hex[..hex.len() - 4]);
    let shown = lines(&decode(&[], broken.as_bytes()));
    assert_eq!((&shown[0]["checksum_ok"], &shown[0]["error"]["kind"]), (&json!(false), &json!("bad_checksum")));
    assert_eq!(values(&shown[0]["body"]), values(&position["body"]));
}

/// Proves that a stream gives the same frames raw and in hex, with junk around them, and says what is cut off.
#[test]
fn streams_raw_and_hex() {
    let hex: String = fixtures().iter().map(|row| row["hex"].as_str().unwrap().to_owned()).collect();
    let raw = decode(&["--stream"], &unhex(&hex));
    assert_eq!(raw.status.code(), Some(0));
    assert_eq!(raw.stdout, decode(&["--stream"], hex.as_bytes()).stdout);
    assert_eq!(lines(&raw).len(), fixtures().len());
    let noisy = [b"GET / HTTP/1.1\r\n\r\n", &unhex(&hex)[..], &[0x01, 0x02]].concat();
    let output = decode(&["--stream"], &noisy);
    let shown = lines(&output);
    assert_eq!((output.status.code(), shown.len()), (Some(1), fixtures().len() + 1));
    assert_eq!(shown.last().unwrap()["error"]["kind"], "incomplete");
}

/// Proves that the last packet of a split message shows the message it completes.
#[test]
fn split_messages_are_shown_whole() {
    let shown = lines(&decode(&[], &hex_lines(&fixtures())));
    let whole: Vec<_> = shown.iter().filter(|frame| frame["body"]["assembled"].is_object()).collect();
    assert_eq!(whole.len(), 3, "one split batch in each edition");
    for frame in whole {
        assert_eq!(frame["subpackage"]["index"], frame["subpackage"]["total"]);
        assert_eq!(frame["body"]["assembled"]["body"]["locations"].as_array().unwrap().len(), 40);
    }
}

/// Proves that the layout for people passes every byte of the message and names the fields in both languages.
#[test]
fn the_layout_for_people_shows_every_byte() {
    for row in fixtures() {
        let hex = row["hex"].as_str().unwrap();
        let output = decode(&["--pretty"], hex.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap();
        let digits: String = text
            .lines()
            .filter(|line| line.get(5..7) == Some("  ") && line[..5].trim().parse::<usize>().is_ok())
            .flat_map(|line| line.get(7..).unwrap_or_default().split("  ").next().unwrap_or_default().split(' '))
            .collect();
        let plain = unescape(&unhex(hex));
        let wanted: String = plain.iter().flat_map(|byte| format!("{byte:02x}").chars().collect::<Vec<_>>()).collect();
        assert_eq!(digits, wanted, "{} {}\n{text}", row["edition"], row["name"]);
        assert!(text.contains("消息ID message id"), "{text}");
    }
}

/// The message between the delimiters, unescaped by the rule of the standard.
fn unescape(wire: &[u8]) -> Vec<u8> {
    let (mut plain, mut bytes) = (Vec::new(), wire[1..wire.len() - 1].iter());
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            0x7D if bytes.next() == Some(&0x02) => 0x7E,
            byte => byte,
        });
    }
    plain
}
