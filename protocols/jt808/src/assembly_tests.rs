use super::*;
use crate::frame::Head;
use crate::header::Layout;

fn packet(id: u16, total: u16, index: u16, serial: u16, body: &[u8]) -> Frame {
    let phone = Phone::parse("13800138000").unwrap();
    let split = Some(SubPackage { total, index });
    let head = Head { split, ..Head::new(Layout::Short, phone, serial) };
    let mut wire = BytesMut::new();
    head.encode(MessageId(id), body, &mut wire).unwrap();
    Frame::from_wire(wire.freeze()).unwrap()
}

fn small() -> Assembler {
    Assembler::new(AssemblyLimits { max_open: 2, max_packets: 3, max_bytes: 20, max_idle_ms: 1000 })
}

/// Proves that packets in any order, with a repeat and jumping serials, give the body once, in packet order.
#[test]
fn any_order_with_repeats() {
    let mut assembler = small();
    assert_eq!(assembler.push(&packet(0x0801, 3, 3, 90, b"ef"), 0), Ok(None));
    assert_eq!(assembler.push(&packet(0x0801, 3, 1, 7, b"ab"), 0), Ok(None));
    assert_eq!(assembler.push(&packet(0x0801, 3, 1, 7, b"ab"), 0), Ok(None));
    let whole = assembler.push(&packet(0x0801, 3, 2, 44, b"cd"), 0).unwrap().unwrap();
    assert_eq!((whole.body.as_ref(), whole.first_serial), (&b"abcdef"[..], 7));
    assert_eq!((assembler.bytes(), assembler.given_up()), (0, 0));
}

/// Proves that numbers outside the total and totals over the limit are refused and keep nothing.
#[test]
fn impossible_numbers() {
    let mut assembler = small();
    for (total, index) in [(3, 0), (3, 4), (0, 0)] {
        let error = assembler.push(&packet(0x0801, total, index, 0, b"x"), 0).unwrap_err();
        assert_eq!((error.kind, error.field), (ErrorKind::OutOfRange, "packet number"), "{index} of {total}");
    }
    assert_eq!(assembler.push(&packet(0x0801, u16::MAX, 1, 0, b"x"), 0).unwrap_err().kind, ErrorKind::TooLong);
    assert_eq!(assembler.bytes(), 0);
}

/// Proves that a packet which cannot belong to the open message begins a new one.
#[test]
fn a_new_message_begins_anew() {
    let mut assembler = small();
    assert_eq!(assembler.push(&packet(0x0801, 2, 1, 0, b"old"), 0), Ok(None));
    assert_eq!(assembler.push(&packet(0x0801, 2, 1, 5, b"new"), 0), Ok(None));
    let whole = assembler.push(&packet(0x0801, 2, 2, 6, b"er"), 0).unwrap().unwrap();
    assert_eq!((whole.body.as_ref(), assembler.given_up()), (&b"newer"[..], 1));
}

/// Proves the limits: open messages, bytes, idle time.
#[test]
fn limits_hold() {
    let mut assembler = small();
    for (id, now) in [(0x0801, 0), (0x0802, 1), (0x0700, 2)] {
        assert_eq!(assembler.push(&packet(id, 2, 1, 0, b"12345"), now), Ok(None));
    }
    assert_eq!((assembler.bytes(), assembler.given_up()), (10, 1));
    assert_eq!(assembler.push(&packet(0x0801, 2, 1, 0, &[0; 21]), 3), Ok(None));
    assert_eq!(assembler.bytes(), 0, "a message over the byte limit alone is not kept either");
    assert_eq!(assembler.push(&packet(0x0801, 2, 1, 0, b"a"), 10), Ok(None));
    assert_eq!(assembler.push(&packet(0x0801, 2, 2, 0, b"b"), 1011), Ok(None), "the first packet was too old");
    assert_eq!(assembler.bytes(), 1);
}
