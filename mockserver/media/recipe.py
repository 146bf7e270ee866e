"""Clips by name: `1280x720-24fps-5s`, `1920x1080-30000_1001fps-3.5s-hevc-noaudio`, `5s-mp3`.

A name's parts stand in any order, separated by "-"; what is not said has a default. A size makes a
video, or a picture with `png`, `jpeg` or `webp`; no size and a sound container makes sound. The
size is the stored one: a player shows `1280x720-rot90` as 720x1280. Knows how clips are called
and what they would be; `making` writes them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from mockserver.media.model import Clip

MOST_SECONDS = 60.0
MOST_PIXELS = 3840 * 2160
SIDES = (16, 3840)
RATES = (1, 120)
SOUND_RATE = 48000

# container: picture codecs, sound codecs; the first of each is the default. All of them can be
# written with the encoders in PyAV's wheel.
VIDEO = {
    "mp4": (("h264", "hevc", "av1", "vp9", "mpeg4"), ("aac", "mp3", "opus")),
    "mov": (("h264", "hevc", "mpeg4", "prores"), ("aac", "pcm_s16le")),
    "matroska": (
        ("h264", "hevc", "av1", "vp9", "vp8", "mpeg4"),
        ("aac", "mp3", "opus", "flac", "pcm_s16le"),
    ),
    "webm": (("vp9", "vp8", "av1"), ("opus",)),
    "avi": (("h264", "mpeg4"), ("mp3", "pcm_s16le")),
}
SOUND = {
    "mp3": ("mp3",),
    "m4a": ("aac",),
    "ogg": ("opus", "vorbis", "flac"),
    "wav": ("pcm_s16le",),
    "flac": ("flac",),
}
PICTURES = ("png", "jpeg", "webp")
ODD_SIZES = ("vp9", "vp8")  # these store odd sizes; the others halve the colour's
DEFECTS = ("truncated", "empty", "text", "nomoov", "lying", "bomb")
BOXED_DEFECTS = ("nomoov", "lying", "bomb")  # told by an MP4 or MOV header
TURNS = {"rot90": 90, "rot180": 180, "rot270": 270}
ALIASES = {
    "mkv": "matroska",
    "jpg": "jpeg",
    "h265": "hevc",
    "pcm": "pcm_s16le",
    "silent": "noaudio",
    "quicktime": "mov",
}
NAMES = {"matroska": "mkv", "pcm_s16le": "pcm"}  # what a canonical name calls them
DECIMAL_RATES = {
    "23.976": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "47.952": Fraction(48000, 1001),
    "59.94": Fraction(60000, 1001),
}
PATTERNS = {
    "size": re.compile(r"(\d{1,5})x(\d{1,5})"),
    "rate": re.compile(r"(\d{1,6}(?:_\d{1,4}|\.\d{1,3})?)fps"),
    "seconds": re.compile(r"(\d{1,4}(?:\.\d{1,3})?)s"),
    "seed": re.compile(r"seed_([A-Za-z0-9]{1,32})"),
}
EXAMPLE = "1280x720-24fps-5s-hevc-noaudio-mkv"


class RecipeError(ValueError):
    """A name that calls no clip; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A clip that can be made: what it is, and what it shows (`seed`)."""

    width: int = 1280  # 0 for sound
    height: int = 720
    rate: Fraction = Fraction(24)
    seconds: float = 5.0
    codec: str = "h264"  # "" for sound; the container's word for a picture
    audio: str = "aac"  # "" for none
    container: str = "mp4"
    rotation: int = 0
    variable: bool = False
    defect: str = ""
    seed: str = ""

    @property
    def kind(self) -> str:
        if self.container in SOUND and not self.width:
            return "audio"
        return "image" if self.container in PICTURES else "video"

    @property
    def frames(self) -> int:
        """How many frames a video has; a still has 1 and sound none."""
        if self.kind != "video":
            return 1 if self.kind == "image" else 0
        return max(1, round(Fraction(self.seconds).limit_denominator(1000) * self.rate))


def parse(text: str) -> Recipe:
    """The recipe that a name calls. A file ending (`.mp4`) counts as a part of the name."""
    found: dict[str, str] = {}
    for part in _parts(text):
        role, value = _role(part)
        if found.setdefault(role, value) != value:
            raise RecipeError(f"{text!r} says {role} twice: {found[role]} and {value}")
    recipe = _assembled(found)
    check(recipe)
    return recipe


def text(recipe: Recipe) -> str:
    """The recipe's one canonical name; `parse` gives the recipe back."""
    name = NAMES.get(recipe.container, recipe.container)
    parts = [f"{recipe.width}x{recipe.height}"] if recipe.width else []
    if recipe.kind == "video":
        rate = recipe.rate
        parts += [f"{rate.numerator}" + (f"_{rate.denominator}" if rate.denominator > 1 else "")]
        parts[-1] += "fps"
    if recipe.kind != "image":
        parts += [f"{recipe.seconds:.3f}".rstrip("0").rstrip(".") + "s"]
    parts += _codec_parts(recipe)
    parts += [name] if recipe.container != "mp4" else []
    parts += [f"rot{recipe.rotation}"] if recipe.rotation else []
    parts += ["vfr"] if recipe.variable else []
    parts += [recipe.defect] if recipe.defect else []
    parts += [f"seed_{recipe.seed}"] if recipe.seed else []
    return "-".join(parts)


