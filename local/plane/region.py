"""moto behind ministack: SKELETON, owned by the plane."""

import os

from local.world import ACCOUNT, world

PORT = int(os.environ.get("NODENET_REGION_PORT", "4566"))
os.environ.update(
    GATEWAY_PORT=str(PORT),
    BIND_HOST="127.0.0.1",
    IOT_MTLS_ENABLED="0",
    MINISTACK_ACCOUNT_ID=ACCOUNT,
    MOTO_ACCOUNT_ID=ACCOUNT,
    MINISTACK_HOST="127.0.0.1",
    LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
    MOTO_ALLOW_NONEXISTENT_REGION="true",
    MOTO_EC2_LOAD_DEFAULT_AMIS="false",
    MOTO_IAM_LOAD_MANAGED_POLICIES="false",
)
import asyncio  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
from urllib.parse import urlencode  # noqa: E402

import ministack.app as gateway  # noqa: E402
from ministack.core import responses  # noqa: E402
from ministack.services import eventbridge  # noqa: E402
from moto.core.request import Request  # noqa: E402

import local.autoscaling  # noqa: E402
import local.ec2  # noqa: E402
import local.eks  # noqa: E402

SERVICES = {}
for module, service in ((local.ec2, "ec2"), (local.autoscaling, "autoscaling"), (local.eks, "eks")):
    if hasattr(module, "install"):
        SERVICES[service] = module.install()


def _call(service, method, path, headers, body, query):
    url = f"http://{service}.{responses.get_region()}.amazonaws.com{path}" + (
        "?" + urlencode(query, doseq=True) if query else ""
    )
    with world.lock:
        status, out_headers, out = SERVICES[service].dispatch(
            Request.from_primitives(method, url, headers, body)
        )
    return (
        int(status),
        {k: str(v) for k, v in out_headers.items() if k.lower() not in ("status", "content-length", "server")},
        out.encode() if isinstance(out, str) else out,
    )


def _handler(service):
    async def handle(method, path, headers, body, query):
        return await asyncio.to_thread(_call, service, method, path, headers, body, query)

    return handle


for name in SERVICES:
    gateway.SERVICE_HANDLERS[name] = _handler(name)


def publish(source, detail_type, detail, resources):
    with responses.request_scope(ACCOUNT, "eu-west-1"):
        eventbridge._put_events(
            {
                "Entries": [
                    {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": list(resources)}
                ]
            },
            allow_aws_source=True,
        )


world.publish = publish

if __name__ == "__main__":
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{PORT}"]
    config.loglevel = "ERROR"

    async def main():
        stop = asyncio.Event()
        for s in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(s, stop.set)
        print(f"region ready on {PORT}", flush=True)
        await serve(gateway.app, config, shutdown_trigger=stop.wait)

    asyncio.run(main())
