"""What a run under way has shown, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flopline import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping


def observed_text(stage: str, seen: Mapping[str, Any]) -> str:
    """Return what a run under way has shown, which everything above is conditioned on."""
    units = {"tokens_generated": "tokens", "chip_hours": "chip-hours", "duration": "days"}
    done = [
        f"{quantity.counted(value)} {units.get(key, key)}" for key, value in seen.items() if isinstance(value, float)
    ]
    parts = [f"{' and '.join(done)} done"] if done else []
    for key, show, unit in (("flop", quantity.scientific, " FLOP"), ("utilization", _utilization, "")):
        if key in seen:
            one = seen[key]
            spread = "" if one["low"] == one["high"] else f" ({show(one['low'])} .. {show(one['high'])})"
            parts.append(f"{show(one['median'])}{unit}{spread} {'so far' if unit else 'utilization'}")
    on = f" on {seen['day']}" if "day" in seen else ""
    return f"{stage}: given what was observed{on}: {', '.join(parts)}"


def _utilization(value: float) -> str:
    return quantity.share(value) if value <= 1 else f"{quantity.scientific(value)} FLOP/s"