def check(recipe: Recipe) -> None:
    """Raise RecipeError for what cannot be made."""
    kind = recipe.kind
    if kind != "audio":
        _check_size(recipe)
    if kind != "image" and not 0 < recipe.seconds <= MOST_SECONDS:
        raise RecipeError(f"{recipe.seconds:g} s: a clip lasts up to {MOST_SECONDS:g} s")
    if kind == "video":
        _check_video(recipe)
    elif recipe.rotation or recipe.variable:
        raise RecipeError(f"rotation and vfr are for videos, {recipe.container} is none")
    if kind == "audio" and recipe.audio not in SOUND[recipe.container]:
        raise RecipeError(
            _one_of(f"{recipe.container} sound", recipe.audio, SOUND[recipe.container])
        )
    if recipe.defect and recipe.defect not in DEFECTS:
        raise RecipeError(_one_of("defect", recipe.defect, DEFECTS))
    if recipe.defect in BOXED_DEFECTS and recipe.container not in ("mp4", "mov"):
        raise RecipeError(f"the defect {recipe.defect} exists in mp4 and mov files only")


def clip_of(recipe: Recipe) -> Clip:
    """What `probe` would say about the made file, without making it.

    Two things differ: `key` is that of the recipe's name, `bytes` is an estimate.
    """
    check(recipe)
    if recipe.defect:
        raise RecipeError(f"a file with the defect {recipe.defect!r} is no clip")
    kind, turned = recipe.kind, recipe.rotation in (90, 270)
    rate = recipe.rate if kind == "video" else Fraction(0)
    seconds = float(recipe.frames / rate) if rate else recipe.seconds if kind == "audio" else 0.0
    return Clip(
        key=sha256(f"recipe:{text(recipe)}".encode()).hexdigest(),
        kind=kind,
        container="mp4" if recipe.container == "m4a" else recipe.container,
        codec=recipe.codec,
        width=recipe.height if turned else recipe.width,
        height=recipe.width if turned else recipe.height,
        rotation=recipe.rotation,
        rate=rate,
        variable=recipe.variable,
        frames=recipe.frames,
        seconds=seconds,
        audio=recipe.audio if kind != "image" else "",
        bytes=1000 + round(recipe.width * recipe.height * 0.01 * recipe.frames + seconds * 8000),
    )


def stand_in(url: str) -> Recipe:
    """The clip that stands for a URL which may not be fetched: same URL, same clip."""
    hashed = sha256(url.encode("utf-8", "surrogatepass"))
    return Recipe(seconds=5.0 + hashed.digest()[0] % 5, seed=hashed.hexdigest()[:16])


def make(recipe: Recipe, path: Path) -> None:
    """Write the file a recipe calls. Same recipe, same bytes."""
    from mockserver.media import making

    check(recipe)
    making.write(recipe, path)


def vocabulary() -> list[str]:
    """Every word a name may contain, beside size, rate, seconds and seed."""
    words = {*PICTURES, *SOUND, *DEFECTS, *TURNS, *ALIASES, "noaudio", "vfr", "aac"}
    for container, (codecs, sounds) in VIDEO.items():
        words |= {container, *codecs, *sounds}
    return sorted(words | {"vorbis"})


def is_container(word: str) -> bool:
    """Whether a word, such as a file's ending, names a container."""
    return ALIASES.get(word, word) in {*VIDEO, *SOUND, *PICTURES}


def says_container(text: str) -> bool:
    """Whether a name says which container it means."""
    return bool(text) and any(
        is_container(part) and part not in ("mp3", "flac") for part in _parts(text)
    )


def _parts(text: str) -> list[str]:
    stem, dot, ending = text.strip().rpartition(".")
    parts = text.strip().split("-")
    if dot and is_container(ending.lower()):
        parts = [*stem.split("-"), ending]
    if not 0 < len(text) <= 200 or not all(parts):
        raise RecipeError(f"{text[:60]!r} names no clip; a name looks like {EXAMPLE}")
    return parts


def _role(part: str) -> tuple[str, str]:
    """What a part of a name speaks of, and what it says."""
    for role, pattern in PATTERNS.items():
        if match := pattern.fullmatch(part):
            return role, match.group(0)
    word = ALIASES.get(part.lower(), part.lower())
    if word in VIDEO or word in PICTURES or (word in SOUND and word not in ("mp3", "flac")):
        return "container", word
    if word in ("mp3", "flac"):  # a container or a codec: `_assembled` decides
        return "sound", word
    if any(word in codecs for codecs, _ in VIDEO.values()):
        return "codec", word
    if word in {"noaudio", "vorbis"} or any(word in sounds for _, sounds in VIDEO.values()):
        return "sound", word
    for role, words in (("turn", TURNS), ("vfr", ("vfr",)), ("defect", DEFECTS)):
        if word in words:
            return role, word
    raise RecipeError(_unknown(part))


