"""The gateway's store, as the chassis calls it: what a transaction loads and locks, and what it writes.

Events need nothing loaded, except the API keys that they end. Every batch of requests locks its rows in one order, so
that two batches cannot deadlock: agencies (by the chassis), operations, codes, wrong tries, links, known browsers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from chassis.actor import Inputs
from database.postgres import Db
from services.gateway.model.changes import AgencyChanges
from services.gateway.model.requests import (
    AcceptRequest,
    CodeMailRequest,
    InvitationRequest,
    LoginRequest,
    MemberRequest,
    Request,
    SignInRequest,
)
from services.gateway.store import activity as store_activity
from services.gateway.store import agencies as store_agencies
from services.gateway.store import api_keys as store_api_keys
from services.gateway.store import auto_add_limits as store_auto_add_limits
from services.gateway.store import awaited_payments as store_awaited_payments
from services.gateway.store import baa_signatures as store_baa_signatures
from services.gateway.store import claims as store_claims
from services.gateway.store import erasures as store_erasures
from services.gateway.store import feed as store_feed
from services.gateway.store import idle_mails as store_idle_mails
from services.gateway.store import invitations as store_invitations
from services.gateway.store import known_browsers as store_known_browsers
from services.gateway.store import login_codes as store_login_codes
from services.gateway.store import members as store_members
from services.gateway.store import operations as store_operations
from services.gateway.store import plan as store_plan
from services.gateway.store import reductions as store_reductions
from services.gateway.store import seat_days as store_seat_days
from services.gateway.store import seat_policies as store_seat_policies
from services.gateway.store import sessions as store_sessions
from services.gateway.store import standings as store_standings


class GatewayStore:
    """Loads the rows that requests need, all requests of a moment together, and writes a transaction's changes."""

    async def load(self, db: Db, inputs: Inputs, now: datetime) -> Mapping[UUID, AgencyChanges]:
        """Fill the requests among the inputs; return empty changes for each agency, with the agency's requests."""
        states = {
            agency_id: AgencyChanges(
                agency_id, requests=[entry for entry in group if isinstance(entry, Request | CodeMailRequest)]
            )
            for agency_id, group in inputs.items()
        }
        requests = [request for changes in states.values() for request in changes.requests]
        if writes := [request for request in requests if isinstance(request, Request)]:
            await store_operations.load(db, writes, now)
        if of_members := [request for request in requests if isinstance(request, MemberRequest)]:
            await store_standings.load(db, of_members)
        if logins := [request for request in requests if isinstance(request, LoginRequest)]:
            await store_login_codes.load(db, logins, now)
        if mails := [request for request in requests if isinstance(request, CodeMailRequest)]:
            await store_login_codes.take_mails(db, mails)
        if acceptances := [request for request in requests if isinstance(request, AcceptRequest)]:
            await store_invitations.load(db, acceptances)
        await store_api_keys.load(db, states, inputs)
        return states

    async def save(self, db: Db, states: Collection[AgencyChanges]) -> None:
        """Write what events and requests changed; wake waiting requests and open pages when it commits."""
        await store_agencies.save(db, states)
        await store_auto_add_limits.save(db, states)
        await store_reductions.save(db, states)
        await store_seat_policies.save(db, states)
        await store_seat_policies.save_moving_lines(db, states)
        await store_baa_signatures.save(db, states)
        await store_erasures.begin(db, states)
        await store_members.save(db, states)
        await store_idle_mails.save(db, states)
        await store_claims.save(db, states)
        await store_invitations.project(db, states)
        await store_seat_days.save(db, states)
        await store_plan.save(db, states)
        await store_awaited_payments.save(db, states)
        await store_activity.save(db, states)
        if requests := [request for changes in states for request in changes.requests]:
            await store_login_codes.save(db, [request for request in requests if isinstance(request, LoginRequest)])
            await store_operations.save(db, [request for request in requests if isinstance(request, Request)])
            sign_ins = [request for request in requests if isinstance(request, SignInRequest)]
            await store_sessions.save(db, sign_ins)
            await store_known_browsers.save(db, sign_ins)
            invitations = [request for request in requests if isinstance(request, InvitationRequest)]
            await store_invitations.save_new(db, invitations)
            acceptances = [request for request in requests if isinstance(request, AcceptRequest)]
            await store_invitations.save_used(db, acceptances)
        await store_api_keys.save(db, states)
        waiting = await store_operations.wait(db, states)
        ended = await store_operations.end(db, states)
        await store_sessions.end_rejected(db, states)
        changed = await store_feed.append(db, states)
        await store_feed.notify(db, [*waiting, *ended], changed)
