"""The values that pass between the gateway's layers: plain data, no SQL and no HTTP."""
