"""Logs outside a run: gone with what wrote them, unless somebody was told to read one."""

from pathlib import Path

import pytest

from fwcompare.errors import TargetError
from fwcompare.session.conformance import log_tail
from fwcompare.session.kept_logs import kept_logs


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def written(folder: Path) -> Path:
    log = folder / "audits" / "mine" / "audit.log"
    log.parent.mkdir(parents=True)
    log.write_text("Traceback\n", encoding="utf-8")
    return log


def test_they_go_where_nobody_was_told_of_them() -> None:
    with kept_logs() as logs:
        log = written(logs.folder)
        logs.told("answers wrongly; body: []")
    assert not log.exists()
    assert not logs.folder.exists()


def test_one_that_somebody_was_told_of_can_be_read() -> None:
    with kept_logs() as logs:
        log = written(logs.folder)
        (logs.folder / "services" / "data").mkdir(parents=True)
        (logs.folder / "services" / "data" / "pages").write_bytes(b"large")
        (logs.folder / "services" / "socket").symlink_to(logs.folder)
        (logs.folder / "services" / "server.log").touch()
        logs.told("exited at start\n  " + "\n  ".join(log_tail(log)))
        logs.told("a further target passes")
    assert log.read_text(encoding="utf-8") == "Traceback\n"
    # The data of a database are no log.
    assert [path.name for path in sorted(logs.folder.rglob("*")) if not path.is_dir()] == ["audit.log", "server.log"]
    assert not (logs.folder / "services" / "data").exists()


@pytest.mark.parametrize(
    ("error", "stays"),
    [(TargetError("exited"), True), (TargetError("answers wrongly"), False), (ZeroDivisionError(), False)],
)
def test_one_that_an_error_names_can_be_read(error: Exception, tmp_path: Path, *, stays: bool) -> None:
    def fail() -> None:
        with kept_logs() as logs:
            log = written(logs.folder)
            if stays and isinstance(error, TargetError):
                error.details = tuple(log_tail(log))
            raise error

    with pytest.raises(type(error)):
        fail()
    assert len(list(tmp_path.rglob("*.log"))) == stays
    assert len(list(tmp_path.iterdir())) == stays
