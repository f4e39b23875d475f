"""Evidence: a log of dated forecasts that is only ever appended to, and what it shows."""

from flopline.evidence.crossing import FirstDay, first_days
from flopline.evidence.forecast import forecast
from flopline.evidence.log import Fault, Log, Recorded, append, read_log

__all__ = ["Fault", "FirstDay", "Log", "Recorded", "append", "first_days", "forecast", "read_log"]
