"""The server's HTTP/1.1 connection with bounds on the head of a request: its size, and how long it may take.

The parser keeps whatever it is sent until a head is complete, so an endless header would fill the memory of the
process, and a head that never ends would hold its connection for ever.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 15
REFUSAL = "HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHead(HttpToolsProtocol):
    """Closes the connection with 431 or 408 when a request's head is too large or too slow."""

    _waiting: asyncio.TimerHandle | None = None
    _bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """A client that connects has to send a head before long."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._done()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._bytes = 0
        self._wait()

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._done()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes that still belong to a head are counted."""
        super().data_received(data)
        if self._waiting is not None:
            self._bytes += len(data)
            if self._bytes > HEAD_BYTES:
                self._refuse("431 Request Header Fields Too Large")

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._refuse, "408 Request Timeout")

    def _done(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: str) -> None:
        self._done()
        if not self.transport.is_closing():
            # An answer still being written to an earlier request would be mixed up with ours.
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(REFUSAL.format(status).encode())
            self.transport.close()
