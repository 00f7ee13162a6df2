//! Pieces of a web page that is one file: nothing is loaded from elsewhere.

use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1320px;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
td,th{padding:.15rem .7rem;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}\
pre{background:#f6f6f6;padding:1rem;overflow:auto}svg{max-width:100%;height:auto}.tuned{color:#7a5200;font-weight:600}";

/// A page with a title, which is also its heading, around a body.
pub fn page(title: &str, body: &str) -> String {
    let title = text(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n{body}</body></html>\n"
    )
}

/// A table; cells are text.
pub fn table<R: AsRef<[String]>>(header: &[&str], rows: impl IntoIterator<Item = R>) -> String {
    let cells = |tag: &str, row: &mut dyn Iterator<Item = &str>| {
        let mut out = String::from("<tr>");
        for cell in row {
            let _ = write!(out, "<{tag}>{}</{tag}>", text(cell));
        }
        out + "</tr>\n"
    };
    let mut out = String::from("<table>") + &cells("th", &mut header.iter().copied());
    rows.into_iter().for_each(|row| out += &cells("td", &mut row.as_ref().iter().map(String::as_str)));
    out + "</table>\n"
}

/// Text as a browser shows it and nothing else.
pub fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(super::text("<script>\"a\" & b"), "&lt;script&gt;&quot;a&quot; &amp; b");
    }
}
