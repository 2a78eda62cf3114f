"""Makes one software bill of materials (CycloneDX) of an image: Python, npm and Debian packages.

`sbom.py FOLDER`, run inside the image by a Python that has cyclonedx-bom, reads `version`,
`python.cdx.json` and `npm.cdx.json` there and leaves `attune-VERSION.cdx.json`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

SITE, SPEC = "attune", "1.6"
FIELDS = ("Package", "Version", "Architecture")
DOCUMENTS = Path("/usr/share/doc")
NAMESPACE = uuid.UUID("7c1b6c0e-6d1c-4b1f-9a43-1c7a9b0f2f11")
Component = dict[str, Any]
# Of packages whose metadata names none by its SPDX name: what their own licence files say.
LICENCES = {
    "channels_redis": "BSD-3-Clause",
    "combine-errors": "MIT",
    "htmx.org": "0BSD",
    "transformers": "Apache-2.0",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
}


class InvalidBill(Exception):
    """The file does not follow the schema of CycloneDX, or leaves out a licence."""


def main(folder: Path) -> None:
    version = (folder / "version").read_text().strip()
    parts = [json.loads((folder / f"{name}.cdx.json").read_text()) for name in ("python", "npm")]
    made = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    bill = merge(version, made, parts, list(list_debian_packages()))
    text = json.dumps(bill, indent=1, sort_keys=True) + "\n"
    validate(text)
    (folder / f"{SITE}-{version}.cdx.json").write_text(text)
    for name in ("python", "npm"):
        (folder / f"{name}.cdx.json").unlink()


def merge(
    version: str, made: datetime, parts: list[dict[str, Any]], more: list[Component]
) -> dict[str, Any]:
    """Return the bill of the image; it is the same for the same packages."""
    found = [each for part in parts for each in part.get("components", [])] + more
    # The site itself is the subject, not a component.
    kept = {each["bom-ref"]: each for each in found if each["name"] != SITE}
    components = [name_licence(kept[ref]) for ref in sorted(kept)]
    digest = uuid.uuid5(NAMESPACE, json.dumps([version, components], sort_keys=True))
    subject = {
        "type": "container",
        "bom-ref": f"{SITE}@{version}",
        "name": SITE,
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{digest}",
        "version": 1,
        "metadata": {"timestamp": made.isoformat(), "component": subject},
        "components": components,
    }


def name_licence(component: Component) -> Component:
    """Return the component with a licence. Raises InvalidBill if none is known."""
    name = component["name"]
    if component.get("licenses"):
        return component
    if name not in LICENCES:
        raise InvalidBill(f"{name} names no licence: add it to LICENCES after reading its files")
    return {**component, "licenses": [{"expression": LICENCES[name]}]}


def list_debian_packages() -> Iterator[Component]:
    """Yield the installed packages of Debian, with the licences that their packagers name."""
    fields = r"\t".join(f"${{{name}}}" for name in FIELDS)
    asked = ["dpkg-query", "--show", f"--showformat={fields}\\n"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    for line in told.splitlines():
        name, version, architecture = line.split("\t")
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={architecture}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": [{"license": {"name": each}} for each in find_licences(name)],
        }


def find_licences(package: str) -> list[str]:
    """Return the names in the package's copyright file, or the place of a file without names."""
    file = DOCUMENTS / package / "copyright"
    if not file.is_file():
        return ["unknown"]
    text = file.read_text(errors="replace")
    named = {found.strip() for found in re.findall(r"^License: *(\S.*)$", text, re.M | re.I)}
    return sorted(named) or [f"see {file}"]


def validate(text: str) -> None:
    """Raise InvalidBill unless the text follows the schema."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.from_version(SPEC)).validate_str(text)
    if error is not None:
        raise InvalidBill(str(error).partition("\n")[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
