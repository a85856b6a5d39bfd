//! `--pretty`: the annotated layout of a frame, field by field, Chinese and English.
//!
//! ```text
//!     0  02 00                  消息ID message id: 0x0200 位置信息汇报 position report
//!     2  00 3c                  消息体属性 body properties: 长度 length 60
//! ```
//! Offsets count from the first header byte of the unescaped message, as the offsets of errors do.

use std::io::{self, Write};

use bytes::Bytes;
use jt808::escape::ESCAPE;
use jt808::frame::Inspected;

use super::body::Body;
use super::view::{Fault, Shown};
use crate::{
    intake::layout::{self, Row, values::name},
    model::hex::hex,
};

/// Bytes shown in one line; more go on below.
const BYTES_A_LINE: usize = 8;

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, line: usize, raw: &Bytes, seen: &Inspected, shown: &Shown) -> io::Result<()> {
    let header = &seen.header;
    let escapes = raw.iter().filter(|&&byte| byte == ESCAPE).count();
    writeln!(out, "== 行 line {line}: {} {}, {} 版 edition", header.id, name(header.id), shown.edition)?;
    writeln!(out, "   {} 字节 bytes on the wire, {escapes} 处转义 escaped", raw.len())?;
    for row in layout::rows(seen) {
        write_row(out, &seen.message, &row)?;
    }
    write_remarks(out, shown)
}

fn write_row(out: &mut impl Write, message: &[u8], row: &Row) -> io::Result<()> {
    let Row { offset, width, zh, en, value } = row;
    let field = if zh == en { zh.clone() } else { format!("{zh} {en}") };
    if *width == 0 {
        return writeln!(out, "{:>5}  {:<23}  {field}: {value}", "", "");
    }
    let bytes = message.get(*offset..offset + width).unwrap_or_default();
    let mut lines = bytes.chunks(BYTES_A_LINE);
    writeln!(out, "{offset:>5}  {:<23}  {field}: {value}", spaced(lines.next().unwrap_or_default()))?;
    for (number, more) in (1..).zip(lines) {
        writeln!(out, "{:>5}  {}", offset + number * BYTES_A_LINE, spaced(more))?;
    }
    Ok(())
}

fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Writes why a piece of input gave no frame.
pub(super) fn write_fault(out: &mut impl Write, line: usize, raw: &[u8], fault: &Fault) -> io::Result<()> {
    writeln!(out, "== 行 line {line}: 错误 error: {}", fault.message())?;
    if !raw.is_empty() {
        writeln!(out, "   {}", hex(raw))?;
    }
    writeln!(out)
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
