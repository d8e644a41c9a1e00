"""The month of a usual agency: twelve people, who sign in twice a week; two come, one goes, and seats change."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.journey import Browser, Journey
from tests.support.money import purchased_seats, save_seats

CLINICIANS = 11
"""Beside the admin: 12 people, of whom two hold Voice seats."""
VOICE = 2
SIGN_INS = 8
"""Of each person in a month: a session ends after a weekend, and some people use two devices."""
DAY = 24 * 3600.0
DAYS = 31


@dataclass
class Agency:
    """An agency with the browsers of its people, by their addresses."""

    journey: Journey
    domain: str
    ada: Browser
    people: dict[str, Browser] = field(default_factory=dict)

    async def open(self) -> None:
        """Open the agency, sign, switch Auto-Add ON, and let its people join: ten free seats, one bought."""
        ada = f"ada@{self.domain}"
        await self.journey.open_agency(self.domain, base=CLINICIANS - VOICE, voice=VOICE)
        (await self.ada.log_in(ada)).raise_for_status()
        (await self.ada.sign_baa()).raise_for_status()
        (await self.ada.auto_add(enabled=True)).raise_for_status()
        self.people[ada] = self.ada
        for number in range(CLINICIANS):
            await self.joins(f"person{number}", "voice" if number < VOICE else "base")

    async def joins(self, name: str, seat_type: str = "base") -> None:
        """A clinician signs up, and logs in for the first time."""
        address = f"{name}@{self.domain}"
        browser = self.people[address] = self.journey.browser()
        (await browser.join(address, seat_type)).raise_for_status()

    async def signs_in(self) -> None:
        """Everybody signs in once more."""
        for address, browser in self.people.items():
            (await browser.log_in(address)).raise_for_status()

    async def changes(self) -> None:
        """One joins with a seat that is bought, one accepts an invitation, one leaves, and an admin changes seats."""
        await self.joins("newcomer")
        seats = await purchased_seats(self.ada)
        await save_seats(self.ada, seats.base + 1, seats.voice)
        invited = f"invited@{self.domain}"
        (await self.ada.invite(invited)).raise_for_status()
        [token] = self.journey.letterbox.invitations(invited)
        self.people[invited] = self.journey.browser()
        (await self.people[invited].accept(token)).raise_for_status()
        leaver = f"person{CLINICIANS - 1}@{self.domain}"
        del self.people[leaver]
        member = (await self.ada.row(leaver))["id"]
        (await self.ada.ask("DELETE", f"/members/{member}")).raise_for_status()


async def open_agencies(journey: Journey, count: int) -> list[Agency]:
    """Open agencies, one after another, with their people in."""
    agencies = []
    for number in range(count):
        domain = f"clinic{number}.example"
        agencies.append(Agency(journey, domain, journey.browser()))
        await agencies[-1].open()
    return agencies


async def live_a_month(journey: Journey, agencies: list[Agency]) -> None:
    """Let a month pass: everybody signs in, each agency has its changes, and Stripe renews all subscriptions."""
    last = await journey.newest_stripe_event()
    for week in range(SIGN_INS):
        await journey.advance(DAY * DAYS / SIGN_INS)
        for agency in agencies:
            await agency.signs_in()
            if week == SIGN_INS // 2:
                await agency.changes()
        last = await journey.deliver_stripe_events(last)
