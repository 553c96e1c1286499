//! Folded stacks to an SVG, by way of the crate `inferno`.

use inferno::flamegraph::{Options, from_lines};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Draw folded stacks as one self-contained SVG.
#[pyfunction]
#[pyo3(signature = (folded, *, title, subtitle=None, count_name="samples"))]
pub(crate) fn render_flamegraph(
    py: Python<'_>,
    folded: &str,
    title: String,
    subtitle: Option<String>,
    count_name: &str,
) -> PyResult<String> {
    let mut options = Options::default();
    options.title = title;
    options.subtitle = subtitle;
    count_name.clone_into(&mut options.count_name);
    // A function keeps its colour from one graph to the next, and the same stacks give the same bytes.
    options.deterministic = true;
    let svg = py.detach(|| draw(&mut options, folded));
    svg.map_err(|seen| {
        PyValueError::new_err(format!(
            "flamegraph: {seen}\n  expected: lines of the form 'frame;frame;frame count'\n  next: look at the folded \
             stacks; an empty profile means that the profiler saw nothing"
        ))
    })
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
