"""Style sheets, scripts and the typeface, under names that hold a hash of their content: browsers keep them.

Scripts and style sheets are minified once, at the start; comments that begin with `!`, the licenses, stay.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin
from starlette.requests import Request
from starlette.responses import Response

STATIC = "/static"
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_MADE = "made"
"""The folder inside the static files that `make` fills from npm's packages; git ignores it."""
_NAMED = re.compile(rb'(?<=")\./([\w-]+\.(?:js|woff2))(?=")')
"""A file that another file names: a script's import, a style sheet's typeface."""
_MINIFIED: Mapping[str, Callable[..., bytes]] = {".js": jsmin, ".css": cssmin}
"""The types that are minified. Only they name other files."""
_COMPRESSED = {".woff2"}
"""Types whose files are compressed already."""
_HASH_CHARACTERS = 12
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, plain and, unless its type is compressed already, compressed."""

    media_type: str
    plain: bytes
    packed: bytes | None


class Assets:
    """All files of a folder and of its folder `made`, read once. FileNotFoundError when `made` is missing."""

    def __init__(self, folder: Path) -> None:
        self._served: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        files = [path for place in (folder, folder / _MADE) if place.is_dir() for path in sorted(place.iterdir())]
        self._files = {path.name: path for path in files if path.suffix in _TYPES}
        if not (folder / _MADE).is_dir():
            raise FileNotFoundError(f"{folder / _MADE} is missing: `make .venv/installed` makes it")
        for name in self._files:
            self._serve(name)

    def _serve(self, name: str) -> str:
        """Serve a file, those that it names first, because it holds their hashed names. Return its own hashed name."""
        if name not in self._names:
            path = self._files[name]
            plain = path.read_bytes()
            if path.suffix in _MINIFIED:
                plain = _MINIFIED[path.suffix](plain, keep_bang_comments=True)
                plain = _NAMED.sub(lambda match: f"./{self._serve(match[1].decode())}".encode(), plain)
            digest = hashlib.sha256(plain).hexdigest()[:_HASH_CHARACTERS]
            self._names[name] = f"{path.stem}.{digest}{path.suffix}"
            packed = None if path.suffix in _COMPRESSED else gzip.compress(plain, mtime=0)
            self._served[self._names[name]] = Asset(_TYPES[path.suffix], plain, packed)
        return self._names[name]

    def address(self, name: str) -> str:
        """The address of a file. KeyError when there is no file of that name."""
        return f"{STATIC}/{self._names[name]}"

    def response(self, request: Request) -> Response | None:
        """The file of this name; None when there is none, also when the name is that of an earlier content."""
        asset = self._served.get(request.path_params["name"])
        if asset is None:
            return None
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
        if asset.packed is None or "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.plain, headers=headers, media_type=asset.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
