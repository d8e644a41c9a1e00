"""One round of API calls: by outsiders while nothing moves inside, then by everybody, then by outsiders again."""

import asyncio
from collections.abc import Sequence
from random import Random

import httpx

from tests.fuzz.calls import Calls
from tests.fuzz.forms import paths_of
from tests.fuzz.planted import Caller, Planted, plant, wait_until_at_rest
from tests.support.journey import Journey

_PARTS = (Calls.edges, Calls.drawn, Calls.chained)


async def call_api_as_everybody(journey: Journey, count: int, *, seed: int) -> Calls:
    """Make about `count` API calls, a share as each caller; `findings` lists what was wrong with the responses."""
    two = await plant(journey)
    calls = await asyncio.to_thread(Calls, two, Random(seed), asyncio.get_running_loop())
    outside = [caller for caller in two.callers.values() if caller.is_outsider]
    inside = [caller for caller in two.callers.values() if caller.inside]
    members = [caller for caller in outside if caller.name != "nobody"]
    share = count // (2 * len(outside) + len(inside) - 1)
    before = await two.inside_view()
    assert two.leaked(outside[0], str(before)), "the planted texts would not be found"
    await asyncio.to_thread(_call, calls, members, share)
    await wait_until_at_rest(journey)
    if await two.inside_view() != before:
        calls.findings.append("requests of another agency's people have changed something inside")
    await asyncio.to_thread(_call, calls, inside, share)
    await asyncio.to_thread(_call, calls, outside, share)
    await wait_until_at_rest(journey)
    for caller in outside:
        await _open_pages(two, calls, caller)
    return calls


def _call(calls: Calls, callers: Sequence[Caller], share: int) -> None:
    for caller in callers:
        for part in _PARTS:
            part(calls, caller, max(share // len(_PARTS), 1))


async def _open_pages(two: Planted, calls: Calls, caller: Caller) -> None:
    """Open every page as an outsider, also the pages of things inside."""
    headers = {**caller.headers, "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=two.journey.public, headers=headers) as browser:
        for path in paths_of(two.journey, "GET"):
            response = await browser.get(two.fill_path(calls.rng, caller, path))
            if response.status_code >= 500:
                calls.findings.append(f"{caller.name}: GET {path} is {response.status_code}")
            if leak := two.leaked(caller, response.text):
                calls.findings.append(f"{caller.name}: GET {path} shows {leak}")
