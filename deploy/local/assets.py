"""The pages' style sheet and script, made from Tabler and htmx: again when a template, script or lock has changed.

`python -m deploy.local.assets` does only that.
"""

import asyncio
import fcntl

from deploy.local.node import find_node
from deploy.local.npm import installed
from deploy.local.paths import REPOSITORY, downloads_folder
from deploy.local.programs import Program
from deploy.local.stamp import Stamp

ROOM = REPOSITORY / "services" / "gateway"
MADE = ROOM / "static" / "made"
PACKAGE = ROOM / "assets"


async def prepare() -> None:
    """Make them, unless they are made from these very sources. ProgramEndedError if that fails."""
    # What is made stands in the checkout: it is locked there, whichever downloads folder is used.
    MADE.mkdir(parents=True, exist_ok=True)
    with (MADE / ".lock").open("w") as turn:
        await asyncio.to_thread(fcntl.flock, turn, fcntl.LOCK_EX)
        sources = [PACKAGE / name for name in ("build.mjs", "package-lock.json", "site.css")]
        sources += [ROOM / "templates", *sorted((ROOM / "static").glob("*.js"))]
        mark = Stamp(MADE / ".done", sources)
        if mark.done and (MADE / "app.css").exists() and (MADE / "htmx.js").exists():
            return
        folder = await installed(PACKAGE, "assets", ["build.mjs"])
        command = [find_node().node, folder / "build.mjs", ROOM]
        await Program("the pages' assets", command, log=downloads_folder() / "assets.log", folder=folder).run()
        mark.note()


if __name__ == "__main__":
    asyncio.run(prepare())
