"""Codes and links for signing in: recorded, tried under lock, and taken for their mails."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from database.postgres import Db, Pool, columns, transaction
from services.gateway.domain.code_mails import LINK_LIFE, WINDOW, CodeMail, CodeMailLimits, is_mailed
from services.gateway.domain.one_click_link import SentLink
from services.gateway.model.login_codes import CodeToMail, LoginCode, NewCode, RecordedCodes, SealedCode, WrongTries
from services.gateway.model.operation import Operation
from services.gateway.model.requests import CodeMailRequest, LoginRequest
from services.gateway.store import operations as store_operations

_ADDRESS_LOCK = 1
"""The class of the advisory locks of addresses, which nothing else uses with two keys."""


async def load(db: Db, logins: Sequence[LoginRequest], now: datetime) -> None:
    """Lock the codes that are tried, then the wrong tries that count against them."""
    await _load_codes(db, logins)
    await _load_tries(db, logins, now)


async def _load_codes(db: Db, logins: Sequence[LoginRequest]) -> None:
    # A login by code reads the live code of its browser and mailbox alone: of a browser's other rows, a stranger can
    # make any number. A login by link reads the link's row.
    by_code = [(login.browser_hash, login.mailbox) for login in logins if login.link_hash is None]
    rows = await db.fetch(
        "SELECT id, browser_hash, mailbox, email, code_hash, link_hash, created_at, expires_at, wrong, used"
        " FROM login_codes WHERE id IN ("
        "   SELECT c.id FROM unnest($1::bytea[], $2::text[]) AS u(browser_hash, mailbox) JOIN login_codes c"
        "     ON c.browser_hash = u.browser_hash AND c.mailbox = u.mailbox AND c.code_hash IS NOT NULL"
        "   UNION SELECT id FROM login_codes WHERE link_hash = ANY($3::bytea[]))"
        " ORDER BY id FOR UPDATE",
        [browser_hash for browser_hash, _ in by_code],
        [mailbox for _, mailbox in by_code],
        [login.link_hash for login in logins if login.link_hash is not None],
    )
    by_link: dict[bytes, LoginCode] = {}
    by_browser: dict[tuple[bytes, str], LoginCode] = {}
    for row in rows:  # ids rise with time, so that the newest of a browser's codes stays
        code = LoginCode(
            *(row["id"], row["email"], row["code_hash"], row["created_at"], row["expires_at"], row["wrong"]),
            used=row["used"],
        )
        by_link[row["link_hash"]] = code
        if code.code_hash is not None:
            by_browser[row["browser_hash"], row["mailbox"]] = code
    for login in logins:
        if login.link_hash is not None:
            login.code = by_link.get(login.link_hash)
        else:
            login.code = by_browser.get((login.browser_hash, login.mailbox))


async def _load_tries(db: Db, logins: Sequence[LoginRequest], now: datetime) -> None:
    subjects = sorted({subject for login in logins for subject in (login.address, *login.first_logins.values())})
    locked = await db.fetch(
        "INSERT INTO guesses (subject, touched) SELECT u, $2 FROM unnest($1::bytea[]) u"
        " ON CONFLICT (subject) DO UPDATE SET touched = EXCLUDED.touched RETURNING subject, notified_at",
        subjects,
        now,
    )
    tries = {row["subject"]: WrongTries(row["subject"], row["notified_at"], []) for row in locked}
    rows = await db.fetch("SELECT subject, tried_by, at FROM wrong_codes WHERE subject = ANY($1::bytea[])", subjects)
    for row in rows:
        tries[row["subject"]].tries.append((row["at"], row["tried_by"]))
    for login in logins:
        login.address_tries = tries[login.address]
        login.first_login_tries = {agency_id: tries[subject] for agency_id, subject in login.first_logins.items()}


async def mailed_link(pool: Pool, link_hash: bytes) -> tuple[str, SentLink] | None:
    """The mailbox that a link was mailed to, and the link; None for an unknown link."""
    row = await pool.fetchrow("SELECT mailbox, created_at, used FROM login_codes WHERE link_hash = $1", link_hash)
    return None if row is None else (row["mailbox"], SentLink(row["created_at"] + LINK_LIFE, row["used"]))


async def take_mails(db: Db, mails: Sequence[CodeMailRequest]) -> None:
    """Take the sealed codes of these mails; a code that has been taken before is left None."""
    rows = await db.fetch(
        "WITH due AS (SELECT id, sealed, created_at, expires_at FROM login_codes"
        "   WHERE id = ANY($1::uuid[]) AND sealed IS NOT NULL"
        "   ORDER BY id FOR UPDATE)"
        " UPDATE login_codes c SET sealed = NULL, mailed = true FROM due WHERE c.id = due.id"
        " RETURNING c.id, due.sealed, due.created_at, due.expires_at",
        [mail.code_id for mail in mails],
    )
    codes = {row["id"]: SealedCode(row["sealed"], row["created_at"], row["expires_at"]) for row in rows}
    for mail in mails:
        mail.code = codes.get(mail.code_id)


async def save(db: Db, logins: Sequence[LoginRequest]) -> None:
    """Write the codes that were used or tried wrongly, and the new wrong tries."""
    codes = {login.code.id: login.code for login in logins if login.code is not None and login.code.changed}
    if codes:
        await db.execute(
            "UPDATE login_codes c SET wrong = u.wrong, used = u.used"
            " FROM unnest($1::uuid[], $2::int[], $3::boolean[]) AS u(id, wrong, used) WHERE c.id = u.id",
            list(codes),
            [code.wrong for code in codes.values()],
            [code.used for code in codes.values()],
        )
    await _save_tries(db, list({tries.subject: tries for login in logins for tries in login.tries}.values()))


async def _save_tries(db: Db, rows: Sequence[WrongTries]) -> None:
    if taken_back := [(tries.subject, tried_by) for tries in rows for tried_by in tries.taken_back]:
        await db.execute(
            "DELETE FROM wrong_codes w USING unnest($1::bytea[], $2::bytea[]) AS u(subject, tried_by)"
            " WHERE w.subject = u.subject AND w.tried_by = u.tried_by",
            *columns(taken_back),
        )
    if new := [(tries.subject, tried_by, at) for tries in rows for at, tried_by in tries.new]:
        await db.execute(
            "INSERT INTO wrong_codes (subject, tried_by, at)"
            " SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::timestamptz[])",
            *columns(new),
        )
    if notified := [(tries.subject, tries.notified_at) for tries in rows if tries.notifies]:
        await db.execute(
            "UPDATE guesses g SET notified_at = u.notified_at FROM unnest($1::bytea[], $2::timestamptz[])"
            "  AS u(subject, notified_at) WHERE g.subject = u.subject",
            *columns(notified),
        )


async def record_codes(pool: Pool, codes: Sequence[NewCode], limits: CodeMailLimits, now: datetime) -> RecordedCodes:
    """Record the codes that may be mailed, each in place of the same browser's earlier code for the mailbox."""
    async with transaction(pool) as db:
        begun = await store_operations.begin(db, [code.operation for code in codes], now)
        earlier: dict[UUID, Operation] = {}
        mails = await _mails_of_the_hour(db, {code.email for code in codes}, now)
        newest: dict[tuple[bytes, str], NewCode] = {}
        beyond_limits = 0
        for code in codes:
            request = CodeMail(code.browser_hash, code.network_hash, code.known)
            if (before := begun.get(code.operation.id)) is not None:
                earlier[code.id] = before
                continue
            # A client that tries again may come in the moment of its first try.
            begun[code.operation.id] = code.operation
            if is_mailed(mails[code.email], request, limits):
                mails[code.email].append(request)
                newest[code.browser_hash, code.mailbox] = code
            else:
                beyond_limits += 1
        await _replace(db, list(newest.values()))
    return RecordedCodes(earlier, beyond_limits)


