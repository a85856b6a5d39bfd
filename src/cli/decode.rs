//! `muckwatch decode`: JT/T 808 frames in hex or raw bytes → one JSON object a line, or an annotated layout.

mod body;
mod input;
mod location;
mod pretty;
mod view;

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use jt808::assembly::{Assembler, AssemblyLimits};
use jt808::escape::DELIMITER;
use jt808::frame::{Frame, FrameLimits, Framer, Inspected};

use self::input::{Kind, Piece, Pieces};
use self::view::{Fault, Shown, Unread};

/// 解析 JT/T 808 报文: 逐行输出 JSON (decode JT/T 808 frames, one JSON object a line)
///
/// 输入为十六进制文本行 (一行可含多帧, 空行与 # 开头的行跳过), 来自文件或标准输入; 加 --stream 则为一条连接单方向的原始字节或十六进制.
///
/// Input is lines of hex from files or stdin; a line may hold several frames, blank lines and lines that begin with #
/// are skipped. With --stream it is the bytes of one direction of a connection, raw or hex.
///
/// Each frame becomes one object: does the checksum hold, edition, message id, terminal, serial, subpackage, body. A bad
/// frame becomes an object with error {kind, message, offset}, with whatever could still be read beside it, and decoding
/// goes on. Exit code: 0 all good, 1 some frame was bad, 2 the input could not be read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// 输入文件, 缺省或 - 为标准输入 (input files; none or - is stdin)
    files: Vec<PathBuf>,
    /// 输入是一条连接单方向的字节流, 原始或十六进制 (the bytes of one direction of a connection, raw or hex)
    #[arg(long)]
    stream: bool,
    /// 给人看: 逐字段注释报文 (for people: the annotated layout of each frame, field by field)
    #[arg(long)]
    pretty: bool,
}

const EXAMPLES: &str = "\
示例 Examples:
  心跳, 2013 版 (a heartbeat, 2013 edition):
    echo 7e000200000139123456780001337e | muckwatch decode
  逐字段看一帧 (one frame, field by field):
    echo '7E 00 02 00 00 01 39 12 34 56 78 00 01 33 7E' | muckwatch decode --pretty
  文件, 只要位置 (a file, positions only):
    muckwatch decode frames.txt | jq -c 'select(.msg_id == \"0x0200\") | .body'
  抓包得到的单方向字节 (one direction of a connection as captured):
    nc -l 6608 | muckwatch decode --stream";

/// Runs the command.
pub(super) fn run(args: &Args) -> ExitCode {
    decode(args).unwrap_or_else(|error| {
        eprintln!("muckwatch decode: {error:#}");
        ExitCode::from(2)
    })
}

fn decode(args: &Args) -> anyhow::Result<ExitCode> {
    let mut decoder = Decoder::new(BufWriter::new(io::stdout().lock()), args.pretty);
    let kind = if args.stream { Kind::Stream } else { Kind::Lines };
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files[..] };
    for file in files {
        let pieces = Pieces::open(file, kind).with_context(|| format!("cannot open {}", file.display()))?;
        match decoder.read(pieces, kind).and_then(|()| decoder.out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            done => done.with_context(|| format!("while decoding {}", file.display()))?,
        }
    }
    Ok(if decoder.failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Turns pieces of input into lines of output.
struct Decoder<W> {
    out: W,
    pretty: bool,
    failed: bool,
    assembler: Assembler,
}

impl<W: Write> Decoder<W> {
    fn new(out: W, pretty: bool) -> Self {
        Self { out, pretty, failed: false, assembler: Assembler::new(AssemblyLimits::default()) }
    }

    fn read(&mut self, pieces: Pieces, kind: Kind) -> io::Result<()> {
        let mut stretches = Stretches::new();
        for piece in pieces {
            match piece? {
                Piece::Bytes { line, bytes } => {
                    stretches.line = line;
                    stretches.buffer.extend_from_slice(&bytes);
                    self.drain(&mut stretches)?;
                    if kind == Kind::Lines {
                        self.finish(&stretches)?;
                        stretches = Stretches::new();
                    }
                }
                Piece::Bad { line, fault } => self.fault(line, fault, &[])?,
            }
        }
        if kind == Kind::Stream { self.finish(&stretches) } else { Ok(()) }
    }

    fn drain(&mut self, stretches: &mut Stretches) -> io::Result<()> {
        while let Some(found) = stretches.framer.next(&mut stretches.buffer) {
            stretches.found += 1;
            match found {
                Ok(frame) => self.frame(stretches.line, &frame.raw)?,
                Err(refused) if refused.raw.is_empty() => self.fault(stretches.line, refused.error.into(), &[])?,
                Err(refused) => self.frame(stretches.line, &refused.raw)?,
            }
        }
        Ok(())
    }

    /// Says what is left when a line or the stream ends.
    fn finish(&mut self, stretches: &Stretches) -> io::Result<()> {
        let left = stretches.buffer.as_ref();
        let begun = left.strip_prefix(&[DELIMITER]).unwrap_or(left);
        if !begun.is_empty() {
            return self.fault(stretches.line, Fault::incomplete(left), left);
        }
        if stretches.found == 0 {
            return self.fault(stretches.line, Fault::no_frame(), left);
        }
        let junk = stretches.framer.junk_bytes();
        if junk > 0 {
            eprintln!("muckwatch: 行 line {}: 帧外字节 bytes outside any frame: {junk}", stretches.line);
        }
        Ok(())
    }

    /// One stretch between two delimiters, good or bad.
    fn frame(&mut self, line: usize, raw: &Bytes) -> io::Result<()> {
        let seen = match Inspected::from_wire(raw) {
            Ok(seen) => seen,
            Err(error) => return self.fault(line, error.into(), raw),
        };
        let joined = Frame::from_wire(raw.clone()).ok().and_then(|frame| self.assembler.push(&frame, 0).ok().flatten());
        let shown = Shown::new(&seen, joined.as_ref());
        self.failed |= shown.error.is_some();
        if self.pretty {
            return pretty::write(&mut self.out, line, raw, &seen, &shown);
        }
        self.json(&shown)
    }

    fn fault(&mut self, line: usize, fault: Fault, raw: &[u8]) -> io::Result<()> {
        self.failed = true;
        if self.pretty {
            return pretty::write_fault(&mut self.out, line, raw, &fault);
        }
        self.json(&Unread::new(fault, line, raw))
    }

    fn json(&mut self, shown: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, shown)?;
        self.out.write_all(b"\n")
    }
}

/// The framer over one line or one stream.
struct Stretches {
    framer: Framer,
    buffer: BytesMut,
    line: usize,
    found: usize,
}

impl Stretches {
    fn new() -> Self {
        Self { framer: Framer::new(FrameLimits::default()), buffer: BytesMut::new(), line: 1, found: 0 }
    }
}
