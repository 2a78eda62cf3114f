"""An S3 server in the machine, and the move of the site's media into its bucket and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.fresh_install import guide
from tests.fresh_install.machine import Machine, Shell
from tools.testbed import s3_server

# On the machine itself, because a bucket elsewhere needs a certificate.
VALUES = {
    "MEDIA_S3_URL": f"http://127.0.0.1:8333/{s3_server.BUCKET}",
    "MEDIA_S3_KEY": s3_server.KEY,
    "MEDIA_S3_SECRET": s3_server.SECRET,
}
START = (
    "mkdir -p /var/lib/bucket && systemd-run --quiet --unit=bucket /usr/local/bin/weed server"
    " -dir=/var/lib/bucket -ip=127.0.0.1 -ip.bind=127.0.0.1 -filer -s3 -s3.iam=false"
    " -s3.config=/etc/bucket.json -master.telemetry=false -volume.max=100"
    " -master.volumeSizeLimitMB=1024 -s3.port.iceberg=0 -s3.port.lance=0"
)
CREATE = (
    "timeout 120 sh -c 'until echo s3.bucket.create -name {name} | weed shell"
    " -master=127.0.0.1:9333 -filer=127.0.0.1:8888 | grep -q created; do sleep 1; done'"
)
SUMS = "(cd /var/lib/attune/media && find . -type f -print0 | sort -z | xargs -0r sha256sum)"


def start_bucket(machine: Machine) -> None:
    """Run an S3 server in the machine until it is shut down."""
    program = shutil.which(s3_server.PROGRAM)
    assert program is not None, "no weed here: manage.py test fetches it from PyPI"
    shutil.copy(Path(program).resolve(), machine.tree / "usr/local/bin/weed")
    (machine.tree / "etc/bucket.json").write_text(json.dumps(s3_server.make_identities()))
    machine.run(START)
    machine.run(CREATE.format(name=s3_server.BUCKET))
    # The site's own check says when all parts of the server have found each other.
    names = " ".join(f"{name}='{value}'" for name, value in VALUES.items())
    machine.run(f'timeout 120 sh -c "until {names} attune doctor >/dev/null; do sleep 1; done"')


def move_to_bucket(shell: Shell) -> None:
    """Run the commands of the page; afterwards no file is in the folder."""
    (step,) = guide.find_steps(guide.TO_BUCKET)
    print(shell.run(step.with_values(VALUES).commands)[-600:])
    assert shell.run(SUMS).strip() == ""


def move_back(shell: Shell) -> None:
    """Run the commands of the page with which the site uses its folder again."""
    (step,) = guide.find_steps(guide.FROM_BUCKET)
    print(shell.run(step.commands)[-600:])
