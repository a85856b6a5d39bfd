//! What real devices do beside the standard (sections 2.1 and 5), and the near misses that stay refused.

use bytes::{BufMut, Bytes, BytesMut};
use jt808::error::ErrorKind;
use jt808::escape;
use jt808::frame::{Frame, Head};
use jt808::header::{ChecksumCheck, Edition, Layout, LengthCheck, SubPackage};
use jt808::ids::MessageId;
use jt808::messages::Message;
use jt808::phone::Phone;

fn head(layout: Layout) -> Head {
    Head::new(layout, Phone::parse("13912345678").unwrap(), 7)
}

/// The unescaped message of a frame of ours, checksum included.
fn message(head: Head, id: MessageId, body: &[u8]) -> Vec<u8> {
    let mut wire = BytesMut::new();
    head.encode(id, body, &mut wire).unwrap();
    let mut plain = BytesMut::new();
    escape::unescape(&wire[1..wire.len() - 1], &mut plain).unwrap();
    plain.to_vec()
}

fn wire(message: &[u8]) -> Bytes {
    let mut wire = BytesMut::from(&[escape::DELIMITER][..]);
    escape::escape(message, &mut wire);
    wire.put_u8(escape::DELIMITER);
    wire.freeze()
}

/// Changes a message and mends its checksum.
fn changed(mut message: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Bytes {
    message.pop();
    change(&mut message);
    message.push(escape::checksum(&message));
    wire(&message)
}

/// Proves that bit 14 may lie both ways: the length finds the layout, and the answer goes back in the same form.
#[test]
fn the_version_flag_may_lie() {
    for edition in [Edition::V2013, Edition::V2019] {
        let honest = message(head(edition.layout()), MessageId::HEARTBEAT, &[]);
        let frame = Frame::from_wire(changed(honest, |bytes| bytes[2] ^= 0x40)).unwrap();
        assert_eq!((frame.header.layout, frame.length), (edition.layout(), LengthCheck::Exact));
        let reply = Head::reply_to(&frame.header, 1);
        assert_eq!((reply.layout, reply.version_flag), (edition.layout(), edition == Edition::V2013));
    }
}

/// Proves that a length field that counts the split fields is understood, and only in split messages.
#[test]
fn the_length_may_count_the_split_fields() {
    let split = Head { split: Some(SubPackage { total: 2, index: 1 }), ..head(Layout::Short) };
    let frame = Frame::from_wire(changed(message(split, MessageId(0x0801), b"slice"), |bytes| bytes[3] += 4)).unwrap();
    assert_eq!((frame.length, frame.body.as_ref()), (LengthCheck::CountsSplitFields, &b"slice"[..]));
    let whole = message(head(Layout::Short), MessageId(0x0801), b"whole");
    let frame = Frame::from_wire(changed(whole, |bytes| bytes[3] += 4)).unwrap();
    assert_eq!((frame.length, frame.body.as_ref()), (LengthCheck::Disagrees, &b"whole"[..]));
}

/// Proves that a checksum byte left out is forgiven below 10 hex, and that a lost byte above it is not.
#[test]
fn a_dropped_checksum_is_forgiven_below_ten_hex() {
    let (mut forgiven, mut refused) = (0, 0);
    for last in 0..=255 {
        let mut bytes = message(head(Layout::Short), MessageId(0x0900), &[1, last]);
        let checksum = bytes.pop().unwrap();
        match Frame::from_wire(wire(&bytes)) {
            Ok(frame) => {
                assert!(checksum < 0x10, "{checksum:02X}");
                assert_eq!((frame.checksum, frame.body.as_ref()), (ChecksumCheck::Dropped, &[1, last][..]));
                forgiven += 1;
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::BadChecksum);
                refused += 1;
            }
        }
    }
    assert_eq!((forgiven, refused), (16, 240));
}

/// Proves that a 2019 header with 2013 bodies is read: registration and authentication.
#[test]
fn bodies_of_2013_behind_a_2019_header() {
    let register = [&[0, 41, 0, 108][..], b"MUCK1", &[b'M'; 20], b"W000007", &[2], b"A12345"].concat();
    let raw = wire(&message(head(Edition::V2019.layout()), MessageId::REGISTER, &register));
    let Message::Register(read) = Frame::from_wire(raw).unwrap().decode().unwrap().exact().unwrap() else {
        panic!("register")
    };
    assert_eq!((read.layout, read.plate.to_string()), (Edition::V2013, "A12345".into()));
    assert_eq!(read.terminal_id.to_string(), "W000007");

    let raw = wire(&message(head(Edition::V2019.layout()), MessageId::AUTHENTICATE, b"authentication"));
    let Message::Authenticate(read) = Frame::from_wire(raw).unwrap().decode().unwrap().exact().unwrap() else {
        panic!("authenticate")
    };
    assert_eq!((read.code.to_string(), read.device), ("authentication".into(), None));
}

/// Proves that a vendor's header with a serial of one byte is read for that vendor's ids only.
#[test]
fn a_serial_of_one_byte() {
    let raw = wire(&message(head(Layout::ShortByteSerial), MessageId(0x5502), b"vendor"));
    let frame = Frame::from_wire(raw).unwrap();
    assert_eq!((frame.header.serial, frame.body.as_ref(), frame.length), (7, &b"vendor"[..], LengthCheck::Exact));
    let raw = wire(&message(head(Layout::ShortByteSerial), MessageId(0x5503), b"vendor"));
    assert_ne!(Frame::from_wire(raw).unwrap().header.serial, 7, "any other id has a serial of two bytes");
}

/// Proves that an encrypted body is refused by the reader of a gateway, whatever it holds.
#[test]
fn encrypted_bodies_are_not_read() {
    let plain = message(head(Layout::Short), MessageId::LOCATION, &[0; 28]);
    let error = Frame::from_wire(changed(plain, |bytes| bytes[2] |= 0x04)).unwrap().decode().unwrap_err();
    assert_eq!((error.kind, error.got), (ErrorKind::Encrypted, 1));
}

/// Proves that the old id of 0x0003 signs off too.
#[test]
fn the_old_id_signs_off() {
    let raw = wire(&message(head(Layout::Short), MessageId::DEREGISTER_OLD, &[]));
    assert_eq!(Frame::from_wire(raw).unwrap().decode().unwrap().exact().unwrap(), Message::Deregister);
}
