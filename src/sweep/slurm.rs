//! A Slurm job array of a sweep: each job runs one cell with this program.

use std::fmt::Write as _;
use std::path::Path;

use saner_core::{Error, Result};

use super::{How, Plan};
use crate::cli::Places;

/// The script.
///
/// # Errors
/// The program cannot find itself.
pub fn script(plan: &Plan, file: &Path, how: &How, places: &Places) -> Result<String> {
    let program = std::env::current_exe().map_err(|fault| Error::Failed(format!("the program cannot find itself: {fault}")))?;
    let whole = |path: &Path| quote(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).display().to_string());
    let mut command = format!("{} sweep {} --runs {}", whole(&program), whole(file), whole(&places.runs()));
    if let Some(dir) = &plan.data {
        let _ = write!(command, " --data {}", whole(dir));
    }
    let _ = write!(command, " --device {}", how.device);
    Ok(format!(
        "#!/bin/sh\n#SBATCH --job-name={name}\n#SBATCH --array=0-{last}\n#SBATCH --gpus=1\n#SBATCH --signal=B:TERM@120\n\
         #SBATCH --requeue\n# One job a cell. A job that is requeued goes on from its newest checkpoint.\n\
         {command} --cell \"$SLURM_ARRAY_TASK_ID\" &\ntrap 'kill -TERM $!; wait $!' TERM\nwait $!\n\
         # When all are done, this prints the table:\n#   {command}\n",
        name = plan.sweep.name,
        last = plan.cells.len() - 1,
    ))
}

/// A word for a shell.
fn quote(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quote("/a/b-1.toml"), "/a/b-1.toml");
        assert_eq!(quote("it's here"), "'it'\\''s here'");
    }
}
