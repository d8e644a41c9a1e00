"""Style sheets and scripts under names that carry a hash of their content, so that browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = "/static"
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_CHARACTERS = 12
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed."""

    media_type: str
    plain: bytes
    packed: bytes


class Assets:
    """All files of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._served: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        for path in sorted(folder.iterdir()):
            if (media_type := _TYPES.get(path.suffix)) is None:
                continue
            plain = path.read_bytes()
            digest = hashlib.sha256(plain).hexdigest()[:_HASH_CHARACTERS]
            served = f"{path.stem}.{digest}{path.suffix}"
            self._names[path.name] = served
            self._served[served] = Asset(media_type, plain, gzip.compress(plain, mtime=0))

    def address(self, name: str) -> str:
        """Where a file is served. KeyError when there is none of that name."""
        return f"{STATIC}/{self._names[name]}"

    def answer(self, request: Request) -> Response | None:
        """The file that is asked for; None when there is none, also under an earlier content's name."""
        asset = self._served.get(request.path_params["name"])
        if asset is None:
            return None
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.plain, headers=headers, media_type=asset.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
