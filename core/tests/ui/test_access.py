"""Who is let in, and what every answer carries."""

from typing import TYPE_CHECKING

from fwcompare.ui.access import HEADERS, Access

if TYPE_CHECKING:
    from core.tests.ui.conftest import Make, Site


def test_the_printed_address_gives_a_cookie_and_leads_on_without_the_token(site: "Site") -> None:
    path = site.service.address.removeprefix(site.base)
    first = site.get(path, headers={"Host": site.own["Host"]})
    assert (first.status, first.headers["location"]) == (303, "/")
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    assert sorted(map(str.lower, attributes)) == ["httponly", "path=/", "samesite=strict"]
    assert site.service.access.token not in first.headers["set-cookie"]
    assert site.get("/", headers={"Host": site.own["Host"], "Cookie": cookie}).status == 200


def test_without_the_cookie_nothing_is_told_but_how_to_get_in(site: "Site") -> None:
    for path in ("/", "/runs/x/", "/runs/x/events", "/nothing", "/openapi.json", "/favicon.ico"):
        answer = site.get(path, headers={"Host": site.own["Host"]})
        assert answer.status == 403
        assert "Open the address that fwcompare ui printed" in answer.text


def test_a_wrong_token_is_refused_even_with_the_cookie(site: "Site") -> None:
    for token in ("", "x", "%00", "%C3%A9", "%ff"):
        answer = site.get(f"/?token={token}")
        assert answer.status == 403
        assert "set-cookie" not in answer.headers


def test_a_wrong_cookie_is_refused(site: "Site") -> None:
    access = site.service.access
    for value in ("", "x", access.token, access.cookie[:-1]):
        headers = {"Host": site.own["Host"], "Cookie": f"{access.cookie_name}={value}"}
        assert site.get("/", headers=headers).status == 403


def test_only_the_servers_own_names_are_answered(site: "Site", make_run: "Make") -> None:
    run, port = make_run(), site.service.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}"):
        assert site.get("/", headers={**site.own, "Host": host}).status == 200
    for host in ("127.0.0.1", f"127.0.0.1:{port + 1}", f"evil.example:{port}", f"127.0.0.1:{port}.evil.example", ""):
        answer = site.get("/", headers={**site.own, "Host": host})
        assert answer.status == 421
        assert run.name not in answer.text
    assert site.get("/", headers={"Cookie": site.own["Cookie"]}).status in (400, 421)


def test_only_reading_is_answered(site: "Site") -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = site.get("/", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_every_answer_has_its_headers_and_none_lets_another_site_read(site: "Site", make_run: "Make") -> None:
    run = make_run()
    paths = ["/", f"/runs/{run.name}/", "/runs/none/", "/nothing", f"/runs/{run.name}/trials/axum-c10/1/target.log"]
    answers = [site.get(path) for path in paths] + [site.get("/", headers={"Host": "evil.example"})]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name.lower()] == value
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "server" not in answer.headers


def test_secrets_are_drawn_anew_and_cookies_of_two_servers_do_not_meet() -> None:
    one, two = Access.drawn([], 8000), Access.drawn(["192.0.2.1"], 8001)
    assert len({one.token, one.cookie, two.token, two.cookie}) == 4
    assert min(len(one.token), len(one.cookie)) >= 40
    assert one.cookie_name != two.cookie_name
    assert "192.0.2.1:8001" in two.hosts
    assert "127.0.0.1" in Access.drawn([], 80).hosts
