//! JT/T 808 wire format (2011, 2013, 2019). No I/O, no clock, no runtime, no `unsafe`.
//!
//! | module | what |
//! |---|---|
//! | [`frame`] | bytes of a connection → frames and back: delimiters, escapes, checksum, limits |
//! | [`header`] | both header layouts, and which one a frame has |
//! | [`ids`] | the one table of message ids |
//! | [`messages`] | the typed bodies, one file each, decode and encode |
//! | [`location`] | alarm bits, status bits and additional items of a position |
//! | [`assembly`] | split messages joined, within limits |
//! | [`session`] | what a platform owes to a terminal, as a state machine |
//! | [`terminal`] | the other end, for simulators and tests |
//!
//! Section numbers in these docs are those of the reference `../shared/protocol/jt808.md`.
//!
//! ```
//! use bytes::BytesMut;
//! use jt808::frame::{FrameLimits, Framer, Head};
//! use jt808::header::Edition;
//! use jt808::ids::MessageId;
//! use jt808::location::{AlarmFlags, Items, LocationReport, StatusFlags};
//! use jt808::messages::Message;
//! use jt808::phone::Phone;
//! use jt808::time::BcdTime;
//!
//! // A terminal of 2019 reports a position ...
//! let report = LocationReport {
//!     alarm: AlarmFlags(0),
//!     status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED),
//!     latitude: 34_870_000,
//!     longitude: 113_570_000,
//!     altitude: 96,
//!     speed: 425, // 42.5 km/h
//!     direction: 90,
//!     time: BcdTime([0x26, 0x03, 0x01, 0x10, 0x15, 0x00]),
//!     items: Items::builder().mileage(10_452).satellites(17).finish(),
//! };
//! let head = Head::new(Edition::V2019.layout(), Phone::parse("13800138000").expect("digits"), 7);
//! let mut wire = BytesMut::from(&b"junk before the first delimiter"[..]);
//! head.encode(MessageId::LOCATION, &report.to_body(), &mut wire)?;
//!
//! // ... and a platform reads it.
//! let mut framer = Framer::new(FrameLimits::default());
//! let frame = framer.next(&mut wire).expect("a whole frame").expect("a good one");
//! assert_eq!((frame.header.phone.to_string(), frame.header.edition()), ("13800138000".into(), Edition::V2019));
//! assert_eq!(frame.decode()?.exact()?, Message::Location(report));
//! # Ok::<(), jt808::error::WireError>(())
//! ```

pub mod assembly;
#[cfg(feature = "tokio")]
pub mod codec;
pub mod error;
pub mod escape;
pub mod frame;
pub mod header;
pub mod ids;
pub mod location;
pub mod messages;
pub mod phone;
pub mod reader;
pub mod session;
pub mod terminal;
pub mod text;
pub mod time;
pub mod writer;
