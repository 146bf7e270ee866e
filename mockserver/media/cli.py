"""`mockserver media verify FILE` and `mockserver media make NAME -o FILE`."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from mockserver.media import recipe
from mockserver.media.model import Clip, Trouble
from mockserver.media.recipe import RecipeError

if TYPE_CHECKING:
    from mockserver.media.verify import Report

FINE, FOUND, FAILED = 0, 1, 2  # exit codes: nothing wrong, findings, could not run
PATIENCE = 2.0  # seconds of silence before saying that work goes on

EXAMPLES = """\
examples:
  mockserver media verify extended.mp4
  mockserver media verify extended.mp4 --job 0f3a-77 --json
  mockserver media make -o clip.mp4
  mockserver media make 1920x1080-30fps-8s -o clip.mp4
  mockserver media make --size 720x1280 --fps 30000/1001 --seconds 3.5 --no-audio -o tall.mov
  mockserver media make --codec hevc --container mkv -o clip.mkv
  mockserver media make 640x360-5s --defect truncated -o broken.mp4
  mockserver media make 1280x720-png -o first.png
  mockserver media make 5s-mp3 -o music.mp3
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two commands to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = parser.description or "Check finished files, make test clips."
    parser.epilog = EXAMPLES
    commands = parser.add_subparsers(dest="media_command", required=True, metavar="COMMAND")
    _add_verify(commands.add_parser("verify", help="which job made a file, and is it whole?"))
    _add_make(commands.add_parser("make", help="write a test clip, a picture or a sound"))


def run(args: argparse.Namespace) -> int:
    """Do what was asked; the exit code."""
    return _verify(args) if args.media_command == "verify" else _make(args)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Read the mark of every frame: which job generated it, which frames are missing, "
        "repeated or out of order, where the seams are. Exit code: 0 fine, 1 findings, "
        "2 the file cannot be read."
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--job", metavar="ID", help="the job that must have made it")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _add_make(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "Write a clip. NAME says it in one word (1280x720-24fps-5s-hevc-noaudio-mkv), options "
        "say it piece by piece; both may be mixed."
    )
    parser.epilog = "parts of a NAME:\n  WIDTHxHEIGHT Nfps N_Mfps Ns seed_TEXT\n  " + (
        " ".join(recipe.vocabulary())
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--size", metavar="WxH", help="1280x720 if not said")
    parser.add_argument("--fps", metavar="N", help="24 if not said; 30000/1001 and 29.97 too")
    parser.add_argument("--seconds", metavar="S", help="5 if not said; up to 60")
    parser.add_argument("--codec", help="h264 if not said; hevc, av1, vp9, ...")
    parser.add_argument("--audio", metavar="CODEC", help="aac if not said; mp3, opus, ...")
    parser.add_argument("--no-audio", action="store_true")
    parser.add_argument("--container", help="from the file's ending if not said")
    parser.add_argument("--rotate", type=int, choices=(0, 90, 180, 270), default=0, metavar="DEG")
    parser.add_argument("--vfr", action="store_true", help="frames of different durations")
    parser.add_argument("--defect", help=", ".join(recipe.DEFECTS))
    parser.add_argument("--seed", metavar="TEXT", help="another text, another picture")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")


def _verify(args: argparse.Namespace) -> int:
    from mockserver.media.verify import verify

    with _patience(f"reading {args.file.name}"):
        report = verify(args.file, job=args.job)
    if isinstance(report, Trouble):
        shown = {"ok": False, "trouble": report.kind, "detail": report.detail}
        print(json.dumps(shown) if args.json else f"{args.file.name}: {report.detail}")
        return FAILED
    print(json.dumps(report.json(), indent=2) if args.json else "\n".join(_lines(report)))
    return FINE if report.ok else FOUND


def _lines(report: "Report") -> Iterator[str]:
    """A report for people."""
    clip = report.clip
    yield f"{report.file}: {described(clip)}"
    for part in report.parts:
        where = f"frames {part.first} to {part.last} of {report.frames}"
        yield f"  job {part.tag}, seed {part.seed}: {part.found} generated frames, {where}"
    for seam in report.seams:
        smooth = "smooth" if seam.smooth else "JUMP"
        levels = f"{seam.step:.1f} grey levels, {seam.nearby:.1f} nearby"
        yield (
            f"  seam {seam.side} the generated part at frame {seam.frame} "
            f"({seam.seconds:.3f} s): {smooth} ({levels})"
        )
    if report.sound_seconds is not None:
        yield f"  picture {report.seconds:.3f} s, sound {report.sound_seconds:.3f} s"
    for finding in report.findings:
        yield f"  ! {finding}"
    if report.ok:
        yield "  fine"


def described(clip: Clip) -> str:
    """A clip in one line."""
    if clip.kind == "image":
        return f"{clip.container} picture, {clip.width}x{clip.height}, {clip.bytes} bytes"
    if clip.kind == "audio":
        return f"{clip.audio} sound in {clip.container}, {clip.seconds:g} s, {clip.bytes} bytes"
    rate = f"{float(clip.rate):.6g} fps" + (" (variable)" if clip.variable else "")
    turn = f", turned by {clip.rotation}" if clip.rotation else ""
    sound = clip.audio or "no sound"
    return (
        f"{clip.width}x{clip.height}{turn}, {rate}, {clip.frames} frames, {clip.seconds:.3f} s, "
        f"{clip.codec} and {sound} in {clip.container}, {clip.bytes} bytes"
    )


def _make(args: argparse.Namespace) -> int:
    from mockserver.media.probe import probe

    try:
        wanted = recipe.parse(name_of(args))
        with _patience(f"making {args.output.name}"):
            recipe.make(wanted, args.output)
    except (RecipeError, OSError) as error:
        print(f"cannot make {args.output.name}: {error}", file=sys.stderr)
        return FAILED
    made = probe(args.output)
    said = made.detail if isinstance(made, Trouble) else described(made)
    name = recipe.text(wanted)
    print(json.dumps({"name": name, "made": said}) if args.json else f"{args.output}: {said}")
    return FINE


def name_of(args: argparse.Namespace) -> str:
    """The clip's name that the options and NAME spell together."""
    ending = args.output.suffix.lstrip(".").lower()
    parts = [args.name] if args.name else []
    parts += [args.size] if args.size else []
    parts += [args.fps.replace("/", "_") + "fps"] if args.fps else []
    parts += [f"{args.seconds}s"] if args.seconds else []
    parts += [part for part in (args.codec, args.audio) if part]
    parts += ["noaudio"] if args.no_audio else []
    parts += [args.container] if args.container else []
    parts += [f"rot{args.rotate}"] if args.rotate else []
    parts += ["vfr"] if args.vfr else []
    parts += [args.defect] if args.defect else []
    parts += [f"seed_{args.seed}"] if args.seed else []
    if not args.container and not recipe.says_container("-".join(parts)):
        parts += [ending] if recipe.is_container(ending) else []
    return "-".join(parts) or "1280x720"


@contextmanager
def _patience(doing: str) -> Iterator[None]:
    """Say on stderr every two seconds that work goes on."""
    done = Event()

    def tell() -> None:
        waited = 0.0
        while not done.wait(PATIENCE):
            waited += PATIENCE
            print(f"{doing} ... {waited:.0f} s", file=sys.stderr, flush=True)

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
