"""The rejection codes that only the gateway gives; `contracts.vocabulary.RejectionCode` has those of all services."""

from __future__ import annotations

from typing import Final

NOT_FOUND: Final = "not_found"
METHOD_NOT_ALLOWED: Final = "method_not_allowed"
REQUEST_TOO_LARGE: Final = "request_too_large"
BAD_SIGNATURE: Final = "bad_signature"
UNKNOWN_API_KEY: Final = "unknown_api_key"
TOO_MANY_API_KEYS: Final = "too_many_api_keys"
SCOPE_REQUIRED: Final = "scope_required"
FRESH_CODE_REQUIRED: Final = "fresh_code_required"
CONFIRMATION_REQUIRED: Final = "confirmation_required"
