"""Draws by group: each file has `DRAWS`, a mapping of names to `Draw`."""
