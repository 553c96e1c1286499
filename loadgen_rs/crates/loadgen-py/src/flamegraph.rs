//! Folded stacks to an SVG, by way of the crate `inferno`.

use inferno::differential;
use inferno::flamegraph::{Options, TextTruncateDirection, from_lines};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Sums and differences of counts up to here are exact as `f64`, and fit every integer that `inferno` puts them in.
const MOST: u64 = 1 << 53;

/// Draw folded stacks as one self-contained SVG.
#[pyfunction]
#[pyo3(signature = (folded, *, title, subtitle=None, count_name="samples", names_from="end"))]
pub(crate) fn render_flamegraph(
    py: Python<'_>,
    folded: &str,
    title: String,
    subtitle: Option<String>,
    count_name: &str,
    names_from: &str,
) -> PyResult<String> {
    let mut options = options(title, subtitle, count_name, names_from)?;
    refusing(py.detach(|| draw(&mut options, folded)))
}

/// Draw how one profile differs from another as one self-contained SVG.
#[pyfunction]
#[pyo3(signature = (before, after, *, title, subtitle=None, count_name="samples", names_from="end"))]
pub(crate) fn render_difference(
    py: Python<'_>,
    before: &str,
    after: &str,
    title: String,
    subtitle: Option<String>,
    count_name: &str,
    names_from: &str,
) -> PyResult<String> {
    let mut options = options(title, subtitle, count_name, names_from)?;
    refusing(py.detach(|| draw(&mut options, &both(before, after)?)))
}

fn options(title: String, subtitle: Option<String>, count_name: &str, names_from: &str) -> PyResult<Options<'static>> {
    let mut options = Options::default();
    options.title = title;
    options.subtitle = subtitle;
    count_name.clone_into(&mut options.count_name);
    // A function keeps its colour from one graph to the next, and the same stacks give the same bytes.
    options.deterministic = true;
    options.text_truncate_direction = match names_from {
        "start" => TextTruncateDirection::Right,
        "end" => TextTruncateDirection::Left,
        other => {
            return Err(PyValueError::new_err(format!("names_from: is {other:?}\n  expected: 'start' or 'end'")));
        }
    };
    Ok(options)
}

fn refusing(drawn: Result<String, String>) -> PyResult<String> {
    drawn.map_err(|seen| {
        PyValueError::new_err(format!(
            "flamegraph: {seen}\n  expected: lines of the form 'frame;frame;frame count'\n  next: look at the folded \
             stacks; an empty profile means that the profiler saw nothing"
        ))
    })
}

/// The stacks of both profiles, each with its two counts.
fn both(before: &str, after: &str) -> Result<String, String> {
    // The crate would leave out what it cannot read, and the graph would show a difference that is none.
    for (name, folded) in [("before", before), ("after", after)] {
        must_be_folded(folded).map_err(|seen| format!("of the profile {name}, {seen}"))?;
    }
    let mut lines = Vec::new();
    differential::from_readers(differential::Options::default(), before.as_bytes(), after.as_bytes(), &mut lines)
        .map_err(|error| error.to_string())?;
    String::from_utf8(lines).map_err(|error| error.to_string())
}

fn must_be_folded(folded: &str) -> Result<(), String> {
    let mut total: u64 = 0;
    for (place, line) in folded.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let count = line.rsplit_once(' ').filter(|(stack, _)| !stack.trim().is_empty());
        let count: Option<u64> = count.and_then(|(_, count)| count.parse().ok());
        let Some(count) = count else { return Err(format!("line {} is no folded stack", place + 1)) };
        total = total.saturating_add(count);
    }
    match total {
        0 => Err("no line has a count".to_owned()),
        MOST.. => Err(format!("the counts add up to {total}, more than the {MOST} that can be drawn")),
        _ => Ok(()),
    }
}

fn draw(options: &mut Options<'_>, folded: &str) -> Result<String, String> {
    // Sorted, because that is how equal stacks come to lie side by side.
    let mut lines: Vec<&str> = folded.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.sort_unstable();
    let mut svg = Vec::new();
    from_lines(options, lines, &mut svg).map_err(|error| error.to_string())?;
    let mut svg = String::from_utf8(svg).map_err(|error| error.to_string())?;
    // An XML reader that fetches document types would go to the network for this one; nothing needs it.
    if let Some(start) = svg.find("<!DOCTYPE")
        && let Some(length) = svg[start..].find('>')
    {
        svg.drain(start..=start + length);
    }
    Ok(svg)
}
