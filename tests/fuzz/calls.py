"""API calls drawn from the OpenAPI description, made at a served gateway, and the checks on every response."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from random import Random
from typing import Any
from urllib.parse import unquote

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from services.gateway.texts.problems import PROBLEMS
from tests.fuzz.planted import Caller, Planted, chosen

HANGS_AFTER = 30.0
"""Seconds; a write gets its response within five."""
STEPS = 8
"""Calls of a chain, each with values from an earlier response."""
MOST_FINDINGS = 5
_STREAM = "/api/v1/events"
"""The stream does not end; the gateway's test_events.py covers it."""
_NO_EDGES = "/api/v1/agencies"
"""Finding the edges of its patterns takes schemathesis 96 seconds, all others together 10. It is still drawn."""
_PROBLEM = "application/problem+json"
_CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    checks.negative_data_rejection,
]


class WrongError(AssertionError):
    """A wrong response."""


class Calls:
    """Makes API calls as a caller, and records what was wrong with the responses."""

    def __init__(self, two: Planted, rng: Random, loop: asyncio.AbstractEventLoop) -> None:
        self.rng = rng
        self._loop = loop
        self.two = two
        self._schema = _description(two.journey.public)
        self._operations = [result.ok() for result in self._schema.get_all_operations()]
        self._operations = [operation for operation in self._operations if operation.path != _STREAM]
        # Hypothesis prepares a strategy once, which takes seconds for this many operations.
        self._cases: dict[GenerationMode, Any] = {
            mode: st.one_of([operation.as_strategy(generation_mode=mode) for operation in self._operations])
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        }
        self._session = requests.Session()
        # Cookies belong to the caller, so that no caller is signed in by another's response.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.made = 0
        self.statuses: Counter[str] = Counter()
        self.findings: list[str] = []

    def edges(self, caller: Caller, count: int) -> None:
        """Make calls at the edges of what the description allows and just beyond, drawn from all edges."""
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        config = self._schema.config.generation
        # Finding the edges takes milliseconds each, so the edges of a few operations must suffice for a few cases.
        quick = [operation for operation in self._operations if operation.path != _NO_EDGES]
        some = self.rng.sample(quick, min(1 + count // 8, len(quick)))
        every = [
            case
            for operation in some
            for case in self._schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config)
        ]
        for case in self.rng.sample(every, min(count, len(every))):
            self._call_and_check(caller, case)

    def drawn(self, caller: Caller, count: int) -> None:
        """Make calls that the description allows, and calls that it does not allow."""
        for mode, share in ((GenerationMode.POSITIVE, 2), (GenerationMode.NEGATIVE, 1)):
            self._drive(lambda case: self._call_and_check(caller, case), self._cases[mode], count * share // 3)

    def chained(self, caller: Caller, count: int) -> None:
        """Make chains of calls along the description's links."""
        calls = self
        machine: Any = self._schema.as_state_machine()

        class Chain(machine):  # type: ignore[misc]
            def call(self, case: Any, **_: Any) -> Any:  # noqa: ANN401  schemathesis's own
                return calls.make(caller, case)

            def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:  # noqa: ANN401  as above
                calls.check(caller, case, response)

        before = self.made
        for _ in range(count):  # a chain may be shorter than STEPS, or empty
            left = count - (self.made - before)
            if left <= 0 or self._is_enough():
                break
            seeded: Any = seed(self.rng.randrange(2**32))(Chain)
            seeded.run(settings=_settings(max(left // STEPS, 1), stateful_step_count=STEPS))

    def _drive(self, attempt: Callable[[Any], None], cases: Any, count: int) -> None:  # noqa: ANN401  schemathesis's
        def run_case(case: Any) -> None:  # noqa: ANN401  as above
            attempt(case)

        drawn: Any = given
        drive: Any = _settings(max(count, 1))(seed(self.rng.randrange(2**32))(drawn(cases)(run_case)))
        drive()

    def _call_and_check(self, caller: Caller, case: Any) -> None:  # noqa: ANN401  as above
        if not self._is_enough():
            self.check(caller, case, self.make(caller, case))

    def _is_enough(self) -> bool:
        return len(self.findings) >= MOST_FINDINGS

    def make(self, caller: Caller, case: Any) -> Any:  # noqa: ANN401  schemathesis's case and response
        """Make one call; sign in again for the next call if the session has ended."""
        self._aim(caller, case)
        caller.sent.append(unquote(f"{case.path_parameters} {case.query} {_text(case.body)}").lower())
        self.made += 1
        public = self.two.journey.public
        response = case.call(public, session=self._session, headers=dict(caller.headers), timeout=HANGS_AFTER)
        self.statuses[f"{caller.name} {response.status_code}"] += 1
        if response.status_code == 401 or (case.method == "DELETE" and case.path.endswith("/sessions/current")):
            self._sign_in_again(caller)
        return response

    def _sign_in_again(self, caller: Caller) -> None:
        if caller.email is None:
            return
        me = self._session.get(f"{self.two.journey.public}/api/v1/me", headers=caller.headers, timeout=HANGS_AFTER)
        if me.status_code == 401:
            asyncio.run_coroutine_threadsafe(self.two.sign_in(caller), self._loop).result()

    def _aim(self, caller: Caller, case: Any) -> None:  # noqa: ANN401  schemathesis's case
        """Replace most of the random ids by ids that exist."""
        rng = self.rng
        ids = self.two.baits if caller.inside or rng.random() < 0.7 else self.two.own
        for name in list(case.path_parameters or {}):
            known = chosen(rng, ids, name)
            if known is not None and rng.random() < 0.8:
                case.path_parameters[name] = known
        body = case.body
        if case.meta is not None and case.meta.generation.mode is GenerationMode.NEGATIVE:
            return
        if isinstance(body, dict) and rng.random() < 0.8:
            if isinstance(body.get("ids"), list):
                body["ids"] = rng.sample(ids["member_id"], k=2)
            if "quoteId" in body and not caller.inside:
                body["quoteId"] = chosen(rng, ids, "operation_id")
            if "agencyId" in body:
                body["agencyId"] = chosen(rng, ids, "agency_id")

    def check(self, caller: Caller, case: Any, response: Any) -> None:  # noqa: ANN401  schemathesis's
        """Run every check on a response, and record what is wrong."""
        try:
            self._run_checks(caller, case, response)
        except BaseExceptionGroup as group:
            self._record(caller, case, response, "; ".join(str(exception) for exception in group.exceptions))
        except WrongError as wrong:
            self._record(caller, case, response, str(wrong))

    def _record(self, caller: Caller, case: Any, response: Any, why: str) -> None:  # noqa: ANN401  as above
        explanation = " ".join(why.split())[:600]
        sent = f"{case.method} {case.formatted_path} {case.query} {_text(case.body)[:300]}"
        self.findings.append(f"{caller.name}: {sent}\n  {response.status_code} {response.text[:300]}\n  {explanation}")

    def _run_checks(self, caller: Caller, case: Any, response: Any) -> None:  # noqa: ANN401  as above
        case.validate_response(response, checks=_CHECKS)
        for wrong in self._wrong(caller, case, response):
            raise WrongError(wrong)

    def _wrong(self, caller: Caller, case: Any, response: Any) -> Iterator[str]:  # noqa: ANN401  as above
        if response.status_code >= 400:
            yield from _wrong_problem(case, response)
        if caller.is_outsider and (leak := self.two.leaked(caller, f"{response.headers}{response.text}")):
            yield f"shows {leak} of another agency"


def _wrong_problem(case: Any, response: Any) -> Iterator[str]:  # noqa: ANN401  schemathesis's
    """Yield what is wrong with a rejection by RFC 9457 and by our own description."""
    if not "".join(response.headers.get("content-type", ())).startswith(_PROBLEM):
        yield "the rejection is not problem+json"
        return
    problem = response.json()
    code, status = problem.get("code"), response.status_code
    if code not in PROBLEMS:
        yield f"{code} is not one of our codes"
    if problem.get("status") != status or problem.get("type") != f"/docs#{code}":
        yield "status or type do not match the rejection"
    if not str(problem.get("detail", "")).endswith((".", ")", "?")):
        yield f"not a sentence: {problem.get('detail')!r}"
    declared = case.operation.definition.raw["responses"].get(str(status), {}).get("content", {}).get(_PROBLEM, {})
    is_ours = case.method.upper() == case.operation.method.upper()
    if is_ours and code not in declared.get("examples", {}):
        yield f"{code} is not in the description of {status}"
    mode = case.meta.generation.mode if case.meta is not None else None
    if code == "invalid_request" and mode is GenerationMode.POSITIVE and not _is_beyond_a_schema(problem):
        yield f"the description allows what was rejected: {problem.get('errors')}"


_cache: dict[str, Any] = {}


def _description(public: str) -> Any:  # noqa: ANN401  schemathesis's schema
    """Return the description as served; read once, because schemathesis takes long to prepare it."""
    if not _cache:
        schema = schemathesis.openapi.from_url(f"{public}/openapi.json")
        # Each caller has credentials of its own, or none.
        schema.config.generation.update(with_security_parameters=False)
        _cache["schema"] = schema
    return _cache["schema"]


_BEYOND = (
    "cursor",  # any text to the description; only a cursor that the API gave is valid
    "email",  # either email and code, or a token: no schema expresses this
    "code",
    "token",
    "amount",  # 5.0 is an integer to a schema
    "seats",
    "monthSeats",
    "monthAmount",
    "expiresAt",  # within a year from now
    "version",  # today's version
    "base",  # at least one of the first admin's seat type
    "voice",
    "people",  # no address twice
)


def _is_beyond_a_schema(problem: dict[str, Any]) -> bool:
    """Whether each field is one of these, also in an item of a list."""
    return {field.rpartition(".")[2] for field in problem.get("errors", {})} <= set(_BEYOND)


def _text(value: object) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)


def _settings(count: int, **more: Any) -> Any:  # noqa: ANN401  settings, whose own call has no types
    return settings(
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
