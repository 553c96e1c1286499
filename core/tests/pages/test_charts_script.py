"""The script of the charts: bundled once for a cache, and never half."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fwcompare.reporting.pages import charts_script as module
from fwcompare.reporting.pages.charts_script import charts_script


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("FWCOMPARE_CACHE", str(tmp_path / "cache"))
    charts_script.cache_clear()
    yield
    charts_script.cache_clear()


def test_it_hands_over_the_drawing_and_cannot_end_its_element() -> None:
    script = charts_script()
    assert "vegaEmbed" in script
    assert "</script" not in script


def test_it_is_bundled_once_for_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = charts_script()
    charts_script.cache_clear()
    monkeypatch.setattr(module, "_bundled", lambda: "another")
    assert charts_script() == first
    assert [file.suffix for file in (tmp_path / "cache" / "pages").iterdir()] == [".js"]


def test_a_cache_that_cannot_be_written_costs_time_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setattr(module, "_bundled", lambda: "bundled")
    assert charts_script() == "bundled"
