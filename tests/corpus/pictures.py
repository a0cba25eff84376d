#!/usr/bin/env python3
"""Makes the photographs and scans of this folder afresh: the town hall of Saint-Aubin-des-Prés,
drawn here, and pages of deliberation.pdf as a scanner gives them. All of it is ours, and under the
repository's licence. Made with Python 3.11, Pillow 13.0.0 and pdftoppm 22.12 (poppler-utils):

    python3 -m venv /tmp/pictures && /tmp/pictures/bin/pip install pillow==13.0.0
    /tmp/pictures/bin/python tests/corpus/pictures.py
"""

import pathlib
import random
import struct
import subprocess
import zlib

from PIL import Image, ImageDraw, ImageFont

HERE = pathlib.Path(__file__).resolve().parent
SIZE = (480, 360)
ORIENTATION = 0x0112


def scene():
    """A town hall under a blue sky, on green grass: up, down, left and right cannot be mistaken."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(picture)
    for row in range(height):
        share = row / height
        draw.line([(0, row), (width, row)], (int(70 + 90 * share), int(130 + 70 * share), 220))
    draw.ellipse([380, 30, 430, 80], (255, 225, 90))
    draw.rectangle([0, 270, width, height], (70, 140, 60))
    draw.rectangle([120, 130, 360, 280], (225, 210, 185))
    draw.polygon([(105, 132), (240, 70), (375, 132)], (120, 60, 45))
    draw.rectangle([222, 20, 258, 90], (200, 190, 170))
    draw.polygon([(216, 22), (240, 0), (264, 22)], (60, 70, 85))
    for left in (140, 195, 265, 320):
        draw.rectangle([left, 185, left + 25, 225], (60, 80, 110))
    draw.rectangle([225, 215, 255, 280], (90, 55, 35))
    draw.text((240, 158), "MAIRIE", (40, 40, 60), ImageFont.load_default(22), anchor="mm")
    chance = random.Random(14270)
    for _ in range(900):
        x, y = chance.randrange(width), chance.randrange(272, height)
        draw.line([(x, y), (x, y + 3)], (50 + chance.randrange(60), 110 + chance.randrange(60), 45))
    return picture


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth, colour, packed):
    """A PNG from its header's fields and its packed rows."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def sixteen_bits(picture):
    """A PNG of sixteen bits a sample, with how opaque each dot is: the sky's first rows are not."""
    width, height = picture.size
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += struct.pack(">4H", *(257 * value for value in picture.getpixel((x, y))), 0 if y < 20 else 65535)
    return png(width, height, 16, 6, zlib.compress(bytes(rows), 9))


def pages(dots):
    """Pages of the deliberation as pictures, so many dots an inch."""
    for number in ("1", "2"):
        drawn = subprocess.run(["pdftoppm", "-r", dots, "-f", number, "-l", number, str(HERE / "deliberation.pdf")],
                               check=True, capture_output=True).stdout
        (HERE / "page.ppm").write_bytes(drawn)
        with Image.open(HERE / "page.ppm") as picture:
            yield picture.convert("RGB")
        (HERE / "page.ppm").unlink()


def main():
    photo = scene()
    photo.save(HERE / "photo.jpg", quality=80)
    photo.save(HERE / "photo.png", optimize=True)
    photo.save(HERE / "photo.webp", quality=70)
    # As a telephone held upright writes it: the rows are the picture's columns, and a note says so.
    note = Image.Exif()
    note[ORIENTATION] = 6
    photo.transpose(Image.Transpose.ROTATE_90).save(HERE / "photo-turned.jpg", quality=80, exif=note)
    photo.convert("CMYK").save(HERE / "photo-cmyk.jpg", quality=80)
    small = photo.resize((240, 180), Image.Resampling.LANCZOS)
    small.convert("L").save(HERE / "photo-grey.png", optimize=True)
    (HERE / "photo-16-bit.png").write_bytes(sixteen_bits(small))

    fax = [page.convert("1", dither=Image.Dither.NONE) for page in pages("100")]
    fax[0].save(HERE / "fax.tiff", save_all=True, append_images=fax[1:], compression="group4", dpi=(100, 100))
    colour = list(pages("40"))
    colour[0].save(HERE / "scan.tiff", save_all=True, append_images=colour[1:], compression="jpeg", quality=60)

    # What a picture must not be able to do.
    whole = (HERE / "photo.jpg").read_bytes()
    (HERE / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    whole = (HERE / "photo.png").read_bytes()
    (HERE / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (HERE / "too-many-pixels.png").write_bytes(png(65535, 65535, 8, 2, zlib.compress(bytes(64))))
    (HERE / "too-thin.png").write_bytes(png(20000, 1, 8, 0, zlib.compress(bytes(20001), 9)))
    # A hundred million dots in twelve kilobytes: the most that is read.
    (HERE / "bomb.png").write_bytes(png(10000, 10000, 1, 0, zlib.compress(bytes(1251 * 10000), 9)))


if __name__ == "__main__":
    main()
