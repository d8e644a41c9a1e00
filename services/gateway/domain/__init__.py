"""The gateway's rules, one file each: pure functions without I/O, sentences or HTTP statuses."""
