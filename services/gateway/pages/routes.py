"""The routes of one page module: its addresses with their handlers. `site.py` collects those of all modules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.responses import Response

from services.gateway.pages.page_request import PageRequest

Handler: TypeAlias = Callable[[PageRequest], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Routes:
    """`get` are the pages and dialogs that are shown, `post` the forms that are sent."""

    get: Mapping[str, Handler] = field(default_factory=dict)
    post: Mapping[str, Handler] = field(default_factory=dict)
