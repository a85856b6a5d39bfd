//! The files of a ledger folder and their columns: one table for the reader, the writer and docs/LEDGER.md.

use super::table::{
    Column, FileSpec,
    Need::{self, Mandatory, Optional},
};

const fn column(name: &'static str, zh: &'static [&'static str], need: Need) -> Column {
    Column { name, zh, need }
}

const VALID_FROM: Column = column("valid_from", &["有效期起", "起始日期", "生效日期"], Optional);
const VALID_TO: Column = column("valid_to", &["有效期止", "截止日期", "失效日期"], Optional);
const VEHICLE: Column = column("vehicle", &["车辆编号", "车辆"], Mandatory);
const COMPANY: Column = column("company", &["企业编号", "所属企业", "企业"], Mandatory);
const DISTRICT_OF_ISSUE: Column = column("district", &["签发区县", "区县代码", "发证区县"], Mandatory);
const ID: Column = column("id", &["编号", "代码"], Mandatory);
const NAME: Column = column("name", &["名称"], Mandatory);
const KIND: Column = column("kind", &["类型", "类别"], Mandatory);

/// 区县
pub(super) static DISTRICT: FileSpec = FileSpec {
    file: "district.geojson",
    columns: &[
        column("code", &["区县代码", "代码"], Mandatory),
        column("name_zh", &["中文名"], Mandatory),
        column("name_en", &["英文名"], Mandatory),
        column("synthetic", &["模拟数据"], Optional),
        column("recognises", &["认可区县"], Optional),
    ],
};

/// 车辆
pub(super) static VEHICLES: FileSpec = FileSpec {
    file: "vehicles.csv",
    columns: &[
        column("id", &["车辆编号", "编号"], Mandatory),
        column("plate", &["车牌号", "车牌号码", "号牌号码", "车牌"], Mandatory),
        column("plate_colour", &["车牌颜色", "号牌颜色"], Mandatory),
        column("kind", &["车辆类型", "类型"], Mandatory),
        column("company", &["所属企业", "企业编号", "企业"], Optional),
        column("supervising_unit", &["监管部门", "监管单位"], Optional),
        column("responsible_leader", &["监管责任领导", "责任领导"], Optional),
        column("responsible_officer", &["监管责任人", "责任人"], Optional),
        column("officer_phone", &["责任人电话", "联系电话"], Optional),
        VALID_FROM,
        VALID_TO,
    ],
};

/// 环保标志
pub(super) static LABELS: FileSpec = FileSpec {
    file: "labels.csv",
    columns: &[
        VEHICLE,
        column("label", &["环保标志", "标志"], Mandatory),
        column("from", &["起始日期", "自"], Mandatory),
        column("certificate", &["证书", "证明文号"], Optional),
    ],
};

/// 终端
pub(super) static TERMINALS: FileSpec = FileSpec {
    file: "terminals.csv",
    columns: &[
        column("terminal", &["终端号", "终端手机号", "sim卡号"], Mandatory),
        VEHICLE,
        column("role", &["主备", "用途"], Optional),
        column("load_sensor", &["载重传感器"], Optional),
        column("datum", &["坐标系"], Optional),
        column("auth_code", &["鉴权码"], Optional),
        VALID_FROM,
        VALID_TO,
    ],
};

/// 运输企业
pub(super) static COMPANIES: FileSpec = FileSpec {
    file: "companies.csv",
    columns: &[column("id", &["企业编号", "编号"], Mandatory), column("name", &["企业名称", "名称"], Mandatory)],
};

/// 运输核准
pub(super) static TRANSPORT_APPROVALS: FileSpec = FileSpec {
    file: "transport_approvals.csv",
    columns: &[
        column("number", &["核准文号", "文号", "编号"], Mandatory),
        COMPANY,
        DISTRICT_OF_ISSUE,
        VALID_FROM,
        VALID_TO,
    ],
};

/// 工地、消纳场
pub(super) static SITES: FileSpec = FileSpec {
    file: "sites.geojson",
    columns: &[ID, NAME, KIND, column("township", &["镇街", "乡镇街道", "属地"], Optional), VALID_FROM, VALID_TO],
};

/// 已知地点
pub(super) static PLACES: FileSpec = FileSpec { file: "places.geojson", columns: &[ID, NAME, KIND] };

/// 限行区
pub(super) static ZONES: FileSpec = FileSpec {
    file: "zones.geojson",
    columns: &[
        ID,
        NAME,
        column("hours", &["限行时段", "时段"], Optional),
        column("closed_to", &["限行对象"], Mandatory),
        column("notice", &["通告", "通告文号"], Optional),
        VALID_FROM,
        VALID_TO,
    ],
};

/// 核准
pub(super) static APPROVALS: FileSpec = FileSpec {
    file: "approvals.csv",
    columns: &[
        column("id", &["核准编号", "核准文号", "编号"], Mandatory),
        VEHICLE,
        column("load_site", &["装载点", "工地编号", "工地"], Optional),
        column("disposal_site", &["消纳场", "消纳场编号"], Optional),
        column("route", &["线路", "线路编号"], Optional),
        column("windows", &["核准时段", "时段"], Optional),
        column("binds", &["约束范围"], Optional),
        DISTRICT_OF_ISSUE,
        VALID_FROM,
        VALID_TO,
    ],
};

/// 线路
pub(super) static ROUTES: FileSpec =
    FileSpec { file: "routes.geojson", columns: &[column("id", &["线路编号", "编号"], Mandatory)] };

/// Every file, in the order they are told of.
pub(super) static ALL: [&FileSpec; 11] = [
    &DISTRICT,
    &VEHICLES,
    &LABELS,
    &TERMINALS,
    &COMPANIES,
    &TRANSPORT_APPROVALS,
    &SITES,
    &PLACES,
    &ZONES,
    &ROUTES,
    &APPROVALS,
];

/// Roads of the map; not part of the ledger.
pub(super) const ROADS: &str = "roads.geojson";
/// Township outlines of the map; not part of the ledger.
pub(super) const TOWNSHIPS: &str = "townships.geojson";

#[cfg(test)]
#[test]
fn the_manual_names_every_file_and_column() {
    // Proves: docs/LEDGER.md has a section per file and, in it, a line per column with its first Chinese name and its need.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LEDGER.md");
    let manual = std::fs::read_to_string(path).expect("docs/LEDGER.md");
    for spec in ALL {
        let section =
            manual.split("\n## ").find(|part| part.starts_with(spec.file)).unwrap_or_else(|| panic!("{}", spec.file));
        for column in spec.columns {
            let need = if column.need == Mandatory { "是" } else { "" };
            let line = format!("| {} | {} | {need} |", column.name, column.zh[0]).replace("|  |", "| |");
            assert!(section.contains(&line), "{}: {line}", spec.file);
        }
    }
}
