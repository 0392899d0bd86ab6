"""The API of EPIC Geodashboard: layers that are read, annotations that are written, health and metrics."""

# The replica runs on Debian's FastAPI and pydantic 1, which Runproof itself does not install.
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import logging
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from metrics import Metrics
from pydantic import BaseModel, Field
from store import DiskFullError, Store

SLOW_S = 0.1
LAYERS = (
    {"id": "coastline", "title": "Coastline", "kind": "line"},
    {"id": "stations", "title": "Measuring stations", "kind": "point"},
    {"id": "landcover", "title": "Land cover", "kind": "polygon"},
)

log = logging.getLogger("geodashboard")
app = FastAPI(title="EPIC Geodashboard")
store = Store(Path(os.environ.get("GEODASHBOARD_DATA", "data")) / "annotations.db")
metrics = Metrics()


class Annotation(BaseModel):
    """A note that a user puts on the map; the client chooses its id, so that it can safely send it again."""

    id: str = Field(min_length=1, max_length=128)
    text: str = Field(max_length=2000)


@app.middleware("http")
async def measure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Count each answer, and name the slow ones in the journal."""
    started = time.perf_counter()
    response = await call_next(request)
    duration_s = time.perf_counter() - started
    metrics.count(request.method, response.status_code, duration_s)
    if duration_s > SLOW_S:
        log.warning("slow request: %s %s status=%d duration=%.3fs",
                    request.method, request.url.path, response.status_code, duration_s)
    return response


@app.exception_handler(DiskFullError)
async def disk_full(request: Request, error: DiskFullError) -> JSONResponse:
    """No space, no acknowledgement."""
    log.error("%s %s refused: %s", request.method, request.url.path, error)
    return JSONResponse({"error": "no space left on the device, nothing was stored"}, status_code=507)


@app.get("/api/health")
async def health() -> dict[str, str]:
    """Answers as long as a worker runs; it does not look at the store."""
    return {"status": "ok"}


@app.get("/api/layers")
async def layers() -> dict[str, object]:
    """The layers of the map."""
    return {"layers": LAYERS}


@app.get("/api/annotations")
def annotations() -> dict[str, object]:
    """All annotations in the order in which they were stored."""
    return {"annotations": [{"id": row.id, "stored_at": row.stored_at} for row in store.all()]}


@app.post("/api/annotations")
def annotate(annotation: Annotation) -> JSONResponse:
    """Store an annotation: 201 after the commit; 200 if exactly this one is stored already; 409 if the id is taken."""
    stored_at = datetime.now(UTC).isoformat(timespec="microseconds")  # noqa: TID251 - it runs in the replica
    row, is_new = store.add(annotation.id, annotation.text, stored_at)
    if row.text != annotation.text:
        return JSONResponse({"error": f"id {row.id} is taken by another text"}, status_code=409)
    return JSONResponse({"id": row.id, "stored_at": row.stored_at}, status_code=201 if is_new else 200)


@app.get("/metrics")
async def show_metrics() -> PlainTextResponse:
    """This worker's counters in Prometheus' text format; the label `worker` tells the workers apart."""
    return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")
