"""The Guestbook: GET /health, and POST /entries, which answers 201 when the entry is on the disk."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ENTRIES = Path("/var/lib/guestbook/entries")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Health."""
        known = self.path == "/health"
        self._answer(200 if known else 404, {"status": "ok" if known else "unknown path"})

    def do_POST(self) -> None:
        """One entry, one line."""
        entry = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with ENTRIES.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": entry["id"], "text": entry["text"]}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._answer(201, {"id": entry["id"]})

    def log_message(self, *_: object) -> None:
        """Nothing: the journal is not for visits."""

    def _answer(self, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ENTRIES.touch()
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
