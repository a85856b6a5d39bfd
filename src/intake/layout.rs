//! The annotated layout of a frame: which bytes are which field, and what they say, Chinese and English. For people who look at a
//! frame; `decode --pretty` and the replay's panel print the same rows.

mod messages;
mod sheet;
pub mod values;

use bytes::Bytes;
use jt808::{
    frame::Inspected,
    header::{ChecksumCheck, Header, Layout},
    messages::Message,
};
use sheet::Sheet;
use values::name;

pub use sheet::Row;

/// A frame with its escapes undone, and its fields in wire order. Offsets count in `message`, as those of errors do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotated {
    /// Header, body and checksum, unescaped, without delimiters.
    pub message: Bytes,
    /// The fields.
    pub rows: Vec<Row>,
}

/// Annotates a frame as it came off the wire; `None` when it is none.
#[must_use]
pub fn annotated(raw: &Bytes) -> Option<Annotated> {
    let seen = Inspected::from_wire(raw).ok()?;
    Some(Annotated { rows: rows(&seen), message: seen.message })
}

/// The fields of a frame that was looked into.
#[must_use]
pub fn rows(seen: &Inspected) -> Vec<Row> {
    let header = &seen.header;
    let mut sheet = Sheet::new(seen.message.len(), header.edition());
    head(&mut sheet, header);
    match Message::decode(header, seen.body.clone()) {
        Ok(decoded) => messages::write(&mut sheet, &decoded.message),
        Err(error) => sheet.row(seen.body.len(), "消息体 body", format_args!("无法解析 does not decode: {error}")),
    }
    sheet.row_up_to(header.len() + seen.body.len(), "多余 behind the standard layout", "-");
    checksum(&mut sheet, seen.checksum);
    sheet.into_rows()
}

fn head(sheet: &mut Sheet, header: &Header) {
    let properties = header.properties;
    sheet.row(2, "消息ID message id", format_args!("{} {}", header.id, name(header.id)));
    let flags = format!(
        "长度 length {}, 加密 encryption {}, 分包 split {}, 版本标识 version flag {}",
        properties.body_len(),
        properties.encryption(),
        u8::from(properties.is_split()),
        u8::from(properties.version_flag()),
    );
    sheet.row(2, "消息体属性 body properties", flags);
    if let Layout::Long { version } = header.layout {
        sheet.row(1, "协议版本号 protocol version", version);
    }
    let phone_width = if matches!(header.layout, Layout::Long { .. }) { 10 } else { 6 };
    sheet.row(phone_width, "终端手机号 terminal phone", header.phone);
    let serial_width = if header.layout == Layout::ShortByteSerial { 1 } else { 2 };
    sheet.row(serial_width, "流水号 serial", header.serial);
    if let Some(split) = header.split {
        sheet.row(2, "总包数 total packets", split.total);
        sheet.row(2, "包序号 packet number", split.index);
    }
}

fn checksum(sheet: &mut Sheet, checksum: ChecksumCheck) {
    match checksum {
        ChecksumCheck::Holds => sheet.row(1, "校验码 checksum", "正确 holds"),
        ChecksumCheck::Wrong => sheet.row(1, "校验码 checksum", "错误 wrong"),
        ChecksumCheck::Dropped => sheet.note("校验码 checksum", "缺失 left out"),
    }
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
