#!/usr/bin/env bash
# A job that is requeued until its run is done: Slurm's TERM makes a checkpoint, the next start goes on from it.
#SBATCH --job-name=saner
#SBATCH --gres=gpu:1
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --open-mode=append
set -u
export SANER_TUI_RUNS="$HOME/runs/$SLURM_JOB_NAME"
mkdir -p "$SANER_TUI_RUNS"
# `exec`, so that the signal reaches the program and not this script. The first start has nothing to go on with.
if [ -n "$(ls -A "$SANER_TUI_RUNS")" ]; then
    exec saner-tui run --plain --resume auto
fi
exec saner-tui run --plain cifar10-sym25-saner
