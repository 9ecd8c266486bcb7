"""`hs-bot login`: send a browser to Help Scout, take the authorization code on a loopback redirect.

Source: RFC 6749 §4.1 (authorization code, `state`), RFC 8252 §7.3 (loopback redirect). The app's redirect URL in Help
Scout (Your Profile > My apps) must be the receiver's: by default `http://127.0.0.1:8765/callback`.
"""

import hmac
import queue
import secrets
import threading
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.helpscout.errors import Unauthorized, Unreachable

AUTHORIZE_URL = "https://secure.helpscout.net/authentication/authorizeClientApplication"
PORT = 8765
PATH = "/callback"


def receive_code(
    app_id: str,
    *,
    port: int = PORT,
    authorize_url: str = AUTHORIZE_URL,
    open_browser: Callable[[str], object] = webbrowser.open,
    tell: Callable[[str], None] = print,
    timeout: float = 300.0,
) -> str:
    """An authorization code: opens the browser, tells the URL too, waits at most `timeout` seconds for the redirect.

    `port` must be that of the app's redirect URL. Unauthorized when the person says no, Unreachable when the port is
    taken or nobody comes.
    """
    with Receiver(port) as receiver:
        url = f"{authorize_url}?{urlencode({'client_id': app_id, 'state': receiver.state})}"
        tell(f"Allow the app in your browser: {url}")
        tell(f"The app's redirect URL in Help Scout must be {receiver.redirect_url}")
        open_browser(url)
        return receiver.wait(timeout)


def paste_code(
    app_id: str, *, tell: Callable[[str], None], ask: Callable[[], str], authorize_url: str = AUTHORIZE_URL
) -> str:
    """An authorization code where no browser can come back: tells the URL, and `ask` gives what the person pasted.

    The browser may be anywhere: at the redirect it shows an address that holds the code, even if nothing answers there.
    Unauthorized when what was pasted belongs to another login or holds no code.
    """
    state = secrets.token_urlsafe(24)
    url = f"{authorize_url}?{urlencode({'client_id': app_id, 'state': state})}"
    tell(f"Allow the app in a browser, on any machine: {url}")
    tell("The page after that may not load. Copy its whole address from the browser all the same.")
    return code_of(ask(), state)


class Receiver:
    """Listens on loopback for one redirect that carries our `state`; everything else is turned away."""

    def __init__(self, port: int = PORT) -> None:
        self.state = secrets.token_urlsafe(24)
        self._found: queue.Queue[str | Unauthorized] = queue.Queue()
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        except OSError as exc:
            raise Unreachable(
                f"Port {port} on this machine is taken ({exc.strerror}): end what uses it, or choose another port here "
                "and in the app's redirect URL.",
                api="OAuth",
            ) from exc
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="login", daemon=True)

    @property
    def redirect_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def wait(self, timeout: float) -> str:
        """The code of the first redirect with our state."""
        try:
            found = self._found.get(timeout=timeout)
        except queue.Empty:
            raise Unreachable(
                f"Nobody came back from Help Scout within {timeout:.0f} seconds: allow the app in the browser; "
                f"its redirect URL must be {self.redirect_url}.",
                api="OAuth",
            ) from None
        if isinstance(found, Unauthorized):
            raise found
        return found

    def take(self, target: str) -> tuple[int, str]:
        """What to answer to a GET of `target`: status and a sentence. Keeps the code when everything fits."""
        parts = urlsplit(target)
        if parts.path != PATH:
            return 404, "There is nothing here."
        query = dict(parse_qsl(parts.query))
        if not hmac.compare_digest(query.get("state", "").encode(), self.state.encode()):
            return 400, "This does not belong to the login that is waiting. Start again from the command line."
        if query.get("code"):
            self._found.put(query["code"])
            return 200, "hs-bot has its code. You can close this page."
        self._found.put(
            Unauthorized(
                "Help Scout was not allowed to log hs-bot in: run `hs-bot login` again and allow it.", api="OAuth"
            )
        )
        return 200, "hs-bot was not allowed in. You can close this page."

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def code_of(pasted: str, state: str) -> str:
    """The code of a redirect URL that a person pasted (a machine without a browser), or of a bare code."""
    text = pasted.strip()
    if "://" not in text and "code=" not in text:
        return text
    query = dict(parse_qsl(text.partition("#")[0].partition("?")[2]))
    if not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        raise Unauthorized("That address belongs to another login. Run `hs-bot login --code` again.", api="OAuth")
    if not query.get("code"):
        raise Unauthorized(
            "That address has no code in it. Run `hs-bot login --code` again and allow the app.", api="OAuth"
        )
    return query["code"]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            status, sentence = receiver.take(self.path)
            body = f"<!doctype html><meta charset=utf-8><title>hs-bot</title><p>{sentence}</p>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the request line holds the code."""

    return Handler
