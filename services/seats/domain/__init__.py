"""The rules of seats, one file each: pure, on values that are handed in."""
