"""The page of a matrix in a browser: alone, readable, coloured where it may be, and without anybody's markup."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Browse

from fwcompare.model.ports import Report
from fwcompare.reporting.matrix_page import matrix_page
from fwcompare.stats.matrix import make_matrix

if TYPE_CHECKING:
    from core.tests.matrix.conftest import Made, Run

HOSTILE = '</script><script>document.title = "taken"</script><img src=x onerror=document.title="taken">'
CONTRAST = """element => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const light = colour => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(
      part => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.fixture
def page_file(kinds: list[Report], tmp_path: Path) -> Path:
    path = tmp_path / "matrix.html"
    path.write_text(matrix_page(make_matrix(kinds, baseline="axum")), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_it_stands_alone_and_fits(width: int, *, dark: bool, page_file: Path, browse: Browse) -> None:
    seen = browse(page_file, width=width, dark=dark)
    assert seen.complaints == []
    assert seen.requests == [page_file.as_uri()]
    assert seen.overflow_px <= 0


@pytest.mark.parametrize("dark", [False, True])
def test_every_coloured_cell_can_be_read(*, dark: bool, page_file: Path, browse: Browse) -> None:
    coloured = browse(page_file, dark=dark).page.locator("td.heat.better, td.heat.worse")
    contrasts = [cell.evaluate(CONTRAST) for cell in coloured.all()]
    assert len(contrasts) > 10
    assert min(contrasts) >= 4.5


def test_a_cell_stands_in_its_row_and_column_and_leads_to_its_note(page_file: Path, browse: Browse) -> None:
    page = browse(page_file).page
    table = page.locator("table.heats").first
    heads = table.locator("thead th").all_inner_texts()
    place = [head.split("\n")[0] for head in heads].index("users")
    row = table.locator("tr", has=page.locator("th[scope=row]", has_text="flask"))
    cell = row.locator("th, td").nth(place)
    assert cell.inner_text().startswith("failed")
    cell.locator("a.mark").click()
    assert page.locator("li:target").inner_text().endswith("it failed")


def test_a_hostile_name_stays_text(
    make_run: "type[Run]", make_cell: "type[Made]", tmp_path: Path, browse: Browse
) -> None:
    run = make_run([make_cell("axum", HOSTILE), make_cell(HOSTILE, HOSTILE)], languages={HOSTILE: HOSTILE})
    path = tmp_path / "matrix.html"
    path.write_text(matrix_page(make_matrix([run.report()], baseline=HOSTILE)), encoding="utf-8")
    seen = browse(path)
    assert seen.page.title() == f"Matrix over {HOSTILE}"
    assert seen.page.locator("img").count() == 0
    assert HOSTILE in seen.page.locator("table.heats tbody").first.inner_text()
    assert seen.complaints == []
