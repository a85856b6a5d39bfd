//! What can be wrong with a folder, in both languages, each with what to do about it.

use crate::geo::GeoError;

macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident $({ $($field:ident : $kind:ty),* })? = $zh:literal, $en:literal; )*) => {
        /// What is wrong and what to do.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Reason { $( $(#[$doc])* $name $({ $(
            /// What the text names.
            $field: $kind
        ),* })?, )* }

        impl Reason {
            /// For people, Chinese.
            #[must_use]
            pub fn zh(&self) -> String {
                match self { $( Self::$name $({ $($field),* })? => format!($zh), )* }
            }

            /// For people, English.
            #[must_use]
            pub fn en(&self) -> String {
                match self { $( Self::$name $({ $($field),* })? => format!($en), )* }
            }
        }
    };
}

reasons! {
    /// A file of the ledger is not in the folder.
    FileMissing = "缺少此文件；没有内容时也请放一个只有表头的文件（GeoJSON 为空的 FeatureCollection）",
        "the file is missing; if there is nothing to say, put a file with the heading only (for GeoJSON an empty FeatureCollection)";
    /// The system refused to read it.
    Unreadable { cause: String } = "文件无法读取（{cause}）；请检查权限或是否被占用", "the file cannot be read ({cause}); check its permissions";
    /// Not UTF-8.
    NotUtf8 { offset: usize } = "第 {offset} 字节不是 UTF-8；在 Excel 中请另存为“CSV UTF-8（逗号分隔）”",
        "byte {offset} is not UTF-8; in Excel save as \"CSV UTF-8 (comma delimited)\"";
    /// Broken CSV.
    BadCsv { cause: String } = "不是正确的 CSV（{cause}）；请检查引号和每行的列数", "not proper CSV ({cause}); check the quotes and the number of cells";
    /// Broken JSON.
    BadGeoJson { cause: String } = "不是正确的 GeoJSON（{cause}）；请从地图软件重新导出", "not proper GeoJSON ({cause}); export it again";
    /// A column is not in the heading.
    ColumnMissing = "表头缺少这一列；请加上（列名见 docs/LEDGER.md，中文列名亦可）",
        "the heading lacks this column; add it (names are in docs/LEDGER.md, Chinese ones are taken too)";
    /// A column twice.
    ColumnTwice = "表头中这一列出现两次；请删去一列", "the heading has this column twice; remove one";
    /// A column nobody knows.
    ColumnIgnored = "不认识这一列，已忽略；若拼写有误请改正", "unknown column, ignored; mend it if it is a spelling mistake";
    /// A value that must be there.
    Empty = "此处必须填写；请补上", "this must be filled in";
    /// A code nobody knows.
    UnknownCode { choices: String } = "不认识的取值；请填：{choices}", "unknown value; write one of: {choices}";
    /// Not a time.
    BadTime = "不是时间；请写成 2026-11-24 或 2026-11-24 14:03（北京时间）", "not a time; write 2026-11-24 or 2026-11-24 14:03 (Beijing time)";
    /// Ends before it begins.
    PeriodReversed = "有效期止早于或等于有效期起；请改正", "the period ends before it begins; mend it";
    /// Not windows.
    BadWindows { part: String } = "读不懂时段“{part}”；请写成 周一至周五 22:00-05:00; 周六 20:00-06:00",
        "cannot read the hours `{part}`; write Mon-Fri 22:00-05:00; Sat 20:00-06:00";
    /// Not a terminal.
    BadTerminal = "不是终端号；请填 1 到 20 位数字（二进制号为十六进制）；Excel 显示为 1.39E+10 时，请先将该列设为“文本”",
        "not a terminal; write its 1 to 20 digits (hex for binary ids); if Excel shows 1.39E+10, make the column text first";
    /// Not a plate.
    BadPlate = "不是车牌号；请填 5 到 12 个字母、汉字或数字，如 豫A·D1234", "not a plate number; write 5 to 12 letters and digits such as 豫A·D1234";
    /// A GeoJSON file that is no collection.
    NotACollection = "须为 FeatureCollection；请将要素放入其中", "must be a FeatureCollection; put the features into one";
    /// Datum nobody knows.
    UnknownDatum = "不认识的坐标系；datum 请填 wgs84、gcj02（高德、腾讯）或 bd09（百度）",
        "unknown datum; write wgs84, gcj02 (Gaode, Tencent) or bd09 (Baidu)";
    /// No shape, or another.
    WrongShape { expected: &'static str } = "此处须为 {expected}；请在地图软件中重画", "this must be a {expected}; draw it again";
    /// Off the globe.
    BadPosition { lon: String, lat: String } = "坐标 [{lon}, {lat}] 不在地球上；GeoJSON 先经度后纬度，是否写反？",
        "the position [{lon}, {lat}] is not on the globe; GeoJSON has longitude first: are they swapped?";
    /// A shape that cannot be judged against.
    Degenerate { cause: GeoError } = "图形不能用于判断（{cause}）；请重画", "the shape cannot be judged against ({cause}); draw it again";
    /// Far from the district.
    FarAway { km: u32 } = "距本区中心约 {km} 公里；请检查坐标系（datum）和经纬度", "about {km} km from the middle of the district; check the datum and the position";
    /// Not one district.
    NotOneDistrict { found: usize } = "须恰好有一个要素（本区边界），现有 {found} 个", "must hold one feature, the district's outline; it holds {found}";
    /// A reference to nothing.
    UnknownReference { file: &'static str } = "{file} 中没有此编号；请补充或改正", "{file} has no such code; add it or mend this one";
    /// The same row twice.
    Twice { first: String } = "与{first} 重复；请删去一行或改编号、起始日期", "the same as {first}; remove one, or change its code or first day";
    /// Rows that hold at once and must not.
    Overlaps { other: String } = "有效期与{other} 重叠；请填写前一行的有效期止", "its period overlaps that of {other}; end the earlier one";
    /// Two main terminals.
    TwoMain { other: String } = "同一车辆同时有两台主用终端，另见{other}；请将其中一台改为备用", "the vehicle has two main terminals at once (see {other}); make one a spare";
    /// One terminal in two vehicles.
    TerminalInTwo { other: String } = "同一终端同时装在两辆车上，另见{other}；请填写先前的拆除日期", "the terminal sits in two vehicles at once (see {other}); end the earlier one";
    /// One plate on two vehicles.
    PlateInTwo { other: String } = "同一车牌同时用于两辆车，另见{other}；请核对", "the plate is on two vehicles at once (see {other}); check which is right";
    /// Approval without a way.
    NoRoute = "核准没有线路，无法判断偏离路线；请补充 route（台账不完整）", "the approval has no route, so leaving it cannot be judged; add one (incomplete)";
    /// Approval without a place.
    NoSite = "核准没有装载点或消纳场，不约束该端；请补充（台账不完整）", "the approval names no site, so it binds none; add it (incomplete)";
    /// A site of the other kind.
    OtherKind { expected: &'static str } = "此处应为{expected}；请核对编号", "the site is of the other kind (expected {expected}); check the code";
    /// A district that does not count.
    DistrictNotRecognised = "此核准由不被本区认可的区县签发，不能使车辆合法；若认可请写入 district.geojson 的 recognises",
        "issued by a district that is not recognised here, so it makes no truck legal; if it is recognised, add it to recognises";
    /// A mandatory name is missing.
    NotAssigned = "渣土车须填写监管部门、监管责任领导和监管责任人（惠政〔2017〕2号）；计入台账完整率",
        "a muck truck must have its supervising unit, leader and officer; counted as incomplete";
    /// A muck truck that cannot be seen.
    NoTerminal = "渣土车没有主用终端，无法看到它；请在 terminals.csv 中登记", "a muck truck without a main terminal is not seen; enter its device";
    /// A muck truck of nobody.
    NoCompany = "渣土车没有所属企业，无法判断企业核准；请补充", "a muck truck without a company: its company's approval cannot be judged";
}
