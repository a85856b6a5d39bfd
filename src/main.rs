//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    muckwatch::cli::run()
}
