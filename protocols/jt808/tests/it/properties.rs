//! For any message and any bytes: decode after encode is identity, and nothing panics.

use bytes::{Bytes, BytesMut};
use jt808::assembly::{Assembler, AssemblyLimits};
use jt808::frame::{Frame, FrameLimits, Framer, Head, Inspected, Refused};
use jt808::header::{ChecksumCheck, Edition, Layout, LengthCheck, SubPackage};
use jt808::ids::MessageId;
use jt808::location::{AlarmFlags, Items, LocationReport, StatusFlags};
use jt808::messages::{
    Authenticate, BatchKind, Device, LocationBatch, Message, PlateColour, PlatformReply, PlatformResult, Register,
    RegisterReply, RegisterResult, TerminalReply, TextFlags, TextMessage,
};
use jt808::phone::Phone;
use jt808::reader::Reader;
use jt808::terminal::Terminal;
use jt808::text::Text;
use jt808::time::BcdTime;
use proptest::collection::vec;
use proptest::prelude::*;

fn edition() -> impl Strategy<Value = Edition> {
    prop::sample::select(Edition::ALL.to_vec())
}

/// Any bytes without the padding that a fixed field cannot tell from its fill.
fn field(max: usize) -> impl Strategy<Value = Text> {
    vec(any::<u8>(), 0..=max).prop_map(|mut bytes| {
        let padding = |byte: Option<&u8>| matches!(byte, Some(0 | b' '));
        while padding(bytes.last()) {
            bytes.pop();
        }
        while padding(bytes.first()) {
            bytes.remove(0);
        }
        Text::from_wire(bytes.into())
    })
}

fn any_text(max: usize) -> impl Strategy<Value = Text> {
    vec(any::<u8>(), 0..=max).prop_map(|bytes| Text::from_wire(bytes.into()))
}

fn report() -> impl Strategy<Value = LocationReport> {
    let numbers = any::<(u32, u32, u32, u32, u16, u16, u16, [u8; 6])>();
    (numbers, vec(any::<u8>(), 0..300)).prop_map(
        |((alarm, status, latitude, longitude, altitude, speed, direction, time), items)| LocationReport {
            alarm: AlarmFlags(alarm),
            status: StatusFlags(status),
            latitude,
            longitude,
            altitude,
            speed,
            direction,
            time: BcdTime(time),
            items: Items::from_wire(items.into()),
        },
    )
}

fn register(layout: Edition) -> impl Strategy<Value = Message> {
    let (maker, model, terminal_id) = match layout {
        Edition::V2011 => (5, 8, 7),
        Edition::V2013 => (5, 20, 7),
        Edition::V2019 => (11, 30, 30),
    };
    // A 2011 plate of 12 bytes and more reads as 2013: no plate is that long.
    let plate = if layout == Edition::V2011 { 11 } else { 30 };
    let fields = (field(maker), field(model), field(terminal_id), field(plate));
    (any::<(u16, u16, u8)>(), fields).prop_map(move |((province, city, colour), (maker, model, terminal_id, plate))| {
        let colour = PlateColour(colour);
        Message::Register(Register { layout, province, city, maker, model, terminal_id, colour, plate })
    })
}

fn authenticate(edition: Edition) -> impl Strategy<Value = Message> {
    (any_text(200), field(15), field(20)).prop_map(move |(code, imei, software)| {
        let device = (edition == Edition::V2019).then_some(Device { imei, software });
        Message::Authenticate(Authenticate { code, device })
    })
}

fn message(edition: Edition) -> impl Strategy<Value = Message> {
    let ids = any::<(u16, u16, u8)>();
    prop_oneof![
        Just(Message::Heartbeat),
        Just(Message::Deregister),
        ids.prop_map(|(serial, id, result)| Message::TerminalReply(TerminalReply {
            serial,
            id: MessageId(id),
            result
        })),
        ids.prop_map(|(serial, id, result)| {
            let result = PlatformResult::from_code(result);
            Message::PlatformReply(PlatformReply { serial, id: MessageId(id), result })
        }),
        (any::<(u16, u8)>(), any_text(60)).prop_map(|((serial, result), code)| {
            let result = RegisterResult::from_code(result);
            let code = if result == RegisterResult::Success { code } else { Text::default() };
            Message::RegisterReply(RegisterReply { serial, result, code })
        }),
        register(edition),
        (any::<(u8, u8)>(), any_text(300)).prop_map(move |((flags, kind), text)| {
            let kind = (edition == Edition::V2019).then_some(kind);
            Message::Text(TextMessage { flags: TextFlags(flags), kind, text })
        }),
        authenticate(edition),
        report().prop_map(Message::Location),
        (any::<u8>(), vec(report(), 0..5)).prop_map(|(kind, reports)| {
            Message::Batch(LocationBatch::new(BatchKind::from_code(kind), &reports).unwrap())
        }),
    ]
}

