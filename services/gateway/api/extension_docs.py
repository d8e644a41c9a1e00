"""/docs/extension: how a browser extension, an app or a page of another origin uses bearer tokens, with an example."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from services.gateway.api.request import API, BACKGROUND

router = APIRouter(include_in_schema=False)
PAGE = "/docs/extension"
_SCRIPT = Path(__file__).parent.parent / "static" / "extension.js"
_TEXT = f"""
# What a token opens

A bearer token belongs to one person's session. It reads {API}/me and the events of the person's own row at
{API}/events, and signs out with DELETE {API}/sessions/current. Every other call answers 403 insufficient_scope, also
when the person is an admin.

# Sign in

POST {API}/login-codes with "tokenType": "bearer" emails a code and answers a browserToken. POST {API}/sessions with the
code, "tokenType": "bearer" and that browserToken answers the bearerToken, once, and sets no cookie. The token of the
link in the email works in place of address and code. Keep the browserToken, also after signing out: it is how we know
the device again.

# Follow the seat

When an admin changes the seat type, {API}/events sends a member event with the new planType at once. EventSource cannot
send a token, and a token must never stand in an address: read the stream with fetch, as the example does. After hello,
read {API}/me. Send Last-Event-ID to resume. The last event is signed_out.

# How long it lasts

A token lasts as long as any session: 24 hours without a request and 14 days in all, for an admin 12 hours and 14 days,
unless the operator sets other times. An open stream is no request, and neither is one with the header {BACKGROUND}. The
person sees the token among the sessions and can end it there at once.

# From a page

Browsers let a page of another origin read these answers only if the operator lists its exact origin, like
chrome-extension://… or https://app.example, in HEADCOUNT_CORS_ORIGINS. Send no cookies (credentials: "omit", the
default).
"""


@router.get(f"{PAGE}.js")
async def script() -> Response:
    """Serve the example."""
    return Response(_SCRIPT.read_bytes(), media_type="text/javascript")


@router.get(PAGE)
async def page() -> Response:
    """Serve the page."""
    blocks = [" ".join(block.split()) for block in _TEXT.strip().split("\n\n")]
    text = "".join(
        f"<h2>{escape(block.removeprefix('# '))}</h2>" if block.startswith("# ") else f"<p>{escape(block)}</p>"
        for block in blocks
    )
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Browser extensions and apps</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head>'
        '<body><p><a href="/docs">The API</a></p><h1>Browser extensions and apps</h1>'
        f'{text}<h2>Example</h2><p><a href="{PAGE}.js">extension.js</a> does all of this; copy it.</p>'
        f"<pre><code>{escape(_SCRIPT.read_text())}</code></pre></body></html>"
    )
