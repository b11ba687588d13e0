"""The region's process: one ASGI application on one port of the loopback address."""

import asyncio
import importlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.plane.settings import prepare
from local.world import world


def serve(port: int, speed: float, ready: Callable[[int], None], until_input_ends: bool = False) -> None:
    """Runs the region until SIGINT or SIGTERM, or until standard input ends.

    `port` 0 takes a free one. `ready` is called with the port once requests are answered. Raises OSError where the
    port is taken, and MinistackChangedError where the installed ministack is not the pinned one.
    """
    listening = socket.create_server(("127.0.0.1", port), backlog=512)
    bound = int(listening.getsockname()[1])
    prepare(bound)
    logging.basicConfig(level=os.environ["LOG_LEVEL"], format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("local").setLevel(os.environ.get("REGION_LOG_LEVEL", "WARNING"))
    world.clock.speed = speed
    folder = Path(tempfile.mkdtemp(prefix="region-"))
    try:
        asyncio.run(_serve(listening, bound, folder, ready, until_input_ends))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(
    listening: socket.socket, port: int, folder: Path, ready: Callable[[int], None], until_input_ends: bool
) -> None:
    from hypercorn.asyncio import serve as serve_application
    from hypercorn.config import Config

    application, close = _assemble(port, folder, ready)
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.loglevel = "ERROR"
    config.keep_alive_timeout = 75
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if until_input_ends:
        threading.Thread(target=_wait_for_input_to_end, args=(loop, stop), daemon=True).start()
    try:
        await serve_application(application, config, shutdown_trigger=stop.wait)
    finally:
        close()


def _assemble(port: int, folder: Path, ready: Callable[[int], None]) -> tuple[Any, Callable[[], None]]:
    """The application with everything put in place, and how to end it."""
    from local import kubernetes, nodes
    from local.kubernetes.outside import orders
    from local.lambdas.pool import Pool
    from local.loads import controller
    from local.plane import (
        asynchronous,
        authorization,
        bus,
        buses,
        functions,
        identity,
        models,
        private,
        public_parameters,
        queues,
        steps,
        timekeeping,
    )
    from local.plane.control import PREFIX, Control
    from local.plane.formation import Formation
    from local.plane.gateway import Gateway

    private.check()
    pool = Pool(f"http://127.0.0.1:{port}", folder, identity.register_function_session)
    gateway = Gateway(pool, identity.Identity(pool))
    deliveries, confusions, formation = bus.Deliveries(), queues.Queues(), Formation()
    timekeeping.install()
    models.install()
    formation.install()
    functions.install(pool)
    asynchronous.install()
    bus.install(deliveries)
    buses.install()
    queues.install(confusions)
    authorization.install()
    public_parameters.install()
    steps.install(f"http://127.0.0.1:{port}")
    gateway.install()
    clusters = kubernetes.install(f"http://127.0.0.1:{port}", gateway.calls, gateway.faults, pool)
    controller.install()
    nodes.install()
    control = Control(gateway, deliveries, confusions, formation)
    control.serve(orders.routes(clusters, control.serve))
    ministack = importlib.import_module("ministack.app").app

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await control.handle(scope, receive, send)
        elif scope["type"] == "lifespan":
            await ministack(scope, receive, _telling(send, lambda: ready(port)))
        else:
            await ministack(scope, receive, send)

    def close() -> None:
        clusters.close()
        pool.close()
        world.clock.close()

    return application, close


def _telling(send: Any, ready: Callable[[], None]) -> Any:
    async def tell(message: dict[str, Any]) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            ready()

    return tell


def _wait_for_input_to_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    loop.call_soon_threadsafe(stop.set)
