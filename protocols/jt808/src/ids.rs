//! The one table of message ids (section 4): id, direction, Chinese and English name, and the ranges behind it.

use std::fmt;

/// A message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u16);

impl MessageId {
    /// 0x0001 终端通用应答
    pub const TERMINAL_REPLY: Self = Self(0x0001);
    /// 0x0002 终端心跳
    pub const HEARTBEAT: Self = Self(0x0002);
    /// 0x0003 终端注销
    pub const DEREGISTER: Self = Self(0x0003);
    /// 0x0004 查询服务器时间
    pub const QUERY_TIME: Self = Self(0x0004);
    /// 0x0100 终端注册
    pub const REGISTER: Self = Self(0x0100);
    /// 0x0101 终端注销 as the annex table of 2011 prints it; some old terminals send it.
    pub const DEREGISTER_OLD: Self = Self(0x0101);
    /// 0x0102 终端鉴权
    pub const AUTHENTICATE: Self = Self(0x0102);
    /// 0x0200 位置信息汇报
    pub const LOCATION: Self = Self(0x0200);
    /// 0x0704 定位数据批量上传
    pub const LOCATION_BATCH: Self = Self(0x0704);
    /// 0x8001 平台通用应答
    pub const PLATFORM_REPLY: Self = Self(0x8001);
    /// 0x8100 终端注册应答
    pub const REGISTER_REPLY: Self = Self(0x8100);
    /// 0x8300 文本信息下发
    pub const TEXT: Self = Self(0x8300);

    /// Who sends it and what it is called.
    #[must_use]
    pub fn entry(self) -> Entry {
        if let Some(entry) = TABLE.binary_search_by_key(&self, |entry| entry.id).ok().and_then(|at| TABLE.get(at)) {
            return *entry;
        }
        let range = RANGES.iter().find(|range| (range.first..=range.last).contains(&self.0));
        let (direction, zh, en) = range.map_or((self.side(), "未知消息", "unknown"), |r| (r.direction, r.zh, r.en));
        Entry { id: self, direction, zh, en }
    }

    /// Whether the standard (or JT/T 1078, T/JSATL 12) names this id itself.
    #[must_use]
    pub fn is_named(self) -> bool {
        TABLE.binary_search_by_key(&self, |entry| entry.id).is_ok()
    }

    /// The sender by the high bit, which is how the standard hands out ids.
    const fn side(self) -> Direction {
        if self.0 & 0x8000 == 0 { Direction::FromTerminal } else { Direction::FromPlatform }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X}", self.0)
    }
}

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Terminal to platform.
    FromTerminal,
    /// Platform to terminal.
    FromPlatform,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The id.
    pub id: MessageId,
    /// Who sends it.
    pub direction: Direction,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

/// A range that the standard leaves to others.
struct Range {
    first: u16,
    last: u16,
    direction: Direction,
    zh: &'static str,
    en: &'static str,
}

use Direction::{FromPlatform as P, FromTerminal as T};

const fn range(first: u16, last: u16, direction: Direction, zh: &'static str, en: &'static str) -> Range {
    Range { first, last, direction, zh, en }
}

/// Reserved and vendor ranges; muck-truck vendors use 0x0Fxx and 0x8Fxx.
const RANGES: &[Range] = &[
    range(0x0F00, 0x0FFF, T, "厂商上行消息(保留区)", "vendor uplink (reserved range)"),
    range(0x8F00, 0x8FFF, P, "厂商下行消息(保留区)", "vendor downlink (reserved range)"),
    range(0xE000, 0xEFFF, T, "厂商自定义上行消息", "vendor uplink"),
    range(0xF000, 0xFFFF, P, "厂商自定义下行消息", "vendor downlink"),
];

const fn row(id: u16, direction: Direction, zh: &'static str, en: &'static str) -> Entry {
    Entry { id: MessageId(id), direction, zh, en }
}