async def _mails_of_the_hour(db: Db, emails: Collection[str], now: datetime) -> Mapping[str, list[CodeMail]]:
    """The unused code mails of the last hour by address. No other transaction records one until this one ends."""
    await db.execute(
        "SELECT pg_advisory_xact_lock($2, u.lock) FROM"
        " (SELECT DISTINCT hashtext(e) AS lock FROM unnest($1::text[]) e ORDER BY lock) u",
        list(emails),
        _ADDRESS_LOCK,
    )
    rows = await db.fetch(
        "SELECT c.email, c.browser_hash, c.network_hash, k.until IS NOT NULL AS known FROM login_codes c"
        " LEFT JOIN known_browsers k ON k.mailbox = c.mailbox AND k.browser_hash = c.browser_hash AND k.until > $2"
        " WHERE c.email = ANY($1::text[]) AND c.created_at > $2::timestamptz - $3::interval AND NOT c.used",
        list(emails),
        now,
        WINDOW,
    )
    mails: dict[str, list[CodeMail]] = {email: [] for email in emails}
    for row in rows:
        mails[row["email"]].append(CodeMail(row["browser_hash"], row["network_hash"], row["known"]))
    return mails


async def _replace(db: Db, codes: Sequence[NewCode]) -> None:
    await db.execute(
        "UPDATE login_codes SET code_hash = NULL WHERE id IN (SELECT c.id"
        "  FROM unnest($1::bytea[], $2::text[]) AS u(browser_hash, mailbox) JOIN login_codes c"
        "    ON c.browser_hash = u.browser_hash AND c.mailbox = u.mailbox AND c.code_hash IS NOT NULL"
        "  ORDER BY c.id FOR UPDATE OF c)",
        [code.browser_hash for code in codes],
        [code.mailbox for code in codes],
    )
    await db.execute(
        "INSERT INTO login_codes (id, browser_hash, network_hash, mailbox, email, code_hash, link_hash, sealed,"
        "   created_at, expires_at)"
        " SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],"
        "   $8::text[], $9::timestamptz[], $10::timestamptz[])",
        [code.id for code in codes],
        [code.browser_hash for code in codes],
        [code.network_hash for code in codes],
        [code.mailbox for code in codes],
        [code.email for code in codes],
        [code.code_hash for code in codes],
        [code.link_hash for code in codes],
        [code.sealed for code in codes],
        [code.created_at for code in codes],
        [code.expires_at for code in codes],
    )


