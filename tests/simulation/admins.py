"""What admins and the operator do over HTTP: members, settings, keys, agencies."""

from __future__ import annotations

from typing import Any

from tests.simulation.person import Person
from tests.simulation.visitors import Visitors
from tests.support.journey import OPERATOR

PAGES = (
    "/me",
    "/members",
    "/seats",
    "/seats/history",
    "/billing",
    "/billing/invoices",
    "/activity",
    "/api-keys",
    "/baa",
)

RIGHT = 0.7
"""How often an admin chooses a member for whom an action is meant."""


class Admins(Visitors):
    """What the admins of one seed do."""

    async def _as_admin(self, method: str, path: str, body: object = None, admin: Person | None = None) -> None:
        admin = admin or self._admin()
        if admin is None:
            return
        response = await self._request(admin, method, path, body)
        if response.status_code == 401:
            admin.signed_in = False

    async def _page(self, admin: Person) -> Any:  # noqa: ANN401  asyncpg's record
        return await self._system.page_db.fetchrow(
            "SELECT a.*, (SELECT count(*) FROM gateway.members m WHERE m.agency_id = a.agency_id"
            " AND m.plan_type = 'base') AS active_base FROM gateway.agencies a WHERE agency_id ="
            " (SELECT agency_id FROM gateway.members WHERE email = $1 ORDER BY agency_id LIMIT 1)",
            admin.email,
        )

    async def _rows(self, admin: Person) -> list[Any]:
        """Return the members as the admin's page shows them."""
        db = self._system.page_db
        rows = await db.fetch(
            "SELECT member_id, status, seat_type, role, email FROM gateway.members"
            " WHERE agency_id = (SELECT agency_id FROM gateway.members WHERE email = $1 LIMIT 1) ORDER BY email",
            admin.email,
        )
        return list(rows)

    async def _row(self, status: str | None = None) -> tuple[Person, Any] | None:
        """An admin and a member, of this status if there is one."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        rows = [row for row in rows if row["status"] == status] or rows
        return (admin, self._rng.choice(rows)) if admin is not None and rows else None

    async def sign_baa(self, admin: Person | None = None) -> None:
        """Sign the BAA as an admin, perhaps in order to switch Auto-Add on."""
        admin = admin or self._admin()
        if admin is None:
            return
        if self._rng.random() < 0.6:
            admin.goal = "auto-add"
        read = await self._request(admin, "GET", "/baa")
        if read.status_code == 200:
            body = {"signerName": "Ada Park", "signerTitle": "Director", "version": read.json()["version"]}
            signed = await self._request(admin, "POST", "/baa/signature", body)
            admin.signed_baa = admin.signed_baa or signed.status_code in {201, 202}

    async def switch_on(self, admin: Person | None = None) -> None:
        """Switch Auto-Add on as an admin."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": True}, admin)

    async def switch_off(self) -> None:
        """Switch Auto-Add off as an admin."""
        await self._as_admin("PUT", "/settings/auto-add", {"enabled": False})

    async def set_limits(self, admin: Person | None = None) -> None:
        """Limit what Auto-Add buys, more or less, or not at all."""
        most = (None, 1, 2, 3, 5)
        limits = {
            kind: {
                "seats": self._rng.choice((*most, 8)),
                "monthSeats": self._rng.choice(most),
                "monthAmount": self._rng.choice((None, None, 4_000, 20_000)),
            }
            for kind in ("base", "voice")
        }
        await self._as_admin("PUT", "/settings/auto-add/limits", limits, admin)

    async def set_policies(self, admin: Person | None = None) -> None:
        """Set what a first login to each seat type does."""
        policies = {kind: self._rng.choice(("approve_each", "ask", "buy", "buy")) for kind in ("base", "voice")}
        await self._as_admin("PUT", "/settings/seat-policies", policies, admin)

    async def move_line(self, admin: Person | None = None) -> None:
        """Let free seats go to Blocked people by themselves; seldom, not any more."""
        await self._as_admin("PUT", "/settings/moving-line", {"enabled": self._rng.random() < 0.8}, admin)

    async def set_step_up(self) -> None:
        """Set the size from which a change of money needs a fresh code."""
        size = {"seats": self._rng.choice((1, 3, 50)), "amount": self._rng.choice((1000, 500_000))}
        await self._as_admin("PUT", "/settings/step-up", size)

    async def set_domain(self) -> None:
        """Set the domain as an admin: the same, another agency's, or one that no agency has."""
        domain = self._rng.choice([*(admin.domain for admin in self.admins), "elsewhere.example"])
        await self._as_admin("PUT", "/settings/domain", {"domain": domain})

    async def rename(self) -> None:
        """Rename the agency as an admin, perhaps to the name that it has."""
        name = self._rng.choice(("Harbor Clinic", "Harbor Care", "Wharf & Sons"))
        await self._as_admin("PUT", "/settings/name", {"name": name})

    async def invite(self, admin: Person | None = None, seat: str | None = None) -> None:
        """Invite a person as an admin."""
        statuses = await self._statuses()
        person = self._anybody(lambda person: person.email not in statuses) or self._anybody(lambda _: True)
        if person is not None:
            role = self._rng.choice(("clinician", "clinician", "admin"))
            body = {"email": person.email, "name": "Ida Novak", "seatType": seat or self._seat(), "role": role}
            await self._as_admin("POST", "/members", body, admin)

    async def reinvite(self) -> None:
        """Re-invite a member as an admin, perhaps for another seat type."""
        found = await self._row()
        if found is not None:
            body = {"seatType": self._seat()} if self._rng.random() < 0.5 else {}
            await self._request(found[0], "POST", f"/members/{found[1]['member_id']}/reinvite", body)

    async def correct(self) -> None:
        """Correct a member's name, seat type or address as an admin."""
        found = await self._row()
        if found is not None:
            local, _, domain = found[1]["email"].partition("@")
            body = self._rng.choice(
                (
                    {"name": "Cora Novak"},
                    {"seatType": self._seat()},
                    {"email": f"{local.partition('+')[0]}+z@{domain}"},
                    {"name": "Cora Novak", "seatType": self._seat()},
                )
            )
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", body)

    async def reinvite_many(self) -> None:
        """Re-invite every Blocked and Invited member as an admin."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        ids = [str(row["member_id"]) for row in rows if row["status"] in {"blocked", "invited"}]
        if admin is not None and ids:
            await self._request(admin, "POST", "/members/reinvite", {"ids": ids})

    async def remove(self) -> None:
        """Remove a member as an admin, perhaps the admin's own."""
        found = await self._row()
        if found is not None:
            await self._request(found[0], "DELETE", f"/members/{found[1]['member_id']}")

    async def remove_and_swap(self) -> None:
        """Remove an Active member and change the same member's seat type in the same moment."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        found = [row for row in rows if row["status"] == "active" and admin is not None and row["email"] != admin.email]
        if admin is not None and found:
            member = self._rng.choice(found)
            seat = "voice" if member["seat_type"] == "base" else "base"
            await self._request(admin, "DELETE", f"/members/{member['member_id']}")
            await self._request(admin, "PATCH", f"/members/{member['member_id']}", {"seatType": seat})

    async def undo_removal(self) -> None:
        """Undo a removal as an admin, or try to undo one that never was."""
        found = await self._row("removed" if self._rng.random() < RIGHT else None)
        if found is not None:
            await self._request(found[0], "POST", f"/members/{found[1]['member_id']}/undo-removal")

    async def remove_and_undo(self) -> None:
        """Remove a member, undo it, and invite the same address in the same moment."""
        found = await self._row()
        if found is not None:
            admin, member = found
            path = f"/members/{member['member_id']}"
            await self._request(admin, "DELETE", path)
            await self._request(admin, "POST", f"{path}/undo-removal")
            body = {"email": member["email"], "name": "Ida Novak", "seatType": self._seat(), "role": "clinician"}
            await self._as_admin("POST", "/members", body, admin)

    async def decide_request(self, admin: Person | None = None) -> None:
        """Approve a Blocked member for a free seat, or decline the request, perhaps with a note."""
        found = await self._row("blocked")
        if found is not None:
            change = self._rng.choice(
                ({"action": "approve"}, {"action": "approve"}, {"action": "decline", "note": "Later"})
            )
            await self._as_admin(
                "POST", "/members/change", {**change, "ids": [str(found[1]["member_id"])]}, admin or found[0]
            )

    async def cancel_invitation(self) -> None:
        """Cancel an invitation as an admin, perhaps one that is accepted."""
        found = await self._row("invited" if self._rng.random() < RIGHT else None)
        if found is not None:
            await self._request(found[0], "DELETE", f"/members/{found[1]['member_id']}/invitation")

    async def change_role(self) -> None:
        """Change a member's role as an admin."""
        found = await self._row()
        if found is not None:
            role = self._rng.choice(("admin", "clinician"))
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"role": role})
            person = next((person for person in self.everybody if person.email == found[1]["email"]), None)
            if role == "admin" and person is not None and person not in self.admins:
                self.admins.append(person)

    async def swap(self) -> None:
        """Change a member's seat type as an admin."""
        found = await self._row()
        if found is not None:
            await self._request(found[0], "PATCH", f"/members/{found[1]['member_id']}", {"seatType": self._seat()})

    async def exchange(self) -> None:
        """Have an Active member of each seat type exchange seats, and perhaps remove one of them in the same moment."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        active = [row for row in rows if row["status"] == "active" or self._rng.random() > RIGHT]
        if admin is None or len(active) < 2:
            return
        pair = self._rng.sample(active, 2)
        others = [row for row in active if row["seat_type"] != pair[0]["seat_type"]]
        if others and self._rng.random() < RIGHT:
            pair[1] = self._rng.choice(others)
        moves = [
            {"id": str(row["member_id"]), "seatType": "voice" if row["seat_type"] == "base" else "base"} for row in pair
        ]
        await self._request(admin, "POST", "/members/exchange-seats", {"members": moves})
        if self._rng.random() < 0.2 and pair[0]["email"] != admin.email:
            await self._request(admin, "DELETE", f"/members/{pair[0]['member_id']}")

    async def add_admin(self) -> None:
        """Give an agency an admin as the operator."""
        row = await self._row()
        person = self._anybody(lambda _: True)
        if row is None or person is None:
            return
        agency = await self._system.page_db.fetchval(
            "SELECT agency_id FROM gateway.members WHERE member_id = $1 LIMIT 1", row[1]["member_id"]
        )
        body = {"email": person.email, "name": "Dee Dow", "seatType": self._seat()}
        await self._request(person, "POST", f"/agencies/{agency}/admins", body, {"Authorization": f"Bearer {OPERATOR}"})

    async def api_key(self) -> None:
        """Make an API key as an admin."""
        admin = self._admin()
        if admin is not None:
            response = await self._request(admin, "POST", "/api-keys", {"name": "Payroll"})
            if response.status_code == 201:
                admin.keys.append((response.json()["id"], response.json()["secret"]))

    async def use_key(self) -> None:
        """Swap a member's seat with an admin's API key, or revoke the key."""
        admin = self._anybody(lambda admin: bool(admin.keys))
        if admin is None:
            return
        _, secret = self._rng.choice(admin.keys)
        rows = await self._rows(admin)
        if self._rng.random() < 0.3 or not rows:
            await self.revoke_key()
        else:
            path = f"/members/{self._rng.choice(rows)['member_id']}"
            await self._request(admin, "PATCH", path, {"seatType": self._seat()}, {"Authorization": f"Bearer {secret}"})

    async def revoke_key(self) -> None:
        """Revoke one of an admin's API keys."""
        admin = self._anybody(lambda admin: bool(admin.keys))
        if admin is not None:
            await self._request(admin, "DELETE", f"/api-keys/{self._rng.choice(admin.keys)[0]}")

    async def read(self) -> None:
        """Read a page."""
        person = self._anybody(lambda admin: admin.signed_in)
        if person is not None:
            await self._request(person, "GET", self._rng.choice(PAGES))

    async def open_agency(self, admin: Person | None = None, card: str | None = None) -> None:
        """Open the agency of an admin as the operator, or repeat it if it failed."""
        card = (
            card or "pm_card_visa"
            if card or admin is not None or self._rng.random() < 0.8
            else "pm_card_chargeDeclined"
        )
        admin = admin or self._rng.choice(self.admins)
        await self._request(
            admin,
            "POST",
            "/agencies",
            {
                "name": "Harbor Clinic", "domain": admin.domain, "adminEmail": admin.email, "adminName": "Ada Park",
                "cycle": self._rng.choice(("monthly", "monthly", "annual")), "base": self._rng.choice((1, 1, 2, 3)),
                "voice": self._rng.choice((0, 0, 1, 2)), "adminSeatType": "base", "paymentMethod": card,
            },
            {"Authorization": f"Bearer {OPERATOR}"},
        )  # fmt: skip

    async def open_another(self, card: str | None = None) -> None:
        """Open an agency of a domain that perhaps has none yet, mostly with a card that is declined."""
        name = self._rng.choice(("mole", "pier", "wharf"))
        admin = next((known for known in self.everybody if known.email == f"ada@{name}.example"), None)
        if admin is None:
            admin = self.add_person(f"ada@{name}.example")
            self.admins.append(admin)
        card = card or self._rng.choice(("pm_card_visa", "pm_card_chargeDeclined", "pm_card_chargeDeclined"))
        await self.open_agency(admin, card)
