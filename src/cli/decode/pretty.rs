//! `--pretty`: the annotated layout of a frame, field by field, Chinese and English.
//!
//! ```text
//!     0  02 00                  消息ID message id: 0x0200 位置信息汇报 position report
//!     2  00 3c                  消息体属性 body properties: 长度 length 60
//! ```
//! Offsets count from the first header byte of the unescaped message, as the offsets of errors do.

mod messages;
mod sheet;

use std::io::{self, Write};

use bytes::Bytes;
use jt808::frame::Inspected;
use jt808::header::{ChecksumCheck, Header, Layout};
use jt808::messages::Message;

use self::sheet::Sheet;
use super::body::{Body, name};
use super::view::{Fault, Shown, hex};

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, line: usize, raw: &Bytes, seen: &Inspected, shown: &Shown) -> io::Result<()> {
    let header = &seen.header;
    let escapes = raw.len().saturating_sub(seen.message.len() + 2); // each adds one byte, the delimiters two
    writeln!(out, "== 行 line {line}: {} {}, {} 版 edition", header.id, name(header.id), shown.edition)?;
    writeln!(out, "   {} 字节 bytes on the wire, {escapes} 处转义 escaped", raw.len())?;
    let sheet = &mut Sheet::new(out, &seen.message, header.edition());
    write_header(sheet, header)?;
    match Message::decode(header, seen.body.clone()) {
        Ok(decoded) => messages::write(sheet, &decoded.message)?,
        Err(error) => sheet.row(seen.body.len(), "消息体 body", format_args!("无法解析 does not decode: {error}"))?,
    }
    sheet.row_up_to(header.len() + seen.body.len(), "多余 behind the standard layout", "-")?;
    write_checksum(sheet, seen.checksum)?;
    write_remarks(out, shown)
}

/// Writes why a piece of input gave no frame.
pub(super) fn write_fault(out: &mut impl Write, line: usize, raw: &[u8], fault: &Fault) -> io::Result<()> {
    writeln!(out, "== 行 line {line}: 错误 error: {}", fault.message())?;
    if !raw.is_empty() {
        writeln!(out, "   {}", hex(raw))?;
    }
    writeln!(out)
}

fn write_header<W: Write>(sheet: &mut Sheet<'_, W>, header: &Header) -> io::Result<()> {
    let properties = header.properties;
    sheet.row(2, "消息ID message id", format_args!("{} {}", header.id, name(header.id)))?;
    let flags = format!(
        "长度 length {}, 加密 encryption {}, 分包 split {}, 版本标识 version flag {}",
        properties.body_len(),
        properties.encryption(),
        u8::from(properties.is_split()),
        u8::from(properties.version_flag()),
    );
    sheet.row(2, "消息体属性 body properties", flags)?;
    if let Layout::Long { version } = header.layout {
        sheet.row(1, "协议版本号 protocol version", version)?;
    }
    let phone_width = if matches!(header.layout, Layout::Long { .. }) { 10 } else { 6 };
    sheet.row(phone_width, "终端手机号 terminal phone", header.phone)?;
    let serial_width = if header.layout == Layout::ShortByteSerial { 1 } else { 2 };
    sheet.row(serial_width, "流水号 serial", header.serial)?;
    if let Some(split) = header.split {
        sheet.row(2, "总包数 total packets", split.total)?;
        sheet.row(2, "包序号 packet number", split.index)?;
    }
    Ok(())
}

fn write_checksum<W: Write>(sheet: &mut Sheet<'_, W>, checksum: ChecksumCheck) -> io::Result<()> {
    match checksum {
        ChecksumCheck::Holds => sheet.row(1, "校验码 checksum", "正确 holds"),
        ChecksumCheck::Wrong => sheet.row(1, "校验码 checksum", "错误 wrong"),
        ChecksumCheck::Dropped => sheet.note("校验码 checksum", "缺失 left out"),
    }
}

fn write_remarks(out: &mut impl Write, shown: &Shown) -> io::Result<()> {
    for remark in shown.body.iter().flat_map(Body::odd) {
        writeln!(out, "   异常 odd: {remark}")?;
    }
    if let Some(error) = &shown.error {
        writeln!(out, "   错误 error: {}", error.message())?;
    }
    writeln!(out)
}
