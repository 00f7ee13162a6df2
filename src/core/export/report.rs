//! A run's row as a table, and its curves as a picture.

use super::Request;
use crate::compare::{Compared, table};
use crate::error::Result;
use crate::figure::{self, Curve};
use crate::rundir::RunDir;

/// The table in Markdown.
pub fn markdown(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    rendered(run, "markdown")
}

/// The table in LaTeX (booktabs).
pub fn latex(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    rendered(run, "latex")
}

/// Noisy, clean and test accuracy over epochs.
pub fn svg(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    curves(run).map(String::into_bytes)
}

/// The same as dots.
pub fn png(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    crate::raster::png(&curves(run)?, crate::raster::SHARP)
}

fn curves(run: &RunDir) -> Result<String> {
    figure::svg(&run.id(), &[Compared::read(run)?], &[Curve::Noisy, Curve::Clean, Curve::Test])
}

fn rendered(run: &RunDir, form: &str) -> Result<Vec<u8>> {
    table(&[Compared::read(run)?]).render(form).map(String::into_bytes)
}
