"""A real Prometheus scrapes a run's metrics, also through a real node exporter, and answers the queries of the dashboard."""

import io
import json
import tarfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from environments import systems
from environments.images import sources
from environments.machine import engine, reaper
from reports.evidence.build import derive
from reports.evidence.metrics import metrics
from reports.journal.clock import SystemClock, wait_until
from reports.tests.made_up import made_up_run

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "m/runproof.prom": "",
    "etc/httpd.conf": ".prom:application/openmetrics-text; version=1.0.0; charset=utf-8\n",
    "etc/prometheus.yml": """
global: {scrape_interval: 1s}
scrape_configs:
- {job_name: textfile, static_configs: [{targets: ["127.0.0.1:9100"]}]}
- {job_name: openmetrics, metrics_path: /runproof.prom, static_configs: [{targets: ["127.0.0.1:9101"]}]}
""",
    "etc/run.sh": """
prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory=/m \\
  --web.listen-address=127.0.0.1:9100 &
busybox httpd -p 127.0.0.1:9101 -h /m -c /etc/httpd.conf
exec prometheus --config.file=/etc/prometheus.yml --storage.tsdb.path=/tmp/data --web.listen-address=127.0.0.1:9090
""",
}


def packed(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content.encode()), 0o644
            tar.addfile(member, io.BytesIO(content.encode()))
    return stream.getvalue()


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Ask the Prometheus that scrapes a made-up run; a container without a network."""
    out = tmp_path_factory.mktemp("out")
    made_up_run(out / "20251109T100000Z-cccc")
    derive(out / "20251109T100000Z-cccc")
    content = metrics(out / "20251109T100000Z-cccc", datetime.now(UTC))  # noqa: TID251 - Prometheus measures by the real clock
    image = next(spec for host in systems.images() for spec in host.nested if spec.name == "runproof/geodashboard-monitoring")
    lock = reaper.hold_run(f"test-{uuid.uuid4().hex[:12]}")
    container = engine.connect().containers.create(
        sources.ensure(image).tag, ["/bin/sh", "/etc/run.sh"], network_mode="none", labels={engine.RUN_LABEL: lock.run_id})

    def answer(expression):
        query = quote(expression, safe="")
        _, output = container.exec_run(["busybox", "wget", "-qO-", f"http://127.0.0.1:9090/api/v1/query?query={query}"])
        try:
            told = json.loads(b"".join(output) if not isinstance(output, bytes) else output)
        except ValueError:
            return []
        assert told["status"] == "success", told
        return told["data"]["result"]

    try:
        container.put_archive("/", packed(FILES | {"m/runproof.prom": content}))
        container.start()
        scraped = wait_until(lambda: len(answer("runproof_last_run_success")) == 2 or None, timeout_s=90, clock=SystemClock())
        assert scraped, (container.logs().decode()[-2000:], answer("up"))
        yield answer
    finally:
        container.remove(force=True)
        lock.release()


def queries() -> list[str]:
    dashboard = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"].replace("$system", ".*") for panel in dashboard["panels"] for target in panel["targets"]]


def test_both_ways_of_scraping_read_every_sample(ask):
    up = {one["metric"]["job"]: one["value"][1] for one in ask("up")}
    assert up == {"textfile": "1", "openmetrics": "1"}
    counts = {one["metric"]["job"]: one["value"][1] for one in ask('count by (job) ({__name__=~"runproof_.+"})')}
    assert counts["textfile"] == counts["openmetrics"]
    assert int(counts["textfile"]) > 40
    assert ask("node_textfile_scrape_error")[0]["value"][1] == "0"


def test_prometheus_answers_every_query_of_the_dashboard(ask):
    asked = queries()
    assert len(asked) >= 10
    left = set(asked)

    def all_answered():
        left.difference_update([query for query in left if ask(query)])
        return not left

    assert wait_until(all_answered, timeout_s=60, clock=SystemClock()), left


def test_a_figure_of_the_run_is_the_figure_in_prometheus(ask):
    (target,) = {one["value"][1] for one in ask(
        'runproof_recovery_target_seconds{drill="Hung workers, Option 1",objective="time to resolution"}')}
    assert float(target) == 300
