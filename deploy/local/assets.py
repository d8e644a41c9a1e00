"""Builds what browsers load (style sheet, typeface, script) from npm's packages, again when a source has changed.

`python -m deploy.local.assets` does only that.
"""

import asyncio
import fcntl

from deploy.local.node import find_node
from deploy.local.npm import installed
from deploy.local.paths import REPOSITORY, downloads_folder
from deploy.local.programs import Program
from deploy.local.stamp import Stamp

GATEWAY = REPOSITORY / "services" / "gateway"
BUILT = GATEWAY / "static" / "made"
PACKAGE = GATEWAY / "assets"
_MADE = (BUILT / "app.css", BUILT / "htmx.js", BUILT / "inter.woff2", GATEWAY / "legal" / "made" / "fonts.json")


async def prepare() -> None:
    """Build the assets unless they are up to date. ProgramEndedError if the build fails."""
    # The result is in the checkout, so the lock is there too, whatever the downloads folder is.
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        sources = [PACKAGE / name for name in ("build.mjs", "package-lock.json", "site.css")]
        sources += [GATEWAY / "templates", *sorted((GATEWAY / "static").glob("*.js"))]
        stamp = Stamp(BUILT / ".done", sources)
        if stamp.done and all(made.exists() for made in _MADE):
            return
        folder = await installed(PACKAGE, "assets", ["build.mjs"])
        command = [find_node().node, folder / "build.mjs", GATEWAY]
        await Program("the pages' assets", command, log=downloads_folder() / "assets.log", folder=folder).run()
        stamp.write()


if __name__ == "__main__":
    asyncio.run(prepare())