/// All ids with a name, ascending.
pub const TABLE: &[Entry] = &[
    row(0x0001, T, "终端通用应答", "terminal general reply"),
    row(0x0002, T, "终端心跳", "heartbeat"),
    row(0x0003, T, "终端注销", "deregister"),
    row(0x0004, T, "查询服务器时间", "query server time"),
    row(0x0005, T, "终端补传分包请求", "terminal resend request"),
    row(0x0100, T, "终端注册", "register"),
    row(0x0101, T, "终端注销(旧)", "deregister (old id)"),
    row(0x0102, T, "终端鉴权", "authenticate"),
    row(0x0104, T, "查询终端参数应答", "parameters"),
    row(0x0107, T, "查询终端属性应答", "terminal attributes"),
    row(0x0108, T, "终端升级结果通知", "upgrade result"),
    row(0x0200, T, "位置信息汇报", "position report"),
    row(0x0201, T, "位置信息查询应答", "position answer"),
    row(0x0301, T, "事件报告", "event report"),
    row(0x0302, T, "提问应答", "question answer"),
    row(0x0303, T, "信息点播/取消", "information on demand"),
    row(0x0500, T, "车辆控制应答", "vehicle control answer"),
    row(0x0608, T, "查询区域或线路数据应答", "areas or routes"),
    row(0x0700, T, "行驶记录数据上传", "recorder data"),
    row(0x0701, T, "电子运单上报", "e-waybill"),
    row(0x0702, T, "驾驶员身份信息采集上报", "driver identity"),
    row(0x0704, T, "定位数据批量上传", "batch positions"),
    row(0x0705, T, "CAN总线数据上传", "CAN data"),
    row(0x0800, T, "多媒体事件信息上传", "media event"),
    row(0x0801, T, "多媒体数据上传", "media data"),
    row(0x0802, T, "存储多媒体数据检索应答", "stored media list"),
    row(0x0805, T, "摄像头立即拍摄命令应答", "shoot answer"),
    row(0x0900, T, "数据上行透传", "uplink passthrough"),
    row(0x0901, T, "数据压缩上报", "compressed data"),
    row(0x0A00, T, "终端RSA公钥", "terminal RSA public key"),
    row(0x1003, T, "终端上传音视频属性", "audio-video attributes (JT/T 1078)"),
    row(0x1005, T, "终端上传乘客流量", "passenger flow (JT/T 1078)"),
    row(0x1205, T, "终端上传音视频资源列表", "audio-video resource list (JT/T 1078)"),
    row(0x1206, T, "文件上传完成通知", "file upload done (JT/T 1078)"),
    row(0x1210, T, "报警附件信息", "alarm attachments (T/JSATL 12)"),
    row(0x1211, T, "文件信息上传", "attachment file (T/JSATL 12)"),
    row(0x1212, T, "文件上传完成", "attachment file done (T/JSATL 12)"),
    row(0x8001, P, "平台通用应答", "platform general reply"),
    row(0x8003, P, "补传分包请求", "resend request"),
    row(0x8004, P, "查询服务器时间应答", "server time"),
    row(0x8100, P, "终端注册应答", "register reply"),
    row(0x8103, P, "设置终端参数", "set parameters"),
    row(0x8104, P, "查询终端参数", "query parameters"),
    row(0x8105, P, "终端控制", "terminal control"),
    row(0x8106, P, "查询指定终端参数", "query given parameters"),
    row(0x8107, P, "查询终端属性", "query attributes"),
    row(0x8108, P, "下发终端升级包", "upgrade package"),
    row(0x8201, P, "位置信息查询", "query position"),
    row(0x8202, P, "临时位置跟踪控制", "temporary tracking"),
    row(0x8203, P, "人工确认报警消息", "confirm alarm"),
    row(0x8204, P, "链路检测", "link test"),
    row(0x8300, P, "文本信息下发", "text"),
    row(0x8301, P, "事件设置", "set events"),
    row(0x8302, P, "提问下发", "question"),
    row(0x8303, P, "信息点播菜单设置", "set information menu"),
    row(0x8304, P, "信息服务", "information service"),
    row(0x8400, P, "电话回拨", "call back"),
    row(0x8401, P, "设置电话本", "set phone book"),
    row(0x8500, P, "车辆控制", "vehicle control"),
    row(0x8600, P, "设置圆形区域", "set circles"),
    row(0x8601, P, "删除圆形区域", "delete circles"),
    row(0x8602, P, "设置矩形区域", "set rectangles"),
    row(0x8603, P, "删除矩形区域", "delete rectangles"),
    row(0x8604, P, "设置多边形区域", "set polygon"),
    row(0x8605, P, "删除多边形区域", "delete polygons"),
    row(0x8606, P, "设置路线", "set route"),
    row(0x8607, P, "删除路线", "delete routes"),
    row(0x8608, P, "查询区域或线路数据", "query areas or routes"),
    row(0x8700, P, "行驶记录数据采集命令", "collect recorder data"),
    row(0x8701, P, "行驶记录参数下传命令", "set recorder parameters"),
    row(0x8702, P, "上报驾驶员身份信息请求", "ask for driver identity"),
    row(0x8800, P, "多媒体数据上传应答", "media data reply"),
    row(0x8801, P, "摄像头立即拍摄命令", "shoot now"),
    row(0x8802, P, "存储多媒体数据检索", "search stored media"),
    row(0x8803, P, "存储多媒体数据上传命令", "upload stored media"),
    row(0x8804, P, "录音开始命令", "start recording"),
    row(0x8805, P, "单条存储多媒体数据检索上传命令", "upload one stored medium"),
    row(0x8900, P, "数据下行透传", "downlink passthrough"),
    row(0x8A00, P, "平台RSA公钥", "platform RSA public key"),
    row(0x9003, P, "查询终端音视频属性", "query audio-video attributes (JT/T 1078)"),
    row(0x9101, P, "实时音视频传输请求", "live video request (JT/T 1078)"),
    row(0x9102, P, "音视频实时传输控制", "live video control (JT/T 1078)"),
    row(0x9105, P, "实时音视频传输状态通知", "live video status (JT/T 1078)"),
    row(0x9201, P, "远程录像回放请求", "playback request (JT/T 1078)"),
    row(0x9202, P, "远程录像回放控制", "playback control (JT/T 1078)"),
    row(0x9205, P, "查询资源列表", "query resource list (JT/T 1078)"),
    row(0x9206, P, "文件上传指令", "file upload (JT/T 1078)"),
    row(0x9207, P, "文件上传控制", "file upload control (JT/T 1078)"),
    row(0x9208, P, "报警附件上传指令", "alarm attachment upload (T/JSATL 12)"),
    row(0x9212, P, "文件上传完成应答", "attachment file done reply (T/JSATL 12)"),
    row(0x9301, P, "云台旋转", "turn camera (JT/T 1078)"),
    row(0x9302, P, "云台调整焦距控制", "camera focus (JT/T 1078)"),
    row(0x9303, P, "云台调整光圈控制", "camera aperture (JT/T 1078)"),
    row(0x9304, P, "云台雨刷控制", "camera wiper (JT/T 1078)"),
    row(0x9305, P, "红外补光控制", "infrared light (JT/T 1078)"),
    row(0x9306, P, "云台变倍控制", "camera zoom (JT/T 1078)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that the table is sorted without repeats, so that the search finds every row.
    #[test]
    fn table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(TABLE.iter().all(|entry| entry.id.entry() == *entry));
    }

    /// Proves that vendor ranges and unknown ids have a direction and a name too.
    #[test]
    fn ranges_and_unknown() {
        assert_eq!(MessageId(0x0F01).entry().en, "vendor uplink (reserved range)");
        assert_eq!(MessageId(0xE123).entry().direction, Direction::FromTerminal);
        assert_eq!(MessageId(0xFFFF).entry().direction, Direction::FromPlatform);
        assert_eq!(MessageId(0x0091).entry().en, "unknown");
    }
}
