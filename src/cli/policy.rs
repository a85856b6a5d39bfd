//! `muckwatch policy`: the numbers behind the rules: what holds, whether a file can be used, and putting one in force.

mod file;
mod text;

use super::{
    say,
    settings::{Settings, installation, say_whom},
    wait,
};
use crate::{
    app::{installation::look, policy::Wish},
    model::time::Timestamp,
    rules::{
        Policy,
        policy::{LEAD, Policies},
    },
    store::policies::{Enacted, PolicyStore, StoredPolicy, all},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// 规则参数: 显示、检查、生效 (the numbers behind the rules: show, check, put in force)
///
/// 每次变更编号留存, 只对生效时刻以后的定位点有效; 以前的仍按当时的参数判定, 重放和重判亦然. 各参数的含义见 docs/rules.md.
///
/// Each change is numbered and kept, and holds for fixes from its time on: what was before stays judged by what held then, also
/// when it is replayed or judged again. docs/rules.md says what each number means.
///
/// 单机: 请先停止服务再变更. 分角色部署可随时变更, 几秒内通知全部判定进程. On a single machine stop the server to change it; a house
/// of many processes takes a change while it runs, and all workers know it within seconds.
///
/// Exit code: 0 done (or nothing wrong), 1 the file has an error, 2 it could not be done.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// 现行参数与历次变更, TOML (what holds now, and all changes)
    Show {
        #[command(flatten)]
        settings: Settings,
    },
    /// 检查文件, 并列出与现行参数的差别 (whether a file can be used, and what it would change; changes nothing)
    Check {
        /// 参数文件, TOML; 未写的用默认值 (the file; what it does not name has its default)
        file: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
    /// 生效 (puts a file in force)
    Set {
        /// 参数文件, TOML; 未写的用默认值 (the file; what it does not name has its default)
        file: PathBuf,
        /// 自何时起生效, 如 2026-11-25T00:00:00+08:00; 缺省为五分钟后, 不能更早 (from when on; default in five minutes, which is the earliest)
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// 变更人, 随变更留存 (who changes it; kept with the change)
        #[arg(long, value_name = "NAME", env = "USER", default_value = "local")]
        author: String,
        #[command(flatten)]
        settings: Settings,
    },
}

const EXAMPLES: &str = "\
示例 Examples:
  导出现行参数, 修改后检查, 再生效 (write what holds into a file, edit it, check it, put it in force):
    muckwatch policy show > policy.toml
    muckwatch policy check policy.toml
    muckwatch policy set policy.toml --author 王五
  只写要改的即可 (a file needs only what differs from the defaults):
    [off_route.params]
    out_m = 100.0";

/// Runs the command.
pub(super) fn run(args: PolicyArgs) -> ExitCode {
    let done = match args.command {
        PolicyCommand::Show { settings } => wait(show(settings)),
        PolicyCommand::Check { file, settings } => match file::read(&file) {
            Ok(policy) => wait(check(policy, settings)),
            Err(wrong) => return refused(&wrong),
        },
        PolicyCommand::Set { file, from, author, settings } => match file::read(&file) {
            Ok(policy) => wait(set(policy, from, author, settings)),
            Err(wrong) => return refused(&wrong),
        },
    };
    match done {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("muckwatch policy: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn refused(wrong: &file::Wrong) -> ExitCode {
    eprintln!("{wrong}");
    ExitCode::from(1)
}

/// What is in force, and when now is.
struct Standing {
    changes: Vec<StoredPolicy>,
    policies: Policies,
    now: Timestamp,
}

impl Standing {
    async fn of(store: &dyn PolicyStore, now: Timestamp) -> Result<Self> {
        let changes = all(store).await?;
        let policies = Policies::of(&changes.iter().map(StoredPolicy::change).collect::<Vec<_>>())?;
        Ok(Self { changes, policies, now })
    }

    async fn seen(settings: &Settings) -> Result<Self> {
        let config = settings.load()?;
        say_whom(&config);
        let (store, now) = look(&config).await?;
        Self::of(&store, now).await
    }

    fn in_force(&self) -> &Policy {
        &self.policies.at(self.now).policy
    }

    /// Changes that a change from `from` on takes the place of before they hold.
    fn waiting(&self, from: Timestamp) -> Vec<&StoredPolicy> {
        self.changes
            .iter()
            .filter(|stored| stored.order.from >= from && !text::is_replaced(stored, &self.changes))
            .collect()
    }
}

async fn show(settings: Settings) -> Result<String> {
    let standing = Standing::seen(&settings).await?;
    let whole = toml::to_string(standing.in_force())?;
    Ok(format!("{}\n\n{}", text::history(&standing.changes, standing.now), whole.trim_end()))
}

async fn check(policy: Policy, settings: Settings) -> Result<String> {
    let standing = Standing::seen(&settings).await?;
    let difference = text::difference(standing.in_force(), &policy);
    let soon = standing.now + LEAD;
    Ok(format!("可用 the file can be used\n{difference}{}", text::would_replace(&standing.waiting(soon))))
}

async fn set(policy: Policy, from: Option<String>, author: String, settings: Settings) -> Result<String> {
    let config = settings.load()?;
    let from = from.map(|text| Timestamp::parse(&text)).transpose()?;
    let house = installation(&config).await?;
    let before = Standing::of(house.store(), house.now()).await?;
    let done = house.enact(Wish { policy, from, author }).await;
    house.close();
    Ok(match &done? {
        Enacted::Changed(stored) => {
            format!("{}\n已记录 recorded{}", text::line(stored), text::replaced(&before.waiting(stored.order.from)))
        }
        Enacted::Unchanged(stored) => {
            format!("{}\n与最新一次相同, 未变更 equal to the newest, nothing was changed", text::line(stored))
        }
    })
}
