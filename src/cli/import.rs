//! `muckwatch import`: a folder of CSV and GeoJSON → the ledger's next revision, or everything that is wrong with the folder.

use super::{
    serve::said,
    settings::{self, Settings},
    wait,
};
use crate::{
    model::{ledger::Ledger, time::Timestamp},
    store::{
        import::{Completeness, Imported, completeness, read_folder, template_texts, warnings_text},
        ledger::{ImportEffect, TableChange},
    },
};
use anyhow::{Context, bail};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// 导入台账: 车辆、终端、企业、工地、核准、限行区 (bring in the ledger from a folder of CSV and GeoJSON)
///
/// 先用 --check 检查: 逐处列出文件、行、列、取值、原因和改法, 不改动任何内容. 文件和列的说明见 docs/LEDGER.md, 表头中英文皆可.
///
/// Check first: every error is listed with file, line, column, value, reason and remedy, all at once; nothing is changed.
/// docs/LEDGER.md describes the files; headings may be Chinese or English. Each import that differs from what is known
/// becomes a numbered revision; what was known before stays readable. Files left empty remove their rows.
///
/// 服务运行时不能导入: 请先停止服务, 或用 serve --ledger 在启动时导入. While a server runs on the data folder, stop it
/// first, or let it import at start: serve --ledger. 分角色部署 (store.postgres) 可随时导入, 几秒内生效: a house of many processes
/// takes a ledger while it runs, within seconds.
///
/// Exit code: 0 taken (or nothing wrong), 1 the folder has errors, 2 it could not be done.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// 台账文件夹 (the folder)
    folder: PathBuf,
    /// 只检查, 不改动任何内容 (only check, change nothing)
    #[arg(long)]
    check: bool,
    /// 在空文件夹中写出只有表头的文件, 供填写 (write files with headings only into an empty folder, to be filled in)
    #[arg(long, conflicts_with = "check")]
    template: bool,
    /// 导入人, 记入这一版 (who brings it in; recorded with the revision)
    #[arg(long, value_name = "NAME", env = "USER", default_value = "local")]
    author: String,
    #[command(flatten)]
    settings: Settings,
}

const EXAMPLES: &str = "\
示例 Examples:
  写出空表, 用 Excel 填写, 存为 CSV UTF-8 (empty files to fill in with a spreadsheet; save as CSV UTF-8):
    muckwatch import --template my-ledger
  检查 (check):
    muckwatch import --check my-ledger
  导入 (bring it in):
    muckwatch import my-ledger --data data --author 王五";

/// Runs the command.
pub(super) fn run(args: &ImportArgs) -> ExitCode {
    let done = if args.template { template(&args.folder) } else { import(args) };
    done.unwrap_or_else(|error| {
        eprintln!("muckwatch import: {error:#}");
        ExitCode::from(2)
    })
}

fn template(folder: &Path) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if fs::read_dir(folder)?.next().is_some() {
        bail!("{} 不是空文件夹, 请另选 (the folder is not empty: choose another)", folder.display());
    }
    for file in template_texts() {
        let path = folder.join(file.name);
        fs::write(&path, file.text).with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    if !args.folder.is_dir() {
        bail!("{} 不是文件夹 (is no folder)", args.folder.display());
    }
    let mut out = io::stdout().lock();
    match read_folder(&args.folder) {
        Ok(imported) => {
            describe(&imported, &mut out)?;
            if !args.check {
                wait(record(args, &imported))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            writeln!(out, "{}{errors}", warnings_text(&errors.warnings))?;
            Ok(ExitCode::from(1))
        }
    }
}

/// Makes it the newest revision of the data folder, in store and record; or of a house of many processes, while it runs.
async fn record(args: &ImportArgs, imported: &Imported) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    let house = settings::installation(&config).await?;
    house.put_layers(&imported.layers).await?;
    let outcome = house.revise(&imported.ledger, &args.author).await?;
    house.close();
    println!("{}", said(&outcome));
    if outcome.effect == ImportEffect::Unchanged {
        return Ok(());
    }
    for TableChange { table, added, changed, removed } in outcome.entry.changes {
        println!("  {}: +{added} ~{changed} -{removed}", crate::store::codes::code(&table));
    }
    Ok(())
}

/// What was read, and what was noticed.
fn describe(imported: &Imported, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{}", warnings_text(&imported.warnings))?;
    for (zh, en, count) in counts(&imported.ledger) {
        writeln!(out, "{zh} ({en}): {count}")?;
    }
    let Completeness { muck_trucks, complete } = completeness(&imported.ledger, newest(&imported.ledger));
    writeln!(out, "台账完整 (muck trucks fully entered): {complete} / {muck_trucks}")?;
    writeln!(out, "没有错误, {0} 处提醒 (no errors, {0} warnings)", imported.warnings.len())
}

fn counts(ledger: &Ledger) -> [(&'static str, &'static str, usize); 9] {
    [
        ("车辆", "vehicles", ledger.vehicles.len()),
        ("环保标志", "labels", ledger.labels.len()),
        ("终端", "terminals", ledger.fittings.len()),
        ("企业", "companies", ledger.companies.len()),
        ("运输核准", "transport approvals", ledger.transport_approvals.len()),
        ("工地、消纳场", "sites", ledger.sites.len()),
        ("已知地点", "places", ledger.places.len()),
        ("核准", "approvals", ledger.approvals.len()),
        ("限行区", "zones", ledger.zones.len()),
    ]
}

/// The latest instant at which a vehicle's row begins: the ledger's own idea of now.
fn newest(ledger: &Ledger) -> Timestamp {
    ledger.vehicles.iter().map(|row| row.validity.from).max().unwrap_or(Timestamp::BEGINNING)
}
