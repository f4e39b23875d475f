"""Slow and obvious twins of everything that counts: one file per layer, nothing shared with the code they check."""
