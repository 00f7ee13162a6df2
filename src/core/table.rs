//! A table of words in the forms that people paste.

use crate::error::{Error, Result};

/// Rows of cells under a header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// Names of the forms.
pub const FORMS: [&str; 4] = ["table", "markdown", "latex", "csv"];

impl Table {
    /// The table in one of [`FORMS`].
    ///
    /// # Errors
    /// Another word.
    pub fn render(&self, form: &str) -> Result<String> {
        match form {
            "table" => Ok(self.text()),
            "markdown" => Ok(self.markdown()),
            "latex" => Ok(self.latex()),
            "csv" => Ok(self.csv()),
            _ => Err(Error::Input(format!("--format {form}: not a form of a table; write one of {}", FORMS.join(", ")))),
        }
    }

    fn widths(&self) -> Vec<usize> {
        let all = || std::iter::once(&self.header).chain(&self.rows);
        (0..self.header.len()).map(|i| all().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect()
    }

    fn text(&self) -> String {
        let widths = self.widths();
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    fn markdown(&self) -> String {
        let widths = self.widths();
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{:<width$}", cell.replace('|', "\\|"))).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", widths.iter().map(|width| format!("{}|", "-".repeat(width + 2))).collect::<String>());
        line(&self.header) + &rule + &self.rows.iter().map(line).collect::<String>()
    }

    fn latex(&self) -> String {
        let cell = |text: &String| {
            let text: String = text.chars().map(|c| if "&%$#_{}".contains(c) { format!("\\{c}") } else { c.to_string() }).collect();
            text.replace('±', "$\\pm$").replace('×', "$\\times$")
        };
        let line = |row: &Vec<String>| format!("{} \\\\\n", row.iter().map(cell).collect::<Vec<_>>().join(" & "));
        let columns = format!("l{}", "r".repeat(self.header.len().saturating_sub(1)));
        let body: String = self.rows.iter().map(line).collect();
        format!("\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n{body}\\bottomrule\n\\end{{tabular}}\n", line(&self.header))
    }

    fn csv(&self) -> String {
        let cell = |text: &String| {
            if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
        };
        std::iter::once(&self.header).chain(&self.rows).map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form() {
        let words = |row: [&str; 2]| row.map(str::to_owned).to_vec();
        let table = Table { header: words(["run", "test"]), rows: vec![words(["a_b, 1", "70.1 ± 0.2"]), words(["c|d", "5"])] };
        assert_eq!(table.render("table").unwrap(), "run     test\na_b, 1  70.1 ± 0.2\nc|d     5\n");
        let markdown = table.render("markdown").unwrap();
        assert!(markdown.starts_with("| run    | test       |\n|--------|------------|\n| a_b, 1 |") && markdown.contains("c\\|d"));
        assert!(table.render("latex").unwrap().contains("a\\_b, 1 & 70.1 $\\pm$ 0.2 \\\\\n"));
        assert_eq!(table.render("csv").unwrap(), "run,test\n\"a_b, 1\",70.1 ± 0.2\nc|d,5\n");
        assert!(table.render("xml").is_err());
    }
}
