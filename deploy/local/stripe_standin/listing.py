"""Pages of a list, newest first; a cursor continues with the next page."""

from collections.abc import Callable, Mapping
from typing import Any

from deploy.local.stripe_standin.errors import no_such
from deploy.local.stripe_standin.render import Renderer, list_of
from deploy.local.stripe_standin.world import Obj

Filter = Callable[[Obj, Mapping[str, Any]], bool]
_DEFAULT_LIMIT = 10


def page_of(objects: list[Obj], params: Mapping[str, Any], url: str, renderer: Renderer) -> Obj:
    """Return one page of the objects (newest first), next to that of `starting_after` or `ending_before`."""
    within = [obj for obj in objects if _in_time(obj, params.get("created", {}))]
    limit = params.get("limit", _DEFAULT_LIMIT)
    if "ending_before" in params:
        before = within[: _place(within, params["ending_before"], "ending_before")]
        chosen, more = before[-limit:], len(before) > limit
    else:
        start = _place(within, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
        chosen, more = within[start : start + limit], len(within) > start + limit
    return list_of([renderer.show(obj) for obj in chosen], url, has_more=more)


def _place(objects: list[Obj], object_id: str, param: str) -> int:
    for place, obj in enumerate(objects):
        if obj["id"] == object_id:
            return place
    raise no_such("object", object_id, param=param)


def _in_time(obj: Obj, bounds: Mapping[str, int]) -> bool:
    at: int = obj["date"] if obj.get("object") == "invoiceitem" else obj.get("created", 0)
    return (
        ("gt" not in bounds or at > bounds["gt"])
        and ("gte" not in bounds or at >= bounds["gte"])
        and ("lt" not in bounds or at < bounds["lt"])
        and ("lte" not in bounds or at <= bounds["lte"])
    )
