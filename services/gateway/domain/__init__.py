"""The gateway's rules, one file each: pure, no I/O."""
