"""Two agencies side by side: one full of things that nobody outside it may ever see, one that looks for them."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.support.journey import OPERATOR, Browser, Journey
from tests.support.site import link_for

MARK = "qzplant"
"""In every text that the planted agency has of its own: names, addresses, titles, keys' names."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_READ = ("/members?limit=200", "/members?status=removed&limit=200", "/seats", "/billing", "/baa", "/api-keys")
_LOGS = ("/activity?limit=200", "/billing/invoices", "/seats/history")
_BETWEEN_SIGN_INS = 200.0
"""Seconds by which the clock moves on for each sign-in, so that no limit of an hour's codes is met."""


@dataclass
class Caller:
    """Somebody who asks: with a session, with a key, or with nothing. `inside`: the planted agency is theirs."""

    name: str
    inside: bool
    email: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    """All that was asked, as text: what somebody brings themselves is no leak."""

    @property
    def is_outsider(self) -> bool:
        return not self.inside


@dataclass
class Planted:
    """The system, who asks it, what must stay inside, and ids to try from outside."""

    journey: Journey
    askers: dict[str, Caller]
    secrets: set[str]
    """Texts and numbers of the planted agency that nobody outside may be shown, nor can bring."""
    baits: dict[str, list[str]]
    """Its ids, by what they are ids of: outsiders ask with them, and must get nothing for it."""
    own: dict[str, list[str]]
    """The other agency's ids."""

    async def sign_in(self, caller: Caller) -> bool:
        """Sign somebody in anew, by code; False when they are a member no more."""
        if caller.email is None:
            return False
        self.journey.clock.advance(_BETWEEN_SIGN_INS)
        browser = self.journey.browser()
        answer = await browser.log_in(caller.email)
        if answer.status_code != httpx.codes.CREATED:
            return False
        caller.headers = _cookie(self.journey, browser)
        return True

    async def inside_view(self) -> Mapping[str, Any]:
        """All that the planted agency's admin sees, but for when somebody was last seen."""
        admin = self.askers["admin"]
        async with httpx.AsyncClient(base_url=f"{self.journey.public}/api/v1", headers=admin.headers) as client:
            seen = {path: (await client.get(path)) for path in (*_READ, *_LOGS)}
        assert {response.status_code for response in seen.values()} == {200}, (
            "the planted agency's admin is none any more"
        )
        return {path: _without_times(response.json()) for path, response in seen.items()}

    def leaked(self, caller: Caller, text: str) -> str | None:
        """What of the planted agency an outsider was shown; None when nothing was."""
        lower = text.lower()
        for secret in self.secrets:
            if secret in lower:
                return secret
        brought = "\n".join(caller.sent)
        for found in map(str, _UUID.findall(lower)):
            if found in self._bait_ids and found not in brought:
                return found
        return None

    def aimed(self, rng: Random, caller: Caller, path: str) -> str:
        """A page's path with ids of the planted agency where it has places for them."""
        kinds = {"member": "member_id", "key": "key_id", "operation": "operation_id"}

        def one(place: re.Match[str]) -> str:
            found = chosen(rng, self.baits, kinds.get(place.group(1), "")) or "no-such-token-of-anybodys"
            caller.sent.append(found)
            return found

        return re.sub(r"\{(\w+)\}", one, path)

    def __post_init__(self) -> None:
        self._bait_ids = {bait for ids in self.baits.values() for bait in ids}


