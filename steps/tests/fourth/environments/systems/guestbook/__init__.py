"""Guestbook: one host with a small HTTP service that keeps entries in a file."""

from environments.systems.contract import SystemKind
from environments.systems.guestbook.environment import Guestbook, production_image

SYSTEM = SystemKind(disks=("/var",), variants=(), images=lambda: (production_image(),),
                    make=lambda run_id, _disk, _variant: Guestbook(run_id))