def _unknown(part: str) -> str:
    near = get_close_matches(part.lower(), [*vocabulary(), "24fps", "5s", "1280x720"], 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    words = ", ".join(vocabulary())
    return (
        f"{part!r} is no part of a clip's name{hint} Allowed: WIDTHxHEIGHT, Nfps or N_Mfps, "
        f"Ns, seed_TEXT, {words}. Example: {EXAMPLE}"
    )


def _assembled(found: dict[str, str]) -> Recipe:
    container, sound = found.get("container", ""), found.get("sound", "")
    if not container and sound in ("mp3", "flac") and "size" not in found:
        container = sound
    container = container or "mp4"
    width, height = map(int, found.get("size", "1280x720").split("x"))
    common = {"defect": found.get("defect", ""), "seed": found.get("seed", "")[5:]}
    seconds = float(found.get("seconds", "5s")[:-1])
    turn, variable = TURNS.get(found.get("turn", ""), 0), "vfr" in found
    if container in SOUND:
        _refuse("sound", found, "size", "rate", "codec")
        codec = sound or SOUND[container][0]
        return Recipe(0, 0, Fraction(0), seconds, "", codec, container, turn, variable, **common)
    if container in PICTURES:
        _refuse("a picture", found, "rate", "seconds", "codec", "sound")
        return Recipe(
            width, height, Fraction(0), 0.0, container, "", container, turn, variable, **common
        )
    codecs, sounds = VIDEO[container]
    codec, audio = found.get("codec", codecs[0]), sound or sounds[0]
    audio = "" if audio == "noaudio" else audio
    rate = _rate(found.get("rate", "24fps")[:-3])
    return Recipe(width, height, rate, seconds, codec, audio, container, turn, variable, **common)


def _refuse(what: str, found: dict[str, str], *roles: str) -> None:
    for role in roles:
        if role in found:
            raise RecipeError(f"{what} has no {role}, but the name says {found[role]}")


def _rate(said: str) -> Fraction:
    if said in DECIMAL_RATES:
        return DECIMAL_RATES[said]
    over, _, under = said.partition("_")
    if under and not int(under):
        raise RecipeError(f"{said}fps is no frame rate; allowed is {RATES[0]} to {RATES[1]} fps")
    return Fraction(over) / int(under or 1)


def _check_size(recipe: Recipe) -> None:
    wide, high = recipe.width, recipe.height
    least, most = SIDES
    if not (least <= wide <= most and least <= high <= most and wide * high <= MOST_PIXELS):
        raise RecipeError(f"{wide}x{high}: sides are {least} to {most}, at most 3840x2160 in all")
    if recipe.kind == "video" and recipe.codec not in ODD_SIZES and (wide % 2 or high % 2):
        raise RecipeError(f"{wide}x{high}: {recipe.codec} needs even sides (vp9 in mkv does not)")


def _check_video(recipe: Recipe) -> None:
    if recipe.container not in VIDEO:
        raise RecipeError(_one_of("container", recipe.container, [*VIDEO, *SOUND, *PICTURES]))
    codecs, sounds = VIDEO[recipe.container]
    if recipe.codec not in codecs:
        raise RecipeError(_one_of(f"codec in {recipe.container}", recipe.codec, codecs))
    if recipe.audio and recipe.audio not in sounds:
        raise RecipeError(_one_of(f"sound in {recipe.container}", recipe.audio, sounds))
    if not RATES[0] <= recipe.rate <= RATES[1]:
        raise RecipeError(f"{recipe.rate} fps: allowed is {RATES[0]} to {RATES[1]} fps")
    if recipe.rotation not in (0, 90, 180, 270):
        raise RecipeError(f"rotation {recipe.rotation}: allowed is 0, 90, 180, 270")
    if recipe.variable and recipe.container == "avi":
        raise RecipeError("avi knows no variable frame rate")
    if recipe.rotation and recipe.container not in ("mp4", "mov"):
        raise RecipeError(f"rotation is stored in mp4 and mov files only, not {recipe.container}")


def _one_of(what: str, said: str, allowed: Iterable[str]) -> str:
    choices = list(allowed)
    near = get_close_matches(said, choices, 1, 0.5)
    hint = f" (nearest: {near[0]})" if near else ""
    return f"{what} cannot be {said!r}; allowed: {', '.join(choices)}{hint}"


def _codec_parts(recipe: Recipe) -> list[str]:
    """The parts of a canonical name that differ from what its container takes by default."""
    if recipe.kind == "image":
        return []
    if recipe.kind == "audio":
        default = SOUND[recipe.container][0]
        return [] if recipe.audio == default else [NAMES.get(recipe.audio, recipe.audio)]
    codecs, sounds = VIDEO[recipe.container]
    parts = [recipe.codec] if recipe.codec != codecs[0] else []
    if not recipe.audio:
        return [*parts, "noaudio"]
    return parts if recipe.audio == sounds[0] else [*parts, NAMES.get(recipe.audio, recipe.audio)]
