"""The BAA that is not signed yet, and what is locked until it is."""

from __future__ import annotations

UNSIGNED = "Your agency's BAA is not signed yet."
BANNER_TITLE = "The BAA is not signed yet"
BANNER = "Until it is, you can look around, but inviting, changing seats and Auto-Add are locked."
READ_AND_SIGN = "Read and sign it"
LOCKED = "Locked until the BAA is signed."
SIGNED = "The BAA is signed. Auto-Add can be switched on now."