fn phone(layout: Layout) -> impl Strategy<Value = Phone> {
    any::<[u8; 10]>().prop_map(move |packed| {
        let phone = Phone::from_packed(packed);
        if matches!(layout, Layout::Long { .. }) { phone } else { Phone::from_six(phone.six()) }
    })
}

fn framed(head: &Head, id: MessageId, body: &[u8]) -> Bytes {
    let mut wire = BytesMut::new();
    head.encode(id, body, &mut wire).unwrap();
    wire.freeze()
}

/// Everything a framer gives for `wire` when it arrives in pieces of the given sizes.
fn cut(wire: &[u8], sizes: &[usize], limits: FrameLimits) -> Vec<Result<Frame, Refused>> {
    let (mut framer, mut buffer, mut found) = (Framer::new(limits), BytesMut::new(), Vec::new());
    let mut left = wire;
    let mut sizes = sizes.iter().copied().cycle();
    while !left.is_empty() {
        let (piece, rest) = left.split_at(sizes.next().unwrap_or(1).clamp(1, left.len()));
        buffer.extend_from_slice(piece);
        found.extend(std::iter::from_fn(|| framer.next(&mut buffer)));
        left = rest;
    }
    found
}

/// Bytes in which delimiters and escapes are frequent.
fn noisy() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![4 => any::<u8>(), 1 => Just(0x7E), 1 => Just(0x7D), 1 => 0..3_u8], 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Proves decode(encode(x)) = x for every typed message in every edition, body and frame.
    #[test]
    fn messages_survive(
        (edition, phone, message) in edition().prop_flat_map(|edition| {
            (Just(edition), phone(edition.layout()), message(edition))
        }),
        serial: u16,
    ) {
        let body = message.encode_body(edition).unwrap();
        prop_assume!(body.len() <= jt808::frame::MAX_BODY);
        let raw = framed(&Head::new(edition.layout(), phone, serial), message.id().unwrap(), &body);
        let frame = Frame::from_wire(raw.clone()).unwrap();
        prop_assert_eq!((frame.header.phone, frame.header.serial, frame.header.layout), (phone, serial, edition.layout()));
        prop_assert_eq!((frame.length, frame.checksum), (LengthCheck::Exact, ChecksumCheck::Holds));
        prop_assert_eq!(&frame.raw, &raw);
        prop_assert_eq!(frame.decode().unwrap().exact().unwrap(), message);
    }

    /// Proves that a batch gives back its reports one by one.
    #[test]
    fn batches_keep_their_reports(reports in vec(report(), 0..8)) {
        let batch = LocationBatch::new(BatchKind::Backfill, &reports).unwrap();
        prop_assert_eq!(batch.reports().collect::<Result<Vec<_>, _>>().unwrap(), reports);
        prop_assert!(batch.trailing().is_empty());
    }

    /// Proves that a long message split by a terminal comes back whole, in any order of its packets.
    #[test]
    fn split_messages_survive(body in vec(any::<u8>(), 1024..5000), order: u64) {
        let mut terminal = Terminal::new(Edition::V2019, Phone::parse("123").unwrap());
        let mut wire = BytesMut::from(&terminal.send_raw(MessageId(0x0801), &body).unwrap().wire[..]);
        let mut framer = Framer::new(FrameLimits::default());
        let mut frames: Vec<_> = std::iter::from_fn(|| framer.next(&mut wire)).map(Result::unwrap).collect();
        frames.sort_by_key(|frame| u64::from(frame.header.serial).wrapping_mul(order | 1) % 7919);
        let mut assembler = Assembler::new(AssemblyLimits::default());
        let whole: Vec<_> = frames.iter().filter_map(|frame| assembler.push(frame, 0).unwrap()).collect();
        prop_assert_eq!(whole.len(), 1);
        prop_assert_eq!(&whole[0].body, &body);
    }

    /// Proves that any bytes, in any pieces, never panic and give the same frames and refusals.
    #[test]
    fn any_cut_gives_the_same(wire in noisy(), sizes in vec(1..40_usize, 1..6), limit in 2..200_usize) {
        let limits = FrameLimits { max_frame_wire: limit };
        prop_assert_eq!(cut(&wire, &sizes, limits), cut(&wire, &[usize::MAX], limits));
    }

    /// Proves the same for streams of good frames with junk and shared delimiters between them, and that none is lost.
    #[test]
    fn good_frames_are_found_in_junk(
        parts in vec((vec(any::<u8>().prop_filter("no delimiter", |byte| *byte != 0x7E), 0..30), any::<bool>()), 1..8),
        sizes in vec(1..60_usize, 1..6),
    ) {
        let mut terminal = Terminal::new(Edition::V2013, Phone::parse("7").unwrap());
        let (mut wire, mut sent) = (Vec::new(), Vec::new());
        for (junk, shares) in &parts {
            let heartbeat = terminal.heartbeat().unwrap().wire;
            let opens = junk.is_empty() && *shares && wire.last() == Some(&0x7E);
            wire.extend_from_slice(junk);
            wire.extend_from_slice(&heartbeat[usize::from(opens)..]);
            sent.push(heartbeat);
        }
        let found = cut(&wire, &sizes, FrameLimits::default());
        let good: Vec<_> = found.into_iter().flatten().filter(|frame| frame.header.id == MessageId::HEARTBEAT).collect();
        let mut left = good.iter();
        prop_assert!(sent.iter().all(|wanted| left.any(|frame| frame.raw == *wanted)));
    }

    /// Proves that any body under any id and header never panics, and that everything read on demand can be read.
    #[test]
    fn any_body_is_harmless(id in prop_oneof![any::<u16>(), prop::sample::select(vec![
        0x0001, 0x0002, 0x0003, 0x0100, 0x0101, 0x0102, 0x0200, 0x0704, 0x8001, 0x8100,
    ])], edition in edition(), body in vec(any::<u8>(), 0..200)) {
        if let Ok(decoded) = Message::decode_body(MessageId(id), edition, Reader::new(body.into(), 12)) {
            match decoded.message {
                Message::Location(report) => drop(report.items.iter().filter_map(|item| item.typed()).count()),
                Message::Batch(batch) => drop((batch.reports().count(), batch.trailing())),
                Message::Register(register) => drop(register.plate.to_string()),
                _ => {}
            }
        }
    }

    /// Proves that any frame bytes never panic the inspector, and that a frame it finds sound is the gateway's too.
    #[test]
    fn any_frame_is_harmless(mut wire in noisy()) {
        wire.insert(0, 0x7E);
        wire.push(0x7E);
        let raw = Bytes::from(wire);
        let sound = Inspected::from_wire(&raw).is_ok_and(|seen| seen.fault().is_none());
        prop_assert_eq!(Frame::from_wire(raw).is_ok(), sound);
    }

    /// Proves that the assembler keeps its limits for any packets.
    #[test]
    fn assembly_keeps_its_limits(packets in vec((any::<(u8, u8)>(), 0..6_u16, 0..6_u16, 0..40_usize, 0..50_i64), 0..60)) {
        let limits = AssemblyLimits { max_open: 2, max_packets: 4, max_bytes: 64, max_idle_ms: 20 };
        let mut assembler = Assembler::new(limits);
        for ((phone, id), total, index, length, now) in packets {
            let mut packed = [0; 10];
            packed[9] = phone % 3;
            let split = Some(SubPackage { total, index });
            let head = Head { split, ..Head::new(Layout::Short, Phone::from_packed(packed), 0) };
            let frame = Frame::from_wire(framed(&head, MessageId(u16::from(id % 3)), &vec![1; length])).unwrap();
            if let Ok(Some(whole)) = assembler.push(&frame, now) {
                prop_assert!(whole.body.len() <= limits.max_bytes);
            }
            prop_assert!(assembler.bytes() <= limits.max_bytes);
        }
    }
}
