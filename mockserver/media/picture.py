"""Still pictures, drawn once with Pillow: a backdrop from a seed, a card, digits."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

# Where systems keep a font with many scripts. Only asked for signs that Pillow's own font lacks,
# so that a plain prompt looks the same, to the byte, on every machine.
WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "Arial Unicode.ttf",
    "arialuni.ttf",
    "AppleSDGothicNeo.ttc",
    "msyh.ttc",
)
MOST_SIGNS = 600  # of a prompt; what does not fit the card ends in an ellipsis anyway


def backdrop(seed: str, width: int, height: int) -> "Image":
    """A calm coloured picture: soft discs over a gradient. Same seed, same picture."""
    from PIL import Image, ImageDraw, ImageFilter

    draws = sha256(f"backdrop:{seed}".encode("utf-8", "surrogatepass")).digest() * 2
    small = (max(16, width // 4), max(16, height // 4))
    dark, light = _colour(draws[0], 70), _colour(draws[0] + 40, 170)
    mask = Image.linear_gradient("L").resize(small)
    image = Image.composite(Image.new("RGB", small, dark), Image.new("RGB", small, light), mask)
    pen = ImageDraw.Draw(image)
    for at in range(1, 8):
        x, y = draws[at] * small[0] // 255, draws[at + 8] * small[1] // 255
        radius = min(small) * (10 + draws[at + 16] % 16) // 80
        box = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(box, fill=_colour(draws[0] + draws[at + 24] % 90, 110 + 16 * at % 110))
    soft = image.filter(ImageFilter.GaussianBlur(min(small) / 90))
    return soft.resize((width, height), Image.Resampling.BICUBIC)


def card(title: str, label: str, width: int, height: int) -> "Image":
    """A half-transparent plate with a text in it, for a picture of the given size.

    Any text: control signs become spaces, long texts are set smaller, then cut with an ellipsis.
    """
    from PIL import Image, ImageDraw

    room, line = (width * 4 // 5, height * 2 // 5), max(9, min(width, height) // 16)
    words = _plain(title)
    font, small, lines = _fitted(words, room, line)
    tag = _font(max(8, line * 5 // 8), label)
    step, pad = round(small * 1.3), max(4, line // 2)
    inner = max([*(font.getlength(text) for text in lines), tag.getlength(label)])
    size = (_even(inner + 2 * pad), _even(step * len(lines) + line + 2 * pad))
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), pad, fill=(8, 10, 16, 180))
    for at, text in enumerate(lines):
        pen.text((pad, pad + at * step), text, font=font, fill=(255, 255, 255, 255))
    foot = (pad, size[1] - pad - line * 3 // 4)
    pen.text(foot, label, font=tag, fill=(255, 255, 255, 150))
    return image


def digits(height: int) -> "tuple[Image, ...]":
    """The ten digits as grey tiles of one size."""
    from PIL import Image, ImageDraw

    font = _font(max(8, height * 4 // 5), "0")
    wide = _even(max(font.getlength(sign) for sign in "0123456789") + 2)
    tiles = []
    for sign in "0123456789":
        tile = Image.new("L", (wide, height), 20)
        ImageDraw.Draw(tile).text((wide / 2, height / 2), sign, font=font, fill=230, anchor="mm")
        tiles.append(tile)
    return tuple(tiles)


def _even(value: float) -> int:
    return (int(value) + 1) // 2 * 2


def _colour(turn: int, value: int) -> tuple[int, int, int]:
    from PIL import ImageColor

    red, green, blue = ImageColor.getrgb(
        f"hsv({turn * 360 // 256 % 360},55%,{value * 100 // 255}%)"
    )[:3]
    return red, green, blue


def _plain(text: str) -> str:
    signs = [" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text[:MOST_SIGNS]]
    words = " ".join("".join(signs).split()) or "(no prompt)"
    return words + (" …" if len(text) > MOST_SIGNS else "")


def _fitted(
    words: str, room: tuple[int, int], line: int
) -> "tuple[FreeTypeFont, int, Sequence[str]]":
    """The largest of four sizes in which the words fit the room, and their lines."""
    for size in (line, line * 4 // 5, line * 2 // 3, max(8, line // 2)):
        font = _font(size, words)
        lines = _wrapped(words, font, room[0])
        most = max(1, room[1] // round(size * 1.3))
        if len(lines) <= most:
            return font, size, lines
    return font, size, [*lines[: most - 1], lines[most - 1][:-1] + "…"]


def _wrapped(words: str, font: "FreeTypeFont", width: int) -> list[str]:
    """Lines no wider than `width`; a word that is wider is broken."""
    lines, line = [], ""
    for word in words.split(" "):
        longer = f"{line} {word}" if line else word
        while font.getlength(longer) > width:
            if line:
                lines.append(line)
                line, longer = "", word
                continue
            keep = max(1, _fitting(longer, font, width))
            lines.append(longer[:keep])
            longer = word = longer[keep:]
        line = longer
    return [*lines, line] if line else lines


def _fitting(text: str, font: "FreeTypeFont", width: int) -> int:
    """How many of the first signs fit the width."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=64)
def _plain_font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType")
    return font


def _font(size: int, text: str) -> "FreeTypeFont":
    """Pillow's own font; one of the system's where it lacks signs of the text."""
    from PIL import ImageFont

    plain = _plain_font(size)
    missing = _lacking(plain, text)
    best, fewest = plain, len(missing)
    for name in WIDE_FONTS if missing else ():
        try:
            other = ImageFont.truetype(name, size)
        except OSError:
            continue  # this system has no such font
        if (count := len(_lacking(other, text))) < fewest:
            best, fewest = other, count
    return best


def _lacking(font: "FreeTypeFont", text: str) -> set[str]:
    """The signs for which the font only has its "not defined" box."""
    unknown = bytes(font.getmask("\U0010fffe"))
    return {sign for sign in set(text) - {" "} if bytes(font.getmask(sign)) == unknown}
