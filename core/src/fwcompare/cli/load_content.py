"""The flags of ``fwcompare load`` that say what is sent and which answers are right: one request, or a file of flows.

A flag that would do nothing, such as a method beside ``--flows``, is refused by name.
"""

import re
from dataclasses import dataclass
from typing import Final

import click

from fwcompare.cli.load_files import content_of, drawn_values, read_flows, text_of
from fwcompare.cli.load_flags import HEADER, STATUSES, VALUE
from fwcompare.cli.load_groups import gathered, refuse_without_effect, section
from fwcompare.model.flows import Content, Expect
from fwcompare.model.values import ValueSettings

_AUTHORITY: Final = re.compile(r"[^/?]*")

_sent = section("What is sent")
_right = section("Which answers are right")


@dataclass(frozen=True, kw_only=True)
class ContentFlags:
    """One request and its expectation, or a file of flows; and values for either."""

    method: str | None
    data: str | None
    headers: tuple[tuple[str, str], ...]
    value: tuple[tuple[str, ValueSettings], ...]
    flows: str | None
    expect_status: tuple[int, ...] | None
    expect_headers: tuple[tuple[str, str], ...]
    expect_body: str | None
    expect_json: str | None
    expect_json_every: int | None

    def check(self, url: str) -> None:
        """Refuse flags that would do nothing.

        :raises click.UsageError: for the first of them.
        """
        of_one_request = {
            "-m": self.method is not None,
            "-d": self.data is not None,
            "-H": bool(self.headers),
            "--expect-status": self.expect_status is not None,
            "--expect-header": bool(self.expect_headers),
            "--expect-body": self.expect_body is not None,
            "--expect-json": self.expect_json is not None,
            "--expect-json-every": self.expect_json_every is not None,
        }
        for flag, given in of_one_request.items():
            if given and self.flows is not None:
                raise click.UsageError(f"{flag} would do nothing beside --flows: each step there has its own")
        path = _AUTHORITY.sub("", url.partition("://")[2], count=1)
        if self.flows is not None and path not in ("", "/"):
            raise click.UsageError(f"{path!r} of the URL would do nothing beside --flows: each step has its own path")
        every, expected = self.expect_json_every is not None, self.expect_json is not None
        refuse_without_effect([("--expect-json-every", every, "--expect-json", expected)])
        names = [name for name, _ in self.value]
        for name in names:
            if names.count(name) > 1:
                raise click.UsageError(f"--value {name} is given {names.count(name)} times; expected each name once")

    def content(self, url: str) -> Content:
        """Read the files and give what they and the flags come to.

        :raises click.UsageError: a file cannot be read, or a value stands nowhere.
        :raises ScenarioError: a file has a problem.
        """
        content = self._one_request() if self.flows is None else self._flows(self.flows)
        for name in content.unused(url):
            raise click.UsageError(f"value {name!r} would do nothing: no text holds {{{name}}}")
        return content

    def _one_request(self) -> Content:
        expected = {
            "status": self.expect_status or (),
            "headers": self.expect_headers,
            "body": content_of(self.expect_body, "--expect-body"),
            "json": text_of(self.expect_json, "--expect-json"),
            "json_every": self.expect_json_every,
        }
        stated = {name: value for name, value in expected.items() if value is not None}
        return Content(
            headers=self.headers,
            body=content_of(self.data, "-d") or b"",
            expect=Expect.model_validate(stated),
            values=drawn_values(dict(self.value), beside=None),
        )

    def _flows(self, path: str) -> Content:
        file = read_flows(path)
        for name, _ in self.value:
            if name in file.values:
                raise click.UsageError(f"--value {name} stands in {path} as well; expected it in one place")
        values = (*drawn_values(file.values, beside=path), *drawn_values(dict(self.value), beside=None))
        return Content(flows=file.flows, values=values)


content_options = gathered(
    ContentFlags,
    "what",
    _sent("-m", "--method", help="HTTP method; -d does not change it.  [default: GET]"),
    _sent("-d", "--data", metavar="TEXT|@FILE", help="Request body, as it stands or from a file."),
    _sent("-H", "--header", "headers", type=HEADER, multiple=True, help="A header field; may be repeated."),
    _sent(
        "--value",
        type=VALUE,
        multiple=True,
        help="What {NAME} stands for in path, header, body and expectation, anew in each request: counter[:START], "
        "uuid, random:LOW..HIGH or rows:FILE[:COLUMN] (.csv, .jsonl); may be repeated.",
    ),
    _sent(
        "--flows",
        metavar="FILE",
        help="Several requests, in rows that follow each other, instead of the one above (YAML or JSON: fwcompare "
        "schema flows).",
    ),
    _right("--expect-status", type=STATUSES, help="Instead of 200 to 299: 200,201."),
    _right(
        "--expect-header",
        "expect_headers",
        type=HEADER,
        multiple=True,
        help="A field that must be there, with this value; may be repeated.",
    ),
    _right("--expect-body", metavar="TEXT|@FILE", help="What the body holds somewhere."),
    _right("--expect-json", metavar="TEXT|@FILE", help="What the body is, as JSON; blanks and order aside."),
    _right(
        "--expect-json-every",
        type=click.IntRange(1),
        metavar="N",
        help="Compare that in every Nth request only, as it takes the client's time.",
    ),
)
