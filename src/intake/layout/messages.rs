//! The rows of the typed bodies.

use jt808::header::Edition;
use jt808::location::{Item, Load, LocationReport};
use jt808::messages::{Authenticate, LocationBatch, Message, PlatformReply, Register, RegisterReply, TerminalReply};

use super::sheet::Sheet;
use super::values::{degrees, item_value, name, text};

/// Writes the body; an untyped one is its bytes.
pub(super) fn write(sheet: &mut Sheet, message: &Message) {
    match message {
        Message::Heartbeat | Message::Deregister => sheet.note("消息体 body", "空 empty"),
        Message::TerminalReply(TerminalReply { serial, id, result }) => {
            reply(sheet, *serial, &format!("{id} {}", name(*id)), *result);
        }
        Message::PlatformReply(PlatformReply { serial, id, result }) => {
            reply(sheet, *serial, &format!("{id} {}", name(*id)), result.code());
        }
        Message::RegisterReply(reply) => register_reply(sheet, reply),
        Message::Register(fields) => register(sheet, fields),
        Message::Authenticate(fields) => authenticate(sheet, fields),
        Message::Location(report) => location(sheet, report),
        Message::Batch(fields) => batch(sheet, fields),
        Message::Text(message) => {
            sheet.row(1, "标志 flags", format_args!("{:08b}", message.flags.0));
            if let Some(kind) = message.kind {
                sheet.row(1, "文本类型 kind", kind);
            }
            sheet.row(message.text.as_bytes().len(), "文本信息 text", text(&message.text));
        }
        Message::Slice { split, slice } => {
            sheet.row(slice.len(), "分包内容 slice", format_args!("第 packet {}/{}", split.index, split.total));
        }
        Message::Untyped(bytes) => sheet.row(bytes.len(), "消息体 body", "未细分 not typed"),
        _ => {}
    }
}

fn reply(sheet: &mut Sheet, serial: u16, id: &str, result: u8) {
    let meaning = match result {
        0 => "成功/确认 success",
        1 => "失败 failure",
        2 => "消息有误 bad message",
        3 => "不支持 unsupported",
        4 => "报警处理确认 alarm handled",
        _ => "未知 unknown",
    };
    sheet.row(2, "应答流水号 serial answered", serial);
    sheet.row(2, "应答ID id answered", id);
    sheet.row(1, "结果 result", format_args!("{result} {meaning}"));
}

fn register_reply(sheet: &mut Sheet, reply: &RegisterReply) {
    let meaning = match reply.result.code() {
        0 => "成功 success",
        1 => "车辆已被注册 vehicle registered already",
        2 => "数据库中无该车辆 no such vehicle",
        3 => "终端已被注册 terminal registered already",
        4 => "数据库中无该终端 no such terminal",
        _ => "未知 unknown",
    };
    sheet.row(2, "应答流水号 serial answered", reply.serial);
    sheet.row(1, "结果 result", format_args!("{} {meaning}", reply.result.code()));
    if reply.code.is_empty() {
        return;
    }
    sheet.row(reply.code.as_bytes().len(), "鉴权码 authentication code", text(&reply.code));
}

fn register(sheet: &mut Sheet, fields: &Register) {
    let (maker, model, terminal_id) = match fields.layout {
        Edition::V2011 => (5, 8, 7),
        Edition::V2013 => (5, 20, 7),
        Edition::V2019 => (11, 30, 30),
    };
    let (zh, en) = fields.colour.names();
    sheet.row(2, "省域ID province", fields.province);
    sheet.row(2, "市县域ID city and county", fields.city);
    sheet.row(maker, "制造商ID maker", text(&fields.maker));
    sheet.row(model, "终端型号 model", text(&fields.model));
    sheet.row(terminal_id, "终端ID terminal id", text(&fields.terminal_id));
    sheet.row(1, "车牌颜色 plate colour", format_args!("{} {zh} {en}", fields.colour.0));
    let plate = if fields.colour.0 == 0 { "车辆标识 VIN" } else { "车牌 plate" };
    sheet.row(fields.plate.as_bytes().len(), plate, text(&fields.plate));
}

fn authenticate(sheet: &mut Sheet, fields: &Authenticate) {
    let width = fields.code.as_bytes().len();
    let Some(device) = &fields.device else {
        sheet.row(width, "鉴权码 authentication code", text(&fields.code));
        return;
    };
    sheet.row(1, "鉴权码长度 code length", width);
    sheet.row(width, "鉴权码 authentication code", text(&fields.code));
    sheet.row(15, "IMEI", text(&device.imei));
    sheet.row(20, "软件版本号 software version", text(&device.software));
}

