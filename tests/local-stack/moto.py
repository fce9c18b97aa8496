#!/usr/bin/env python3
"""AWS for the local stack: moto's server on loopback, which ends when standard input closes.

Prints one line of JSON with its endpoint when it is ready. It must hold no data of its own.
"""

import argparse
import json
import os
import sys
from io import BytesIO

# This file is named after the package it starts; without its own folder on the path, `moto` is the package.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [entry for entry in sys.path if os.path.abspath(entry) != HERE]

from threading import Lock, Thread  # noqa: E402

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402


class SilentRequestHandler(WSGIRequestHandler):
    """Standard output and error stay free for what the caller must know."""

    def log(self, *_args: object) -> None:
        pass


class OneAtATime:
    """moto looks and then writes; with one request at a time that is a conditional write, as AWS's is."""

    def __init__(self, application: DomainDispatcherApplication) -> None:
        self.application = application
        self.lock = Lock()

    def __call__(self, environ: dict, start_response: object) -> list[bytes]:
        # What keeps its connection open while it sends its body must not keep the others from being served.
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        with self.lock:
            return list(self.application(environ, start_response))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    port = parser.parse_args().port

    # A taken port ends the program here, with werkzeug's sentence about it.
    server = make_server(
        "127.0.0.1",
        port,
        OneAtATime(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=SilentRequestHandler,
    )
    Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://127.0.0.1:{server.port}"}), flush=True)

    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
