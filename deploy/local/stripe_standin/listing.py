"""Lists: newest first, filtered, in pages that a cursor continues."""

from collections.abc import Callable, Mapping
from typing import Any

from deploy.local.stripe_standin.errors import no_such
from deploy.local.stripe_standin.render import Renderer, list_of
from deploy.local.stripe_standin.world import Obj

Filter = Callable[[Obj, Mapping[str, Any]], bool]
_DEFAULT_LIMIT = 10


def page_of(found: list[Obj], given: Mapping[str, Any], url: str, renderer: Renderer) -> Obj:
    """Return one page of what was found (newest first); `starting_after` and `ending_before` name the neighbour."""
    within = [one for one in found if _in_time(one, given.get("created", {}))]
    limit = given.get("limit", _DEFAULT_LIMIT)
    if "ending_before" in given:
        before = within[: _place(within, given["ending_before"], "ending_before")]
        chosen, more = before[-limit:], len(before) > limit
    else:
        start = _place(within, given["starting_after"], "starting_after") + 1 if "starting_after" in given else 0
        chosen, more = within[start : start + limit], len(within) > start + limit
    return list_of([renderer.show(one) for one in chosen], url, has_more=more)


def _place(found: list[Obj], object_id: str, param: str) -> int:
    for place, one in enumerate(found):
        if one["id"] == object_id:
            return place
    raise no_such("object", object_id, param=param)


def _in_time(one: Obj, bounds: Mapping[str, int]) -> bool:
    at: int = one["date"] if one.get("object") == "invoiceitem" else one.get("created", 0)
    return (
        ("gt" not in bounds or at > bounds["gt"])
        and ("gte" not in bounds or at >= bounds["gte"])
        and ("lt" not in bounds or at < bounds["lt"])
        and ("lte" not in bounds or at <= bounds["lte"])
    )
