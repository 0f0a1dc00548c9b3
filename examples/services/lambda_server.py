"""Lambda's protocol on this machine: an event is posted, what the function returns comes back."""

import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from signal import SIGTERM, signal
from types import FrameType

__all__ = ["serve"]

PATH = "/2015-03-31/functions/function/invocations"
MOST_BYTES = 6_000_000
"""What Lambda itself takes."""

Function = Callable[[object, object], object]


def serve(function: Function, host: str, port: int) -> None:
    """Invokes a function for each event, one at a time as an instance of Lambda does, until it is stopped."""
    signal(SIGTERM, _stop)
    with HTTPServer((host, port), _handler_of(function)) as server:
        print(f"invoke it at http://{host}:{server.server_port}{PATH}", file=sys.stderr, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _handler_of(function: Function) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0  # of whoever connects and says nothing

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if self.path != PATH:
                self.send_error(404, "no such function")
            elif not length.isdigit():
                self.send_error(411, "the length of the event is missing")
            elif int(length) > MOST_BYTES:
                self.send_error(413, "the event is too long")
            else:
                self._invoke(self.rfile.read(int(length)))

        def _invoke(self, body: bytes) -> None:
            failed = False
            try:
                answer = json.dumps(function(json.loads(body), None))
            except Exception as error:
                failed = True
                answer = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            if failed:
                self.send_header("x-amz-function-error", "Unhandled")
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *parts: object) -> None:
            """Says nothing of each request."""

    return Handler
