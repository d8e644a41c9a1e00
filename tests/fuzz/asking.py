"""One round of asking: outsiders first, while nothing moves inside; then everybody; then outsiders again."""

import asyncio
from collections.abc import Sequence
from random import Random

import httpx

from tests.fuzz.calls import Calls
from tests.fuzz.forms import paths_of
from tests.fuzz.planted import Caller, Planted, planted, settle
from tests.support.journey import Journey

_PARTS = (Calls.edges, Calls.drawn, Calls.chained)


async def ask_as_everybody(journey: Journey, count: int, *, seed: int) -> Calls:
    """Ask the API `count` times or a little more, a share as each; `found` is what was wrong with the answers."""
    two = await planted(journey)
    calls = await asyncio.to_thread(Calls, two, Random(seed), asyncio.get_running_loop())
    outside = [asker for asker in two.askers.values() if asker.is_outsider]
    inside = [asker for asker in two.askers.values() if asker.inside]
    members = [asker for asker in outside if asker.name != "nobody"]
    share = count // (2 * len(outside) + len(inside) - 1)
    before = await two.inside_view()
    assert two.leaked(outside[0], str(before)), "what is planted would not be seen"
    await asyncio.to_thread(_ask, calls, members, share)
    await settle(journey)
    if await two.inside_view() != before:
        calls.found.append("what another agency's people asked for has changed something inside")
    await asyncio.to_thread(_ask, calls, inside, share)
    await asyncio.to_thread(_ask, calls, outside, share)
    await settle(journey)
    for caller in outside:
        await _look(two, calls, caller)
    return calls


def _ask(calls: Calls, askers: Sequence[Caller], share: int) -> None:
    for caller in askers:
        for part in _PARTS:
            part(calls, caller, max(share // len(_PARTS), 1))


async def _look(two: Planted, calls: Calls, caller: Caller) -> None:
    """Open every page as somebody outside, also those of things inside."""
    headers = {**caller.headers, "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=two.journey.public, headers=headers) as browser:
        for path in paths_of(two.journey, "GET"):
            answer = await browser.get(two.aimed(calls.rng, caller, path))
            if answer.status_code >= 500:
                calls.found.append(f"{caller.name}: GET {path} is {answer.status_code}")
            if leak := two.leaked(caller, answer.text):
                calls.found.append(f"{caller.name}: GET {path} shows {leak}")
