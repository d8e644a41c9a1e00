"""The rules of membership, one file each: pure, on values that are handed in."""