def _without_times(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        return {k: _without_times(inner) for k, inner in value.items() if k not in {"lastSeenAt", "lastUsedAt"}}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value


def _cookie(journey: Journey, browser: Browser) -> dict[str, str]:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
    return {"Cookie": cookies, "Origin": journey.public}


async def _made(answer: httpx.Response) -> Any:  # noqa: ANN401  the API's JSON
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def _agency(journey: Journey, name: str, domain: str) -> tuple[dict[str, list[str]], Browser, dict[str, Any]]:
    """An agency with people in every status, a key, invoices and a log; every text in it bears `name`."""
    opened = await _made(
        await journey.browser().post(
            "/agencies",
            {
                "name": f"{name} clinic",
                "domain": domain,
                "adminEmail": f"{name}-admin@{domain}",
                "adminName": f"Zz {name} admin",
                "base": 6,
                "voice": 5,
                "adminSeatType": "base",
                "paymentMethod": "pm_card_visa",
            },
            headers={"Authorization": f"Bearer {OPERATOR}"},
        )
    )
    await journey.drain()
    admin = journey.browser()
    await _made(await admin.log_in(f"{name}-admin@{domain}"))
    version = (await admin.get("/baa"))["version"]
    signature = {"signerName": f"{name} signer", "signerTitle": f"{name} title", "version": version}
    await _made(await admin.post("/baa/signature", signature))
    quote = await _made(await admin.post("/seats/quotes", {"base": 7, "voice": 6}))
    await _made(await admin.put("/seats", {"base": 7, "voice": 6, "quoteId": quote["id"]}))
    for person, seat_type in (("clinician", "base"), ("one", "voice"), ("two", "base")):
        email = f"{name}-{person}@{domain}"
        await _made(await admin.invite(email, seat_type, name=f"Zz {name} {person}"))
        token = (await link_for(journey, email, "invite")).rpartition("/")[2]
        await _made(await journey.browser().accept(token))
    await _made(await admin.invite(f"{name}-invited@{domain}", "voice", name=f"Zz {name} invited"))
    await _made(await admin.invite(f"{name}-gone@{domain}", "voice", name=f"Zz {name} gone"))
    gone = (await admin.row(f"{name}-gone@{domain}"))["id"]
    assert (await admin.ask("DELETE", f"/members/{gone}")).status_code == 204
    await journey.browser().sign_up(f"{name}-pending@{domain}", "voice", f"Zz {name} pending")
    key, spare = [
        await _made(await admin.post("/api-keys", {"name": f"{name} key {label}"})) for label in ("one", "two")
    ]
    await journey.drain()
    rows = {key["name"].rpartition(" ")[2]: key["id"] for key in (await admin.get("/members?limit=200"))["items"]}
    log = (await admin.get("/activity?limit=200"))["items"]
    ids = {
        "member_id": [rows[label] for label in ("one", "two", "invited", "pending")] + [gone],
        "key_id": [spare["id"]],
        "operation_id": [entry["operationId"] for entry in log if entry["operationId"]] + [quote["id"]],
        "agency_id": [opened["agency"]["id"]],
        "asker": [rows["admin"], rows["clinician"]],
    }
    return ids, admin, key


async def planted(journey: Journey) -> Planted:
    """Plant the one agency, found the other, and sign everybody in."""
    ids, admin, key = await _agency(journey, MARK, f"{MARK}.example")
    invoices = (await admin.get("/billing/invoices"))["items"]
    assert invoices
    secrets = {MARK, key["secret"].lower()}
    secrets |= {
        str(invoice[name]).lower() for invoice in invoices for name in ("number", "url", "pdfUrl") if invoice.get(name)
    }
    others, other_admin, other_key = await _agency(journey, "seeker", "seeker.example")
    askers = {
        "admin": Caller("admin", True, f"{MARK}-admin@{MARK}.example", _cookie(journey, admin)),
        "clinician": Caller("clinician", True, f"{MARK}-clinician@{MARK}.example"),
        "key": Caller("key", True, None, {"Authorization": f"Bearer {key['secret']}"}),
        "other admin": Caller("other admin", False, "seeker-admin@seeker.example", _cookie(journey, other_admin)),
        "other clinician": Caller("other clinician", False, "seeker-clinician@seeker.example"),
        "other key": Caller("other key", False, None, {"Authorization": f"Bearer {other_key['secret']}"}),
        "nobody": Caller("nobody", False, None, {"Origin": journey.public}),
    }
    two = Planted(journey, askers, secrets, ids, others)
    for name in ("clinician", "other clinician"):
        assert await two.sign_in(askers[name])
    return two


def chosen(rng: Random, ids: Mapping[str, list[str]], what: str) -> str | None:
    """An id of that kind, if there is one."""
    known = ids.get(what)
    return rng.choice(known) if known else None


async def settle(journey: Journey) -> None:
    """Wait until nothing moves any more."""
    async with asyncio.timeout(60):
        await journey.drain()