fn location(sheet: &mut Sheet, report: &LocationReport) {
    let status = report.status;
    let alarms = report.alarm.set(sheet.edition()).map(|alarm| format!("{} {} {}", alarm.bit, alarm.zh, alarm.en));
    sheet.row(4, "报警标志 alarm flags", list(alarms));
    let bits = status.set(sheet.edition()).map(|bit| format!("{} {} {}", bit.bit, bit.zh, bit.en));
    sheet.row(4, "状态 status", list(bits));
    sheet.note("载重 load (8–9)", load(status.load()));
    sheet.row(4, "纬度 latitude", format_args!("{:.6}°", degrees(report.latitude, status.is_south())));
    sheet.row(4, "经度 longitude", format_args!("{:.6}°", degrees(report.longitude, status.is_west())));
    sheet.row(2, "高程 altitude", format_args!("{} m", report.altitude));
    sheet.row(2, "速度 speed", format_args!("{:.1} km/h", f64::from(report.speed) / 10.0));
    sheet.row(2, "方向 direction", format_args!("{}°", report.direction));
    match report.time.civil() {
        Some(time) => sheet.row(6, "时间 time", time),
        None => sheet.row(6, "时间 time", format_args!("不可能的时间 impossible: {}", report.time.digits())),
    }
    for entry in &report.items {
        item(sheet, &entry);
    }
    match report.items.trailing().len() {
        0 => {}
        left => sheet.row(left, "附加信息后的余字节 bytes after the items", "-"),
    }
}

fn item(sheet: &mut Sheet, item: &Item) {
    let (id, width) = (item.id, item.value.len());
    let (zh, en) = item_name(id).split_once(' ').unwrap_or_default();
    let (zh, en) = (format!("附加信息 0x{id:02X} {zh}"), format!("item 0x{id:02X} {en}"));
    match item.typed() {
        Some(value) => sheet.named(2 + width, &zh, &en, item_value(value)),
        None => sheet.named(2 + width, &zh, &en, format_args!("{width} 字节原样保留 bytes kept as they are")),
    }
}

fn item_name(id: u8) -> &'static str {
    match id {
        0x01 => "里程 odometer",
        0x02 => "油量 fuel",
        0x03 => "行驶记录速度 recorder speed",
        0x04 => "需人工确认报警事件 alarm to confirm",
        0x05 => "胎压 tyre pressure",
        0x06 => "车厢温度 cargo temperature",
        0x11 => "超速报警附加信息 overspeed",
        0x12 => "进出区域/路线 area or route",
        0x13 => "路段行驶时间 segment time",
        0x14 => "视频相关报警 video alarms",
        0x15 => "视频信号丢失 video lost",
        0x16 => "视频信号遮挡 video blocked",
        0x17 => "存储器故障 storage fault",
        0x18 => "异常驾驶行为 abnormal driving",
        0x25 => "扩展车辆信号 vehicle signals",
        0x2A => "IO状态 io",
        0x2B => "模拟量 analog",
        0x30 => "无线通信信号强度 signal strength",
        0x31 => "GNSS定位卫星数 satellites",
        0x64 => "ADAS报警 ADAS alarm",
        0x65 => "DSM报警 DSM alarm",
        0x66 => "胎压监测报警 TPMS alarm",
        0x67 => "盲区监测报警 BSD alarm",
        _ => "自定义 vendor",
    }
}

const fn load(load: Load) -> &'static str {
    match load {
        Load::Empty => "00 空车或未知 empty or unknown",
        Load::Half => "01 半载 half",
        Load::Reserved => "10 保留 reserved",
        Load::Full => "11 满载 full",
    }
}

fn batch(sheet: &mut Sheet, batch: &LocationBatch) {
    sheet.row(2, "数据项个数 count", batch.declared);
    let kind = match batch.kind.code() {
        0 => "正常批量汇报 normal batch",
        1 => "盲区补报 blind-area backfill",
        _ => "未知 unknown",
    };
    sheet.row(1, "数据类型 kind", format_args!("{} {kind}", batch.kind.code()));
    for (number, body) in (1..).zip(batch.records()) {
        sheet.row(2, "数据项长度 record length", format_args!("{} (第 record {number})", body.len()));
        match LocationReport::from_body(body.clone()) {
            Ok(report) => location(sheet, &report),
            Err(error) => sheet.row(body.len(), "数据项 record", error),
        }
    }
    match batch.trailing().len() {
        0 => {}
        left => sheet.row(left, "数据项后的余字节 bytes after the records", "-"),
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "无 none".into() } else { names.join(", ") }
}
