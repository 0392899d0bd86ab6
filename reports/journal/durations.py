"""Formats durations for people. Journals, run.json and other files for machines keep seconds."""


def duration(seconds: float) -> str:
    """Format a duration: `0.027 s`, `2.1 s`, `59 min 46 s`, `1 h`, `2 h 5 min`.

    Below two minutes it is rounded to hundredths of a second (below one second to thousandths), from there on to seconds.
    """
    if round(seconds, 3) < 0:
        return f"-{duration(-seconds)}"
    if round(seconds, 2) < 120:
        decimals = f"{abs(seconds):.{3 if seconds < 1 else 2}f}".rstrip("0").rstrip(".")
        return f"{decimals} s"
    minutes, rest_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest_s, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def offset(seconds: float) -> str:
    """Format a point in time relative to another: `+2.6 s`, `-3 s`, `+59 min 46 s`."""
    text = duration(seconds)
    return text if text.startswith("-") else f"+{text}"
