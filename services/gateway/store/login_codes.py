"""Codes and links for signing in: recorded, tried under lock, and taken for their mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.postgres import Db, Pool, transaction
from services.gateway.domain.code_guessing import WINDOW
from services.gateway.domain.one_click_link import SentLink
from services.gateway.model.login_codes import CodeToMail, LoginCode, NewCode, SealedCode, WrongTries
from services.gateway.model.operation import Operation
from services.gateway.model.requests import CodeMailRequest, LoginRequest
from services.gateway.store import operations as store_operations

ROWS_PER_BROWSER_AND_MAILBOX = 100
"""Rows that one browser keeps for one mailbox. Its older ones are deleted once they expire, a day before all others."""


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
    subjects = {login.address for login in logins}
    subjects |= {login.first_logins for login in logins if login.first_logins is not None}
    rows = await db.fetch(
        "INSERT INTO guesses (subject, touched) SELECT u, $2 FROM unnest($1::bytea[]) u"
        " ON CONFLICT (subject) DO UPDATE SET touched = EXCLUDED.touched RETURNING subject, wrong",
        sorted(subjects),
        now,
    )
    tries = {row["subject"]: WrongTries(row["subject"], list(row["wrong"])) for row in rows}
    for login in logins:
        login.address_tries = tries[login.address]
        login.first_login_tries = None if login.first_logins is None else tries[login.first_logins]


async def mailed_link(pool: Pool, link_hash: bytes) -> tuple[str, SentLink] | None:
    """The mailbox that a link was mailed to, and the link; None for an unknown link."""
    row = await pool.fetchrow("SELECT mailbox, expires_at, used FROM login_codes WHERE link_hash = $1", link_hash)
    return None if row is None else (row["mailbox"], SentLink(row["expires_at"], row["used"]))


async def take_mails(db: Db, mails: Sequence[CodeMailRequest]) -> None:
    """Take the sealed codes of these mails; a code that has been taken before is left None."""
    rows = await db.fetch(
        "WITH due AS (SELECT id, sealed, expires_at FROM login_codes WHERE id = ANY($1::uuid[]) AND sealed IS NOT NULL"
        "   ORDER BY id FOR UPDATE)"
        " UPDATE login_codes c SET sealed = NULL FROM due WHERE c.id = due.id"
        " RETURNING c.id, due.sealed, due.expires_at",
        [mail.code_id for mail in mails],
    )
    codes = {row["id"]: SealedCode(row["sealed"], row["expires_at"]) for row in rows}
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
    rows = {
        tries.subject: tries for login in logins for tries in (login.address_tries, login.first_login_tries) if tries
    }
    await _save_tries(db, [(tries.subject, at) for tries in rows.values() for at in tries.new])


async def _save_tries(db: Db, wrong: Sequence[tuple[bytes, datetime]]) -> None:
    if not wrong:
        return
    counts = Counter(subject for subject, _ in wrong)
    await db.execute(
        "UPDATE guesses g SET wrong = array(SELECT t FROM unnest(g.wrong) t WHERE t > $3::timestamptz - $4::interval)"
        "   || array_fill($3::timestamptz, ARRAY[u.count])"
        " FROM unnest($1::bytea[], $2::int[]) AS u(subject, count) WHERE g.subject = u.subject",
        list(counts),
        list(counts.values()),
        max(at for _, at in wrong),
        WINDOW,
    )


async def record_codes(pool: Pool, codes: Sequence[NewCode], now: datetime) -> dict[UUID, Operation]:
    """Record codes, each in place of the same browser's earlier code for the mailbox.

    Return earlier operations of the same ids.
    """
    async with transaction(pool) as db:
        earlier = await store_operations.begin(db, [code.operation for code in codes], now)
        newest: dict[tuple[bytes, str], NewCode] = {}
        for code in codes:
            if code.operation.id not in earlier:
                newest[code.browser_hash, code.mailbox] = code
        await _replace(db, list(newest.values()), now)
    return earlier


async def _replace(db: Db, codes: Sequence[NewCode], now: datetime) -> None:
    pairs = [code.browser_hash for code in codes], [code.mailbox for code in codes]
    await db.execute(
        "UPDATE login_codes SET code_hash = NULL WHERE id IN (SELECT c.id"
        "  FROM unnest($1::bytea[], $2::text[]) AS u(browser_hash, mailbox) JOIN login_codes c"
        "    ON c.browser_hash = u.browser_hash AND c.mailbox = u.mailbox AND c.code_hash IS NOT NULL"
        "  ORDER BY c.id FOR UPDATE OF c)",
        *pairs,
    )
    await db.execute(
        "DELETE FROM login_codes WHERE id IN (SELECT old.id"
        "  FROM unnest($1::bytea[], $2::text[]) AS u(browser_hash, mailbox) CROSS JOIN LATERAL ("
        "    SELECT c.id, c.expires_at FROM login_codes c"
        "    WHERE c.browser_hash = u.browser_hash AND c.mailbox = u.mailbox ORDER BY c.id DESC OFFSET $3) old"
        "  WHERE old.expires_at < $4::timestamptz)",
        *pairs,
        ROWS_PER_BROWSER_AND_MAILBOX,
        now,
    )
    await db.execute(
        "INSERT INTO login_codes"
        " (id, browser_hash, mailbox, email, code_hash, link_hash, sealed, created_at, expires_at)"
        " SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[],"
        "   $8::timestamptz[], $9::timestamptz[])",
        [code.id for code in codes],
        [code.browser_hash for code in codes],
        [code.mailbox for code in codes],
        [code.email for code in codes],
        [code.code_hash for code in codes],
        [code.link_hash for code in codes],
        [code.sealed for code in codes],
        [code.created_at for code in codes],
        [code.expires_at for code in codes],
    )


async def codes_to_mail(pool: Pool, most: int) -> list[CodeToMail]:
    """Codes whose mail has not been commanded, oldest first, with a member who signs in with exactly that address."""
    rows = await pool.fetch(
        "SELECT c.id, c.email, c.expires_at, m.member_id, m.agency_id FROM login_codes c"
        " LEFT JOIN LATERAL (SELECT m.member_id, m.agency_id FROM addressees p JOIN members m"
        "   ON m.member_id = p.member_id WHERE p.email = c.email AND m.status <> 'removed'"
        "   ORDER BY m.agency_id LIMIT 1) m ON true"
        " WHERE c.sealed IS NOT NULL ORDER BY c.created_at LIMIT $1",
        most,
    )
    return [CodeToMail(*row.values()) for row in rows]


async def forget_mails(pool: Pool, ids: Sequence[UUID]) -> None:
    """Forget the mails of these codes: nobody has the address, or the code has expired."""
    await pool.execute("UPDATE login_codes SET sealed = NULL WHERE id = ANY($1::uuid[])", ids)
