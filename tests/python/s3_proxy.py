"""A proxy before an S3 server that counts requests and bytes and makes faults."""

import http.client
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

HOP_HEADERS = {"connection", "transfer-encoding", "keep-alive", "content-length"}


def error_body(code):
    """Return the body (bytes) of an S3 error."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'.encode()


class S3Proxy:
    """Passes requests on to an endpoint (host:port). Use it as a context manager.

    requests: list of (kind, key): LIST, HEAD or GET, in the order in which they came; bytes: bodies sent, of all GETs;
    tokens: set of the session tokens (str or None) that came with them.
    fault: function of kind, key and the number of the request to that key and kind (1, 2, ...), or None; it returns
    None to pass the request on, or what goes wrong: (status, code), "cut" (the connection ends in the middle of the
    body), "hang" (no answer until the proxy stops, at most 30 s), or a function to call before it is passed on.
    """

    def __init__(self, store):
        self.store = store
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.fault = None
        self.forget()

    def forget(self):
        """Start the counts again."""
        self.requests, self.bytes, self.numbers, self.tokens = [], 0, Counter(), set()

    def counts(self):
        """Return {kind: requests}, LIST, HEAD and GET."""
        found = Counter(kind for kind, _ in self.requests)
        return {kind: found[kind] for kind in ("LIST", "HEAD", "GET")}

    def keys(self):
        """Return the keys (set of str) of objects that were asked for."""
        return {key for kind, key in self.requests if kind != "LIST"}

    def __enter__(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_request(self):
                proxy.answer(self)

            do_GET = do_HEAD = do_PUT = handle_request

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass  # a client that hung up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        """Count a request, then pass it on or do what the fault says."""
        parts = urlsplit(handler.path)
        key = unquote(parts.path).lstrip("/").partition("/")[2]
        kind = handler.command
        if kind == "GET" and ("list-type" in parse_qs(parts.query) or not key):
            kind = "LIST"
        with self.lock:
            self.requests.append((kind, key))
            self.numbers[kind, key] += 1
            self.tokens.add(handler.headers.get("x-amz-security-token"))
            fault = self.fault(kind, key, self.numbers[kind, key]) if self.fault else None
        if fault == "hang":
            self.stopping.wait(30)
            handler.close_connection = True
            return
        if isinstance(fault, tuple):
            body = error_body(fault[1])
            self.send(handler, fault[0], [("Content-Type", "application/xml")], body, len(body))
            return
        if callable(fault):
            fault()
        connection = http.client.HTTPConnection(self.store, timeout=30)
        try:
            connection.request(handler.command, handler.path, headers=dict(handler.headers))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        length = response.headers.get("Content-Length", len(body))
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP_HEADERS]
        if fault == "cut":
            self.send(handler, response.status, headers, body[: len(body) // 2], length)
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        self.send(handler, response.status, headers, body, length)

    def send(self, handler, status, headers, body, length):
        """Send an answer; length: what it says of its length."""
        handler.send_response_only(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
            with self.lock:
                self.bytes += len(body)
