"""Pretrained models that Python packages carry, of which only the files are used.

The packages are installed without their dependencies (ADR 0066), so they are never imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import file_digest, sha256
from importlib.util import find_spec
from pathlib import Path


class UnusableModel(OSError):
    """A package of models is missing, or its files are not those that this release knows."""


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """The files of one model.

    Attributes
    ----------
    module : str
        The package's module.
    folder : str
        Of the files, inside the package.
    digests : mapping from file to SHA-256
        Of every file whose content changes results.
    runtime : str
        The module that runs the model.
    """

    module: str
    folder: str
    digests: Mapping[str, str]
    runtime: str

    def find(self) -> Path | None:
        """Return the folder with the files; None if package or runtime is not installed."""
        spec = find_spec(self.module) if find_spec(self.runtime) else None
        return Path(spec.origin).parent / self.folder if spec and spec.origin else None

    def is_usable(self) -> bool:
        """Return whether it is installed, with the files that this release knows."""
        try:
            self.open()
        except UnusableModel:
            return False
        return True

    def open(self) -> Path:
        """Return the folder, after checking every digest.

        Raises
        ------
        UnusableModel
            If the package is not installed, or a file has another digest.
        """
        folder = self.find()
        if folder is None:
            raise UnusableModel(f"{self.module} or {self.runtime} is not installed")
        for name, expected in self.digests.items():
            if _digest_file(folder / name) != expected:
                raise UnusableModel(f"{self.module}: {name} is not the file of this release")
        return folder


@cache
def digest_folder(folder: Path) -> str:
    """Return 12 hexadecimal digits that identify all files of a model's folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    told = "".join(f"{path.name}\0{_digest_file(path)}\0" for path in files)
    return sha256(told.encode()).hexdigest()[:12]


@cache
def _digest_file(path: Path) -> str:
    """Return a file's SHA-256, "" if there is none.

    Read once a process: models are up to gigabytes, and change only when another is installed.
    """
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
