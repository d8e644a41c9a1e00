"""Runs `headcount` commands in forks of a process that has imported all of it: each saves a second of CPU.

The program `headcount` of `CLIENT` sends its arguments, environment and output here, and ends with the command's code.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from contracts.vocabulary import Service

MOST = 1 << 20
"""Bytes of a request: the variables of a shell are some thousand."""
_LIBRARIES = ("asyncpg", "httpx", "aiokafka.admin", "rich.table", "rich.progress", "hosting.replay", "chassis.inbox")
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({path!r})
socket.send_fds(server, [json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()], [1, 2])
code = server.recv(1)
sys.exit(code[0] if code else 70)
"""


def serve(path: Path) -> None:
    """Serve until the process is killed."""
    from services import cli

    for module in iter_modules(cli.__path__, f"{cli.__name__}."):
        import_module(module.name)
    for name in (*_LIBRARIES, *(f"services.{service}.app" for service in Service)):
        import_module(name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    while True:
        connection, _ = server.accept()
        if os.fork() == 0:
            os._exit(_run(cli.main, connection))
        connection.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _run(main: Callable[[], None], connection: socket.socket) -> int:
    request, outputs, _, _ = socket.recv_fds(connection, MOST, 2)
    arguments, environment, folder = json.loads(request)
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["headcount", *arguments]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  the command's own traceback, as a process would end with it
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(bytes([code]))
    return code


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
