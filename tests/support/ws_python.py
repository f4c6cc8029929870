# SPDX-License-Identifier: MIT
"""The websockets package of Python against tests/support/ws_server.

Arguments: NAME=PORT of its workers. Speaks TAP.
"""

import asyncio
import os
import sys
import traceback

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
)

ports = dict(word.split("=") for word in sys.argv[1:])
DATA = [
    "",
    "x",
    "grüß dich 😀" * 1000,
    b"",
    bytes(range(256)) * 600,
    os.urandom(70_000),
    "a" * 200_000,
]


def connect(name, compression=None, factory=None, **more):
    return websockets.connect(
        f"ws://127.0.0.1:{ports[name]}/",
        compression=compression,
        extensions=[factory] if factory else None,
        max_size=None,
        **more,
    )


async def echo_all(ws):
    for data in DATA:
        await ws.send(data)
        assert await ws.recv() == data
        # the same in fragments
        if len(data) > 3:
            third = len(data) // 3
            await ws.send([data[:third], data[third : 2 * third],
                           data[2 * third :]])
            assert await ws.recv() == data


async def without_compression():
    async with connect("plain") as ws:
        await echo_all(ws)


async def with_default_compression():
    for name in ("plain", "keeping", "small", "parts"):
        async with connect(name, "deflate") as ws:
            assert ws.extensions, name
            await echo_all(ws)


async def with_every_set_of_parameters():
    for name in ("plain", "keeping", "small"):
        for bits in (None, 9, 12, 15):
            for alone in (False, True):
                for client_bits in (None, True, 10):
                    factory = ClientPerMessageDeflateFactory(
                        server_no_context_takeover=alone,
                        client_no_context_takeover=alone,
                        server_max_window_bits=bits,
                        client_max_window_bits=client_bits,
                    )
                    async with connect(name, None, factory) as ws:
                        assert ws.extensions, (name, bits, alone)
                        await echo_all(ws)


async def pings_are_answered():
    async with connect("plain") as ws:
        for _ in range(20):
            await asyncio.wait_for(await ws.ping(), 10)


async def closes_have_code_and_reason():
    for code in (1000, 1001, 3000, 4999):
        ws = await connect("plain")
        await ws.close(code, "good bye")
        assert ws.close_code == code, ws.close_code


async def subprotocols_are_chosen():
    async with connect("picky", subprotocols=["v1", "v2"]) as ws:
        assert ws.subprotocol == "v2"
    async with connect("picky", origin="https://good.example") as ws:
        assert ws.subprotocol is None
    try:
        await connect("picky", origin="https://bad.example")
    except websockets.InvalidStatusCode as error:
        assert error.status_code == 403
    else:
        raise AssertionError("a foreign origin was let in")


TESTS = [
    without_compression,
    with_default_compression,
    with_every_set_of_parameters,
    pings_are_answered,
    closes_have_code_and_reason,
    subprotocols_are_chosen,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for i, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            asyncio.run(test())
            print(f"ok {i} {name}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {i} {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)


main()
