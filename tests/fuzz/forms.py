"""Input that no description covers: page forms, and webhook bodies, made of arbitrary bytes."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from starlette.routing import Route

import services.gateway
from tests.fuzz.driving import try_all
from tests.fuzz.planted import Caller, Planted
from tests.support.journey import WEBHOOK_SECRET, Journey

_TEMPLATES = Path(services.gateway.__file__).parent / "templates"
_FORM = "application/x-www-form-urlencoded"
_VALUES: SearchStrategy[bytes] = st.one_of(
    st.sampled_from(
        [
            b"",
            b"\0",
            b"\xff\xfe",
            b"\xed\xa0\x80",
            b"base",
            b"voice",
            b"admin",
            b"on",
            b"0",
            b"-1",
            b"1e5",
            b"99999999999999999999",
            b"0412",
            b"annual",
            b"nia@seeker.example",
            b"//elsewhere.example",
            b"x" * 70_000,
            b"' OR 1=1 --",
            b"<script>",
            b"{{7*7}}",
            "\u202e\u00a0\ud7ff".encode(),
        ]
    ),
    st.binary(max_size=30),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
Form = tuple[str, str, bytes]
"""Path, content type, and body."""


def paths_of(journey: Journey, method: str) -> list[str]:
    """Return the pages' paths that take this method."""
    routes = [
        route for route in journey.http.app.router.routes if isinstance(route, Route) and "/static" not in route.path
    ]
    return sorted(
        {route.path for route in routes if method in (route.methods or ()) and not route.path.endswith(":path}")}
    )


def field_names() -> list[str]:
    """Return the names of all fields of all forms."""
    names: set[str] = set()
    for path in _TEMPLATES.rglob("*.html"):
        names |= set(re.findall(r'name="([\w-]+)"', path.read_text()))
    return sorted(names)


def forms(paths: list[str]) -> SearchStrategy[Form]:
    """Return a strategy for forms to these paths: with real field names, with other names, or with no form at all."""
    names = st.sampled_from(field_names()).map(str.encode) | _VALUES
    fields = st.lists(st.tuples(names, _VALUES), max_size=8)
    encoded = fields.map(lambda some: b"&".join(b"%s=%s" % (_quoted(name), _quoted(value)) for name, value in some))
    kinds = st.sampled_from([_FORM] * 6 + ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""])
    return st.tuples(st.sampled_from(paths), kinds, encoded | st.binary(max_size=60) | st.just(b"--x\r\n\r\n"))


def _quoted(value: bytes) -> bytes:
    return quote_from_bytes(value).encode()


async def send_forms(two: Planted, caller: Caller, count: int, first: int) -> None:
    """Send forms as a caller; check that none gets a 500 or hangs, and that no outsider sees the planted agency."""
    rng = Random(first)
    async with httpx.AsyncClient(base_url=two.journey.public, headers=caller.headers, timeout=30) as browser:

        async def send_form(form: Form) -> None:
            path, kind, body = form
            caller.sent.append(body.decode("latin-1").lower())
            headers = {"Content-Type": kind, "Accept": "text/html"}
            response = await browser.post(two.fill_path(rng, caller, path), content=body, headers=headers)
            browser.cookies.clear()
            assert response.status_code < 500, (path, kind, body, response.status_code)
            if caller.is_outsider:
                assert two.leaked(caller, f"{response.headers}{response.text}") is None, (path, body)

        await try_all(forms(paths_of(two.journey, "POST")), send_form, count=count, first=first)


def _events(customer: str) -> SearchStrategy[Any]:
    """Return a strategy for event bodies: like Stripe's, with other values in some places."""
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.just("\0"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    kinds = st.sampled_from(["customer.subscription.updated", "invoice.paid", "payment_method.attached", "\0", "x"])
    thing = st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["sub_1", "in_1", "\0", "x" * 3_000]) | junk,
            "object": st.sampled_from(["customer", "subscription", "invoice"]) | junk,
            "customer": st.sampled_from([customer, f"{customer}\0", {"id": customer}]) | junk,
        },
    )
    return junk | st.fixed_dictionaries(
        {},
        optional={
            "id": st.text(max_size=5) | st.just("e" * 3_000) | junk,
            "type": kinds | junk,
            "created": st.integers() | st.sampled_from([1_770_000_000, 10**12, -(10**12), float("inf")]) | junk,
            "request": st.just({"idempotency_key": "a\0b"}) | junk,
            "data": st.fixed_dictionaries({"object": thing}) | junk,
        },
    )


async def send_webhooks(two: Planted, customer: str, count: int, first: int) -> None:
    """Send webhook bodies that Stripe never sends, correctly signed; check that each is accepted or rejected."""
    bodies = _events(customer).map(lambda event: json.dumps(event).encode()) | st.binary(max_size=40)
    async with httpx.AsyncClient(base_url=two.journey.public, timeout=30) as stripe:

        async def send_event(body: bytes) -> None:
            headers: Mapping[str, str] = {"Stripe-Signature": _signature(two.journey, body)}
            response = await stripe.post("/api/v1/webhooks/stripe", content=body, headers=headers)
            assert response.status_code in {200, 413, 422}, (body, response.text)

        await try_all(bodies, send_event, count=count, first=first)


def _signature(journey: Journey, body: bytes) -> str:
    moment = int(journey.clock().timestamp())
    digest = hmac.new(WEBHOOK_SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"
