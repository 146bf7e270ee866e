"""The HTTP parser's protocol, with a bound that it lacks: on what comes before a body."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 128 * 1024
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain\r\ncontent-length: 33\r\nconnection: close\r\n\r\n"
    b"The request's headers are too big"
)


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 and hangs up when a request line and headers exceed `HEAD_LIMIT` bytes."""

    _head = 0
    _in_body = False

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._head += len(data)
            if self._head > HEAD_LIMIT + len(data):
                self.transport.write(REFUSAL)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._head = 0
        self._in_body = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._head = 0
        super().on_message_complete()
