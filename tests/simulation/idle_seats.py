"""What admins do about seats that nobody uses."""

from __future__ import annotations

from tests.simulation.admins import RIGHT, Admins


class IdleSeats(Admins):
    """Uses that are reported, reminders, and the monthly mail about idle seats."""

    async def report_use(self) -> None:
        """Report that members used their seats, with a key that is made for it."""
        admin = self._admin()
        rows = await self._rows(admin) if admin is not None else []
        if admin is None or not rows:
            return
        made = await self._request(admin, "POST", "/api-keys", {"name": "Usage", "scopes": ["usage"]})
        if made.status_code == 201:
            uses = [{"id": str(row["member_id"])} for row in self._rng.sample(rows, min(2, len(rows)))]
            bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
            await self._request(admin, "POST", "/usage", {"members": uses}, bearer)

    async def want_idle_mail(self) -> None:
        """Switch the admin's own mail about idle seats on, or off."""
        await self._as_admin("PUT", "/settings/idle-mail", {"enabled": self._rng.random() < RIGHT})

    async def remind(self) -> None:
        """Remind an Active member of the seat, perhaps for the second time."""
        found = await self._row("active")
        if found is not None:
            body = {"action": "remind", "ids": [str(found[1]["member_id"])]}
            await self._as_admin("POST", "/members/change", body, found[0])
