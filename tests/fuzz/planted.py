"""Two agencies: one planted with texts that no outsider may see, and one whose people look for them."""

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
"""Part of every text of the planted agency: names, addresses, titles, key names."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_READ = ("/members?limit=200", "/members?status=removed&limit=200", "/seats", "/billing", "/baa", "/api-keys")
_LOGS = ("/activity?limit=200", "/billing/invoices", "/seats/history")
_BETWEEN_SIGN_INS = 200.0
"""Seconds by which the clock advances before each sign-in, so that the hourly limit of codes is not reached."""


@dataclass
class Caller:
    """A caller: with a session, a key, or nothing. `inside`: the planted agency is theirs."""

    name: str
    inside: bool
    email: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    """Every request as text; a value that the caller sent themselves is no leak."""

    @property
    def is_outsider(self) -> bool:
        return not self.inside


@dataclass
class Planted:
    """The system, its callers, the planted texts, and ids to try from outside."""

    journey: Journey
    callers: dict[str, Caller]
    secrets: set[str]
    """Texts and numbers of the planted agency that no outsider may see or can know."""
    baits: dict[str, list[str]]
    """The planted agency's ids by kind. Outsiders send them, and must get nothing for them."""
    own: dict[str, list[str]]
    """The other agency's ids."""

    async def sign_in(self, caller: Caller) -> bool:
        """Sign a caller in again by code; return False if they are no longer a member."""
        if caller.email is None:
            return False
        self.journey.clock.advance(_BETWEEN_SIGN_INS)
        browser = self.journey.browser()
        response = await browser.log_in(caller.email)
        if response.status_code != httpx.codes.CREATED:
            return False
        caller.headers = _cookie(self.journey, browser)
        return True

    async def inside_view(self) -> Mapping[str, Any]:
        """Return everything that the planted agency's admin sees, except last-seen times."""
        admin = self.callers["admin"]
        async with httpx.AsyncClient(base_url=f"{self.journey.public}/api/v1", headers=admin.headers) as client:
            responses = {path: (await client.get(path)) for path in (*_READ, *_LOGS)}
        assert {response.status_code for response in responses.values()} == {200}, (
            "the planted agency's admin is no longer an admin"
        )
        return {path: _without_times(response.json()) for path, response in responses.items()}

    def leaked(self, caller: Caller, text: str) -> str | None:
        """Return the planted text or id that an outsider was shown, or None."""
        lower = text.lower()
        for secret in self.secrets:
            if secret in lower:
                return secret
        sent_text = "\n".join(caller.sent)
        for identifier in map(str, _UUID.findall(lower)):
            if identifier in self._bait_ids and identifier not in sent_text:
                return identifier
        return None

    def fill_path(self, rng: Random, caller: Caller, path: str) -> str:
        """Fill the placeholders of a page's path with ids of the planted agency."""
        kinds = {"member": "member_id", "key": "key_id", "operation": "operation_id"}

        def fill(place: re.Match[str]) -> str:
            identifier = chosen(rng, self.baits, kinds.get(place.group(1), "")) or "no-such-token-of-anybodys"
            caller.sent.append(identifier)
            return identifier

        return re.sub(r"\{(\w+)\}", fill, path)

    def __post_init__(self) -> None:
        self._bait_ids = {bait for ids in self.baits.values() for bait in ids}


