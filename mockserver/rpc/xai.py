"""xAI over gRPC, as its Python SDK speaks it: the services Video and Files.

What the messages mean: xai_video.py and xai_files.py. Statuses and limits: xai_statuses.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import google.protobuf

from mockserver.contract.model import Contract
from mockserver.rpc import xai_files, xai_statuses, xai_video
from mockserver.rpc.model import Answer, Procedure, Refusal

PACKAGE = "xai_sdk"
STUBS = ("video_pb2", "files_pb2")
PROCEDURES: Mapping[str, Procedure] = {**xai_video.PROCEDURES, **xai_files.PROCEDURES}
MESSAGE_LIMIT = int(xai_statuses.MESSAGE.value)


def folder() -> str:
    """Where the stubs are that the installed protobuf can read, as the SDK itself chooses them."""
    major = google.protobuf.__version__.partition(".")[0]
    return "proto/v5" if major == "5" else "proto/v6"


def refusal(answer: Answer, contract: Contract) -> Refusal:
    """An HTTP refusal in the words of gRPC."""
    return xai_statuses.refusal(answer, contract)
