"""What core itself offers, through the same hooks as everybody else."""

from collections.abc import Iterable
from pathlib import Path

from fwcompare.hookspecs import hookimpl
from fwcompare.model.ports import Profiler, Reporter, Runtime, ServiceProvider
from fwcompare.model.workload import Workload
from fwcompare.profilers.perf import Perf
from fwcompare.profilers.pyspy import PySpy
from fwcompare.reporting.csv_table import CsvReporter
from fwcompare.reporting.html_page import HtmlReporter
from fwcompare.reporting.markdown import MarkdownReporter
from fwcompare.reporting.plots import PlotReporter
from fwcompare.reporting.summary_json import SummaryJsonReporter
from fwcompare.runtimes.docker import DockerRuntime
from fwcompare.runtimes.docker_services import DockerContainers
from fwcompare.runtimes.process import ProcessRuntime
from fwcompare.services.mysql import LocalMysql
from fwcompare.services.mysql_docker import MARIADB, MYSQL, DockerMysql
from fwcompare.services.mysql_url import MysqlUrl
from fwcompare.services.postgresql import EmbeddedPostgresql, LocalPostgresql
from fwcompare.services.postgresql_docker import DockerPostgresql
from fwcompare.services.postgresql_url import PostgresqlUrl
from fwcompare.workloads.io_intensive import IO_INTENSIVE_MYSQL, IO_INTENSIVE_POSTGRES
from fwcompare.workloads.sleep import SLEEP_WORKLOADS
from fwcompare.workloads.users import USERS


@hookimpl
def fwcompare_workloads() -> Iterable[Workload]:
    """Offer the built-in workloads."""
    return (USERS, IO_INTENSIVE_POSTGRES, IO_INTENSIVE_MYSQL, *SLEEP_WORKLOADS)


@hookimpl
def fwcompare_scenarios() -> Iterable[Path]:
    """Offer the scenarios that come with the project."""
    return ((Path(__file__).parent / "scenarios").resolve(),)


@hookimpl
def fwcompare_services() -> Iterable[ServiceProvider]:
    """Offer PostgreSQL and MySQL; a scenario that chooses none gets the first of a service."""
    containers = DockerContainers()
    return (
        EmbeddedPostgresql(),
        LocalPostgresql(),
        DockerPostgresql(containers),
        PostgresqlUrl(),
        LocalMysql(),
        DockerMysql(containers, MARIADB),
        DockerMysql(containers, MYSQL),
        MysqlUrl(),
    )


@hookimpl
def fwcompare_runtimes() -> Iterable[Runtime]:
    """Offer plain processes, and containers."""
    return (ProcessRuntime(), DockerRuntime())


@hookimpl
def fwcompare_profilers() -> Iterable[Profiler]:
    """Offer py-spy for Python and perf for native code, by debug information or by frame pointers."""
    return (PySpy(), Perf(), Perf.by_frame_pointers())


@hookimpl
def fwcompare_reporters() -> Iterable[Reporter]:
    """Offer the documents of a run directory; the plots come first, since the page takes them in."""
    return (PlotReporter(), SummaryJsonReporter(), CsvReporter(), MarkdownReporter(), HtmlReporter())
