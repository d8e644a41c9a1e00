"""For 24 hours an idempotency key replays its first response, 402 and 500 included; other parameters are a 400."""

from dataclasses import dataclass, field

from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.form import Raw
from deploy.local.stripe_standin.world import Changes, Obj, World

KEPT_SECONDS = 86_400


@dataclass
class Keys:
    """The stored responses of an account by key, and the keys whose first request is still running."""

    world: World
    running: set[str] = field(default_factory=set)

    def stored_response(self, key: str, method: str, path: str, params: dict[str, Raw]) -> Obj | None:
        """Return the response stored for this key, or None for a key that is new or older than 24 hours.

        Raises 400 `idempotency_error` for other parameters, 409 while the first request is running.
        """
        kept = self.world.table("answers").get(key)
        if kept is not None and kept["at"] > self.world.clock.now() - KEPT_SECONDS:
            if (kept["method"], kept["path"], kept["params"]) != (method, path, params):
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                    f" Try using a key other than '{key}' if you meant to execute a different request."
                )
                raise StripeError(400, message, type="idempotency_error", kept=False)
            return kept
        if key in self.running:
            message = (
                f"There is currently another in-progress request using this Idempotent Key ({key})."
                " Please try again later."
            )
            raise StripeError(409, message, type="idempotency_error", code="idempotency_key_in_use", kept=False)
        return None

    def store(self, key: str, request: Obj, status: int, body: Obj, request_id: str) -> Changes:
        """Return the change that stores a response; it is committed together with the request's own changes."""
        kept = {"id": key, "at": self.world.clock.now(), "status": status, "body": body, "request_id": request_id}
        return {"answers": {key: {**request, **kept}}}
