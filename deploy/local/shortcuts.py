"""Shortcuts for a person who tries the local world: sign in as the demo agency's admin, or log a clinician in.

They send the requests that a person would send with the mailbox open. Nothing here is shipped.
"""

import re
from html import escape
from typing import Any
from urllib.parse import quote

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.ports import until
from deploy.local.seed import ADMIN_EMAIL, SeedError, browser, expect, log_in, mails_to, nothing_to_check

_LINK = re.compile(r"https?://\S+/login/[\w-]{10,}")
_TIMEOUT_SECONDS = 20
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Log a clinician in</title>
<style>:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem; }}
form {{ margin: .5rem 0; }} button {{ font: inherit; padding: .5rem 1rem; }}</style>
<h1>Log a clinician in</h1>
<p>Each has signed up and not logged in yet. The button does what they would: asks for a code, reads it in the mailbox,
enters it. Keep the admin's <a href="{members}" target="_blank">list of members</a> open beside this, and watch the
row.</p>
{message}{forms}"""


class Shortcuts:
    """The shortcut pages of one local world."""

    def __init__(self, gateway: str, mailbox: str, api_key: str) -> None:
        self._gateway = gateway
        self._mailbox = mailbox
        self._admin = {"Authorization": f"Bearer {api_key}"}

    @property
    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route("/admin", self._sign_in_as_admin, methods=["GET"]),
            Route("/clinicians", self._clinicians, methods=["GET"]),
            Route("/clinicians", self._log_in, methods=["POST"]),
        ]

    async def _sign_in_as_admin(self, _request: Request) -> Response:
        """Redirect to a new one-click link of the admin, read from the mailbox."""
        links: list[str] = []
        async with browser(self._gateway) as client:
            known = {mail["id"] for mail in await mails_to(client, self._mailbox, ADMIN_EMAIL)}
            expect(await client.post("/login-codes", json={"email": ADMIN_EMAIL}))

            async def arrived() -> bool:
                for mail in await mails_to(client, self._mailbox, ADMIN_EMAIL):
                    if mail["id"] not in known:
                        links.extend(_LINK.findall(mail["text"]))
                return bool(links)

            await until(arrived, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)
        return RedirectResponse(links[-1], 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    async def _pending(self) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=f"{self._gateway}/api/v1", trust_env=False, timeout=30) as client:
            response = await client.get("/members", params={"status": "pending_login"}, headers=self._admin)
            items: list[dict[str, Any]] = expect(response).json()["items"]
            return items

    async def _clinicians(self, request: Request) -> HTMLResponse:
        message = request.query_params.get("message", "")
        forms = "".join(
            f'<form method="post"><button name="email" value="{escape(member["email"])}">'
            f"{escape(member['name'])} ({member['seatType'].capitalize()})</button></form>"
            for member in await self._pending()
        )
        return HTMLResponse(
            _PAGE.format(
                members=f"{self._gateway}/admin/agency/members",
                message=f"<p role=status><strong>{escape(message)}</strong></p>" if message else "",
                forms=forms or "<p>Nobody is left. Sign somebody up first.</p>",
            )
        )

    async def _log_in(self, request: Request) -> Response:
        # A page of another site must not be able to log a person in.
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403)
        async with request.form() as form:
            email = str(form.get("email", ""))
        if email not in {member["email"] for member in await self._pending()}:
            raise HTTPException(404)
        async with browser(self._gateway) as clinician:
            try:
                await log_in(clinician, self._mailbox, email)
                member = expect(await clinician.get("/me")).json()["member"]
            except (SeedError, TimeoutError) as error:
                raise HTTPException(502, str(error)) from error
        message = f"{member['name']} is {member['status'].replace('_', ' ').capitalize()} now."
        return RedirectResponse(f"/clinicians?message={quote(message)}", 303)
