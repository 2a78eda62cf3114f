"""Collection of static files only if they changed: hashing and compressing take seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command

# Besides the files themselves: the code that collects them, and its libraries' versions.
MADE_BY: Final = ("constraints.txt", "platform/config/middleware/static_files.py")
STAMP: Final = "collected.sha256"


def collect_changed() -> bool:
    """Collect the static files if needed; return whether it was."""
    stamp, now = settings.STATIC_ROOT / STAMP, digest_sources(settings.BASE_DIR)
    if stamp.exists() and stamp.read_text() == now:
        return False
    # An interrupted collection must not look complete.
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(now)
    return True


def digest_sources(root: Path) -> str:
    """Return a digest of the static files under `root` and of the code that collects them."""
    # Each storage writes other names, so its collection is of no use to another.
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    files = sorted(file for file in (root / "static").rglob("*") if file.is_file())
    for file in [*(root / name for name in MADE_BY), *files]:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