def _without_times(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        return {k: _without_times(inner) for k, inner in value.items() if k not in {"lastSeenAt", "lastUsedAt"}}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value


def _cookie(journey: Journey, browser: Browser) -> dict[str, str]:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
    return {"Cookie": cookies, "Origin": journey.public}


async def _json_of(response: httpx.Response) -> Any:  # noqa: ANN401  the API's JSON
    assert response.status_code in {200, 201}, response.text
    return response.json()


async def _agency(journey: Journey, name: str, domain: str) -> tuple[dict[str, list[str]], Browser, dict[str, Any]]:
    """Open an agency with people in every status, a key, invoices and a log; every text contains `name`."""
    opened = await _json_of(
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
    await _json_of(await admin.log_in(f"{name}-admin@{domain}"))
    version = (await admin.get("/baa"))["version"]
    signature = {"signerName": f"{name} signer", "signerTitle": f"{name} title", "version": version}
    await _json_of(await admin.post("/baa/signature", signature))
    quote = await _json_of(await admin.post("/seats/quotes", {"base": 7, "voice": 6}))
    await _json_of(await admin.put("/seats", {"base": 7, "voice": 6, "quoteId": quote["id"]}))
    for person, seat_type in (("clinician", "base"), ("one", "voice"), ("two", "base")):
        email = f"{name}-{person}@{domain}"
        await _json_of(await admin.invite(email, seat_type, name=f"Zz {name} {person}"))
        token = (await link_for(journey, email, "invite")).rpartition("/")[2]
        await _json_of(await journey.browser().accept(token))
    await _json_of(await admin.invite(f"{name}-invited@{domain}", "voice", name=f"Zz {name} invited"))
    await _json_of(await admin.invite(f"{name}-gone@{domain}", "voice", name=f"Zz {name} gone"))
    gone = (await admin.row(f"{name}-gone@{domain}"))["id"]
    assert (await admin.ask("DELETE", f"/members/{gone}")).status_code == 204
    await journey.browser().sign_up(f"{name}-pending@{domain}", "voice", f"Zz {name} pending")
    key, spare = [
        await _json_of(await admin.post("/api-keys", {"name": f"{name} key {label}"})) for label in ("one", "two")
    ]
    await journey.drain()
    rows = {key["name"].rpartition(" ")[2]: key["id"] for key in (await admin.get("/members?limit=200"))["items"]}
    log = (await admin.get("/activity?limit=200"))["items"]
    ids = {
        "member_id": [rows[label] for label in ("one", "two", "invited", "pending")] + [gone],
        "key_id": [spare["id"]],
        "operation_id": [entry["operationId"] for entry in log if entry["operationId"]] + [quote["id"]],
        "agency_id": [opened["agency"]["id"]],
        "caller": [rows["admin"], rows["clinician"]],
    }
    return ids, admin, key


async def plant(journey: Journey) -> Planted:
    """Open the planted agency and the other agency, and sign everybody in."""
    ids, admin, key = await _agency(journey, MARK, f"{MARK}.example")
    invoices = (await admin.get("/billing/invoices"))["items"]
    assert invoices
    secrets = {MARK, key["secret"].lower()}
    secrets |= {
        str(invoice[name]).lower() for invoice in invoices for name in ("number", "url", "pdfUrl") if invoice.get(name)
    }
    others, other_admin, other_key = await _agency(journey, "seeker", "seeker.example")
    callers = {
        "admin": Caller("admin", True, f"{MARK}-admin@{MARK}.example", _cookie(journey, admin)),
        "clinician": Caller("clinician", True, f"{MARK}-clinician@{MARK}.example"),
        "key": Caller("key", True, None, {"Authorization": f"Bearer {key['secret']}"}),
        "other admin": Caller("other admin", False, "seeker-admin@seeker.example", _cookie(journey, other_admin)),
        "other clinician": Caller("other clinician", False, "seeker-clinician@seeker.example"),
        "other key": Caller("other key", False, None, {"Authorization": f"Bearer {other_key['secret']}"}),
        "nobody": Caller("nobody", False, None, {"Origin": journey.public}),
    }
    two = Planted(journey, callers, secrets, ids, others)
    for name in ("clinician", "other clinician"):
        assert await two.sign_in(callers[name])
    return two


def chosen(rng: Random, ids: Mapping[str, list[str]], what: str) -> str | None:
    """Return an id of this kind, or None."""
    known = ids.get(what)
    return rng.choice(known) if known else None


async def wait_until_at_rest(journey: Journey) -> None:
    """Wait until nothing moves."""
    async with asyncio.timeout(60):
        await journey.drain()
