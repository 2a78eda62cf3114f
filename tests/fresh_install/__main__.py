"""`python -m tests.fresh_install PROFILE`: a site from an empty server to an erasure."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from pathlib import Path

from tests.fresh_install import first_day, guide, outside_servers
from tests.fresh_install.chromium import map_hosts, run_chromium
from tests.fresh_install.machine import ROOT, Machine, find_missing

HOST = "learn.attune.home.arpa"
SITE = f"https://{HOST}"
AUTHORITY = "var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
COUNTRIES = {"us_higher_ed": "US", "eu_education": "DE"}
MIA = {"name": "Mia Example", "email": "mia@northfield.example", "email_verified": True}
FILL = (
    "unset PIP_NO_INDEX PIP_FIND_LINKS; apt-get -qq update"
    " && apt-get -qq install --yes --no-install-recommends python3-venv >/dev/null"
    " && python3 -m venv /root/filling && cd {release}"
    " && TMPDIR=/var/tmp /root/filling/bin/pip download -q -d /wheels -c constraints.txt"
    " hatchling editables . && rm -r /root/filling"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fresh_install", description=__doc__)
    parser.add_argument("profile", choices=sorted(COUNTRIES))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "deployment")
    parser.add_argument("--wheels", type=Path, help="folder of Python packages; filled when empty")
    options = parser.parse_args()
    if missing := find_missing():
        print(f"Not here: {', '.join(missing)}. See docs/operations.md.", file=sys.stderr)
        return 2
    folder = options.folder / options.profile
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    wheels = options.wheels or folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    with Machine(folder, wheels) as machine:
        print(f"a new Debian 13 runs: {time.monotonic() - began:.0f} s", flush=True)
        rehearse(machine, folder, options.profile, wheels)
    print(f"{options.profile}: held, in {(time.monotonic() - began) / 60:.0f} minutes")
    return 0


def rehearse(machine: Machine, folder: Path, profile: str, wheels: Path) -> None:
    """Install the site and run its first day. Raises CommandFailed or AssertionError."""
    release = machine.unpack_release("0.1")
    if not any(wheels.iterdir()):
        machine.run(FILL.format(release=f"/opt/{release.name}"))
    link = install(machine, profile)
    with outside_servers.run_outside(folder, SITE, {"mia": MIA}) as servers:
        outside_servers.make_known(machine, folder)
        outside_servers.name_servers(machine, servers)
        machine.close_network()
        live(machine, servers, folder, link, senses_faces=profile == "us_higher_ed")


def install(machine: Machine, profile: str) -> str:
    """Run the page's commands; return the link printed by `setup`."""
    values = {
        "SITE": HOST,
        "PROFILE": profile,
        "COUNTRY": COUNTRIES[profile],
        "TLS": "tls internal",
    }
    printed = ""
    with machine.shell() as shell:
        for number, step in enumerate(guide.find_steps(guide.INSTALL)):
            began = time.monotonic()
            printed += shell.run((step if number else step.with_values(values)).commands)
            print(f"{step.heading}: {time.monotonic() - began:.0f} s", flush=True)
    (link,) = re.findall(rf"{SITE}\S+", printed)
    return str(link)


def live(
    machine: Machine,
    servers: outside_servers.Outside,
    folder: Path,
    link: str,
    *,
    senses_faces: bool,
) -> None:
    hosts = map_hosts(HOST, (outside_servers.SINGLE_SIGN_ON,))
    authorities = [machine.tree / AUTHORITY, folder / f"{outside_servers.SINGLE_SIGN_ON}.pem"]
    shots = folder / "shots"
    shots.mkdir()
    course = ROOT / "platform" / "demo" / "content" / "course"
    package = Path(shutil.make_archive(str(folder / "course"), "zip", course))
    with run_chromium(folder, hosts, authorities) as browser:
        day = first_day.Day(machine, servers, browser, SITE, shots, package, senses_faces)
        first_day.live_first_day(day, link)


if __name__ == "__main__":
    sys.exit(main())
