//! How does an assessment look as one page? It names no other file: it can be kept and sent.

use super::report::{Flow, Report};
use crate::command::Failure;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

const PAGE: &str = include_str!("report.html");

/// The matrix of one flow: an exploit a row, a defence a column.
#[derive(Debug, Serialize)]
struct Matrix<'a> {
    flow: &'a Flow,
    columns: Vec<String>,
    rows: Vec<Vec<Cell<'a>>>,
}

/// What a defence does to an exploit; nothing where it has no word.
#[derive(Debug, Default, Serialize)]
struct Cell<'a> {
    marks: &'a str,
    class: &'static str,
    reason: &'a str,
    alone: bool,
}

impl<'a> Matrix<'a> {
    fn of(flow: &'a Flow) -> Self {
        let columns = flow.defences().iter().map(|defence| defence.name).collect::<Vec<_>>();
        let cell = |exploit: &'a super::report::Exploit, name: &str| {
            let found = exploit.defences.iter().find(|defence| defence.name == name);
            found.map_or_else(Cell::default, |defence| Cell {
                marks: &defence.marks,
                class: match defence.state {
                    "acts" => "acts",
                    "in part" => "part",
                    _ => "off",
                },
                reason: &defence.reason,
                alone: defence.alone,
            })
        };
        let row = |exploit| columns.iter().map(|name| cell(exploit, name)).collect();
        let rows = flow.exploits.iter().map(row).collect();
        Self { flow, columns: columns.into_iter().map(|name| name.replace('_', " ")).collect(), rows }
    }
}

/// Draws it.
pub fn render(report: &Report) -> Result<String, Failure> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report.html", PAGE).map_err(Failure::of)?;
    let matrices: Vec<_> = report.flows.iter().map(Matrix::of).collect();
    let context = context! { report => Value::from(Serde(report)), matrices => Value::from(Serde(matrices)) };
    environment.get_template("report.html").and_then(|page| page.render(context)).map_err(Failure::of)
}
