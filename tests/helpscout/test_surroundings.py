"""Proxies and certificates of the machine: used where they are right, one sentence where they are wrong."""

import ssl
from pathlib import Path

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.client import HelpScout
from bot.helpscout.wire.surroundings import BadSurroundings, certificates, proxy_of

URL = "https://api.helpscout.net/v2"
NAMES = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, *(name.upper() for name in NAMES), "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("no_proxy", "host", "straight"),
    [
        ("localhost,127.0.0.1,::1,fd07:b51a:cc66:f0::/64", "127.0.0.1", True),
        ("fd07:b51a:cc66:f0::/64", "[fd07:b51a:cc66:f0::7]", True),
        ("fd07:b51a:cc66:f0::/64", "[fd08::7]", False),
        ("localhost,[::1]", "[::1]", True),
        ("[fd07::]/16", "[fd07::1]", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("127.0.0.1:8080", "127.0.0.1", True),
        ("helpscout.net", "api.helpscout.net", True),
        (".helpscout.net", "api.helpscout.net", True),
        ("*.helpscout.net:443", "api.helpscout.net", True),
        ("scout.net", "api.helpscout.net", False),
        ("[,]:::/99,/,.,:", "api.helpscout.net", False),
        ("[,]:::/99,/,.,:", "10.1.2.3", False),
        ("*", "api.helpscout.net", True),
        ("", "api.helpscout.net", False),
    ],
)
def test_no_proxy_is_read_as_curl_reads_it(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, host: str, straight: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (proxy_of(f"https://{host}/v2") is None) is straight


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:pa#ss-hidden@127.0.0.1:1",
        "http://user:pa/ss-hidden@127.0.0.1:1",
        "http://user:hidden[@127.0.0.1:1",
        "http://user:hidden@127.0.0.1:99999",
        "http://user:hidden@127.0.0.1:http",
        "ftp://user:hidden@127.0.0.1:1",
        "socks5://user:hidden@127.0.0.1:1",
        "socks4://127.0.0.1:1",
        "http://[::1",
        "http://",
        "://",
        "http://proxy example:1",
    ],
)
def test_a_proxy_that_is_none_is_a_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(BadSurroundings) as bad:
        HelpScout(api_url=URL, app_id="a", app_secret="b", verify=ssl.create_default_context())
    assert bad.value.sentence.startswith(f"{variable} ")
    assert "http://proxy.example:3128" in bad.value.sentence
    assert "hidden" not in bad.value.sentence


@pytest.mark.parametrize("proxy", ["127.0.0.1:1", "http://user:p%23ss@proxy.example:3128", "https://proxy.example"])
def test_a_proxy_is_taken_with_and_without_http(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert proxy_of(URL) == (proxy if "://" in proxy else f"http://{proxy}")
    assert proxy_of("http://127.0.0.1:9/v2") is None


def test_a_bad_proxy_that_no_host_of_ours_needs_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_of(URL) == "http://proxy.example:3128"


def test_requests_go_through_the_proxy_and_past_it_where_no_proxy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.helpscout.errors import Unreachable

    with SimulatedHelpScout(people=40) as sim:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        with (
            HelpScout(api_url=sim.api_url, app_id=sim.app_id, app_secret=sim.app_secret) as client,
            pytest.raises(Unreachable),
        ):
            client.rest.me()
        monkeypatch.setenv("NO_PROXY", "127.0.0.0/8,fd07::/64")
        with HelpScout(api_url=sim.api_url, app_id=sim.app_id, app_secret=sim.app_secret) as client:
            assert client.rest.me().name


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", ["missing", "garbage", "null"])
def test_certificates_that_are_none_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, kind: str
) -> None:
    path = tmp_path / "ca.pem"
    if kind == "garbage":
        path.write_text("no certificate")
    monkeypatch.setenv(variable, "/dev/null" if kind == "null" else str(path))
    with pytest.raises(BadSurroundings, match=f"^{variable} must name a "):
        certificates()
