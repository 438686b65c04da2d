"""The application behind a real socket in a thread of its own, for tools that speak HTTP and not ASGI."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from app.core.clock import Clock
from app.core.settings import Settings
from app.main import create_app


@contextmanager
def served(settings: Settings, clock: Clock) -> Iterator[tuple[FastAPI, str]]:
    """A second process's worth of application on the same database, and its address."""
    app = create_app(settings, clock)
    config = uvicorn.Config(app, port=0, log_level="error", access_log=False, server_header=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield app, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