async def codes_to_mail(pool: Pool, most: int, now: datetime) -> list[CodeToMail]:
    """Codes whose mail has not been commanded, oldest first, with the member who signs in with exactly that address.

    If there is none: with a member who was invited or has logged in with another spelling of the mailbox. A Pending
    login is nobody's yet, and an address that a stranger brought in is advised to nobody.
    """
    rows = await pool.fetch(
        "SELECT c.id, c.mailbox, c.email, c.expires_at, m.member_id, m.agency_id, coalesce(m.is_theirs, false),"
        "  coalesce(m.is_theirs AND m.logged_in, false),"
        "  (SELECT count(*) FROM login_codes o WHERE o.mailbox = c.mailbox AND o.mailed AND o.email <> o.mailbox"
        "   AND o.created_at > $2::timestamptz - $3::interval AND NOT o.used)"
        " FROM login_codes c"
        " LEFT JOIN LATERAL (SELECT m.member_id, m.agency_id, true AS is_theirs, m.email = c.email"
        "   AND m.status IN ('active', 'blocked') AS logged_in FROM addressees p JOIN members m"
        "   ON m.member_id = p.member_id WHERE p.email = c.email AND m.status <> 'removed'"
        "  UNION ALL SELECT m.member_id, m.agency_id, false, m.status <> 'invited' FROM members m"
        "   WHERE m.mailbox = c.mailbox AND m.email <> c.email AND m.status <> 'removed'"
        "   AND (m.status = 'invited' OR m.first_login_at IS NOT NULL)"
        "  ORDER BY is_theirs DESC, logged_in DESC, agency_id LIMIT 1) m ON true"
        " WHERE c.sealed IS NOT NULL ORDER BY c.created_at LIMIT $1",
        most,
        now,
        WINDOW,
    )
    return [CodeToMail(*row.values()) for row in rows]


async def forget_mails(pool: Pool, ids: Sequence[UUID]) -> None:
    """Forget the mails of these codes: nobody has the address, or the code has expired."""
    await pool.execute("UPDATE login_codes SET sealed = NULL WHERE id = ANY($1::uuid[])", ids)
