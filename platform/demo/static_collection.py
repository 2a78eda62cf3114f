"""Collecting the static files only where they changed: hashing and compressing takes seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command

# Besides the files themselves: what collects them, and the versions of its libraries.
MADE_BY: Final = ("constraints.txt", "platform/config/middleware/static_files.py")
STAMP: Final = "collected.sha256"


def collect_changed() -> bool:
    """Collect the static files and return whether that was needed."""
    stamp, now = settings.STATIC_ROOT / STAMP, digest_sources(settings.BASE_DIR)
    if stamp.exists() and stamp.read_text() == now:
        return False
    # A collection that breaks off must not look complete.
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(now)
    return True


def digest_sources(root: Path) -> str:
    """Return a digest of the static files under `root` and of what collects them."""
    # Each storage writes other names: what one has collected is no collection for another.
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    files = sorted(file for file in (root / "static").rglob("*") if file.is_file())
    for file in [*(root / name for name in MADE_BY), *files]:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
