"""Times as features write them."""

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def seconds_of(amount: str, unit: str) -> float:
    """Seconds of "5" "minute"."""
    return int(amount) * _SECONDS[unit]
