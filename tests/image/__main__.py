"""`python3 -m tests.image FOLDER`: looks at the image that deploy/image/build.sh made, starts it.

An OCI runtime (runc) starts it as Kubernetes does: as its own user, with a read-only root, without
any capability.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEEDED = ("runc", "umoci")
USER = 10001
# What deploy/kubernetes/ mounts.
WRITABLE = ("/tmp", "/var/lib/attune", "/var/lib/attune-keys")
# `runc spec` lists it, and with a hybrid of both versions of cgroups it cannot be mounted.
NOT_MOUNTED = ("/sys/fs/cgroup",)


def main(folder: Path) -> int:
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        print(f"Not here: {', '.join(missing)}.", file=sys.stderr)
        return 2
    (bill,) = folder.glob("attune-*.cdx.json")
    version = bill.name.removeprefix("attune-").removesuffix(".cdx.json")
    describe(folder / "image", version, json.loads(bill.read_text()))
    bundle = folder / "bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    unpack = ["umoci", "unpack", "--image", f"{folder / 'image'}:{version}", str(bundle)]
    subprocess.run(unpack, check=True)
    try:
        close(bundle / "config.json")
        started = ["runc", "run", "--bundle", str(bundle), "attune-image-test"]
        return subprocess.run(started, check=False, stdin=subprocess.DEVNULL).returncode
    finally:
        shutil.rmtree(bundle)


def describe(image: Path, version: str, bill: dict[str, Any]) -> None:
    """Print size, layers and labels, and how many packages of each kind the bill names."""
    index = read(image / "index.json")
    (entry,) = index["manifests"]
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == version
    manifest = read(blob(image, entry))
    labels = read(blob(image, manifest["config"]))["config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == version
    kinds: dict[str, int] = {}
    for component in bill["components"]:
        kind = component.get("purl", "pkg:other/").removeprefix("pkg:").partition("/")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    bare = sorted(each["name"] for each in bill["components"] if not each.get("licenses"))
    layers = [layer["size"] for layer in manifest["layers"]]
    print(json.dumps({"digest": entry["digest"], "megabytes": round(sum(layers) / 1e6),
                      "layers": layers, "labels": labels, "packages": kinds,
                      "without_licence": bare}, indent=1), flush=True)  # fmt: skip


def blob(image: Path, entry: dict[str, Any]) -> Path:
    return image / "blobs" / entry["digest"].replace(":", "/")


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def close(file: Path) -> None:
    """Take every right from the container, and give it the folders that it may write to."""
    config = read(file)
    process = config["process"]
    assert (process["user"]["uid"], process["user"]["gid"]) == (USER, USER)
    assert process["cwd"] == "/attune"
    assert process["args"][:2] == ["python3", "manage.py"]
    process |= {"terminal": False, "noNewPrivileges": True, "capabilities": {}}
    process["args"] = ["python3", "/mnt/start_image.py"]
    config["root"]["readonly"] = True
    options = [f"uid={USER}", f"gid={USER}", "mode=0700", "nosuid", "nodev"]
    config["mounts"] = [
        *(each for each in config["mounts"] if each["destination"] not in NOT_MOUNTED),
        *({"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options}
          for place in WRITABLE),
        {"destination": "/mnt", "type": "bind", "source": str(HERE), "options": ["rbind", "ro"]},
    ]  # fmt: skip
    file.write_text(json.dumps(config))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
