"""Times and quantities as documents write them."""

import pytest

from steps.runbook.durations import documented_durations, documented_figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Service running, API responds within 5 seconds", [(5, 5, True)]),
        ("2-5 minutes", [(120, 300, True)]),
        ("10\u201330 min", [(600, 1800, True)]),
        ("5 to 10 minutes", [(300, 600, True)]),
        ("15-30 minutes from backup available", [(900, 1800, True)]),
        ("After 10 minutes, still not responding", [(600, 600, False)]),
        ("CPU drops to < 70%, responses < 100ms", [(0.1, 0.1, True)]),
        ("Response < 50ms", [(0.05, 0.05, True)]),
        ("Certificate valid for 90 days, auto-renewal working", [(7776000, 7776000, False)]),
        ("unhealthy > 2 min, error rate > 5% for 10 min", [(120, 120, False), (600, 600, False)]),
        ("Immediate (within 15 minutes), 1.5 hours", [(900, 900, True), (5400, 5400, False)]),
        ("Current and 1h trend", [(3600, 3600, False)]),
        ("5GB/day, 100MB, uvicorn x4, 4-core, HTTP 502 or 503, P95, 3 members", []),
        ("November 9, 2025, 2:00 AM - 2:30 AM", []),
    ],
)
def test_durations(text, expected):
    assert [(found.low_s, found.high_s, found.at_most) for found in documented_durations(text)] == expected


def test_a_duration_quotes_the_document():
    assert [found.text for found in documented_durations("a 2-5 minutes b, within 5 seconds")] == [
        "2-5 minutes", "within 5 seconds"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Disk < 70%, system responsive", [(70, "%", "<")]),
        ("Disk > 90%, warnings in logs", [(90, "%", ">")]),
        ("at least 20% free", [(20, "%", ">=")]),
        ("CPU drops to < 70%, responses < 100ms", [(70, "%", "<"), (100, "ms", "<")]),
        ("backup exists and is > 100MB", [(100, "MB", ">")]),
        ("valid for 90 days", [(90, "days", "")]),
        ("< 500 concurrent, 99.9% up", [(500, "", "<"), (99.9, "%", "")]),
        ("API returns 502 or 503 error, HTTP 200", []),
    ],
)
def test_figures(text, expected):
    assert [(found.value, found.unit, found.comparison) for found in documented_figures(text)] == expected
