"""The Python SDK uploads, lists, reads, publishes and deletes files, and extends one by its id."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import requests
import xai_sdk
from xai_sdk.proto import files_pb2

from mockserver.media import recipe
from mockserver.testing import MockProviders
from tests.rpc.conftest import (
    SOURCE,
    Client,
    bearer,
    calls,
    connected,
    extend,
    metadata,
    order,
    status,
    stub,
)

MIB = 1024 * 1024
CLIP = recipe.parse(SOURCE)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Somebody's own MP4."""
    path = tmp_path / "kites.mp4"
    recipe.make(CLIP, path)
    return path


def test_an_uploaded_clip_is_extended_by_its_id(fast: MockProviders, clip: Path) -> None:
    with connected(fast) as client:
        file = client.files.upload(str(clip))
        response = extend(fast, client, video_url=None, video_file_id=file.id)
        with clip.open("rb") as opened:
            again = client.files.upload(opened)
        edited = client.video.start("In winter", "grok-imagine-video", video_file_id=again.id)
    assert (file.filename, file.size) == ("kites.mp4", clip.stat().st_size)
    assert response.duration == 5
    assert edited.request_id
    fast.check()


async def test_also_by_the_client_for_event_loops(mock: MockProviders, clip: Path) -> None:
    client = xai_sdk.AsyncClient(api_key="k", api_host=f"localhost:{mock.xai.grpc_port}")
    file = await client.files.upload(str(clip))
    assert await client.files.content(file.id) == clip.read_bytes()
    started = await client.video.extend_start("on", "grok-imagine-video", video_file_id=file.id)
    await client.close()
    assert mock.xai.jobs[0]["id"] == started.request_id


def test_a_file_over_several_pieces_arrives_whole(mock: MockProviders, client: Client) -> None:
    data = bytes(range(256)) * (4 * 7 * 1024)  # 7 MiB, in pieces of 3
    seen: list[tuple[int, int]] = []
    file = client.files.upload(
        io.BytesIO(data), filename="all bytes.bin", on_progress=lambda *told: seen.append(told)
    )
    assert client.files.content(file.id) == data
    assert len(seen) == 3
    assert calls(mock) == [("UploadFile", 200), ("RetrieveFileContent", 200)]


def test_a_file_is_seen_over_http_too(mock: MockProviders, client: Client) -> None:
    file = client.files.upload(b"hello", filename='ü "quoted".txt', expires_after=3600)
    url = f"{mock.xai.base_url}/v1/files/{file.id}"
    shown = requests.get(url, headers={"Authorization": f"Bearer {mock.xai.key}"}, timeout=5).json()
    assert shown["bytes"] == file.size == 5
    assert shown["created_at"] == file.created_at.seconds
    assert shown["expires_at"] == file.expires_at.seconds == file.created_at.seconds + 3600
    assert shown["filename"] == file.filename == 'ü "quoted".txt'


def test_files_are_listed_in_pages_sorted_and_filtered(client: Client) -> None:
    for name in ("c.txt", "a.txt", "b.txt"):
        client.files.upload(name.encode(), filename=name)
    first = client.files.list(limit=2, order="asc", sort_by="filename")
    rest = client.files.list(
        limit=2, order="asc", sort_by="filename", pagination_token=first.pagination_token
    )
    assert [one.filename for one in (*first.data, *rest.data)] == ["a.txt", "b.txt", "c.txt"]
    assert [one.filename for one in client.files.list(order="desc", sort_by="filename").data] == [
        "c.txt",
        "b.txt",
        "a.txt",
    ]
    assert [one.filename for one in client.files.list(filter='name = "a.txt"').data] == ["a.txt"]


def test_a_file_is_published_and_withdrawn(mock: MockProviders, client: Client, clip: Path) -> None:
    file = client.files.upload(str(clip))
    published = client.files.create_public_url(file.id, expires_after=3600)
    assert requests.get(published.public_url, timeout=5).content == clip.read_bytes()
    assert client.files.get(file.id).public_url == published.public_url
    assert published.expires_at.seconds == int(mock.clock.time()) + 3600
    withdrawn = client.files.revoke_public_url(file.id)
    assert (withdrawn.revoked, withdrawn.public_url) == (True, published.public_url)
    assert not client.files.revoke_public_url(file.id).revoked


def test_a_deleted_file_is_not_found(mock: MockProviders, client: Client, clip: Path) -> None:
    file = client.files.upload(str(clip))
    gone = client.files.delete(file.id)
    assert (gone.id, gone.deleted) == (file.id, True)
    for ask in (client.files.get, client.files.delete, client.files.content):
        with pytest.raises(grpc.RpcError) as error:
            ask(file.id)
        assert status(error) == ("NOT_FOUND", f"File {file.id} was not found.")
    with pytest.raises(grpc.RpcError) as error:
        order(mock, client, video_url=None, video_file_id=file.id)
    assert status(error)[0] == "INVALID_ARGUMENT"


def test_a_text_may_be_asked_for_only_of_a_text(mock: MockProviders, client: Client) -> None:
    text = client.files.upload(b"hello", filename="a.txt")
    other = client.files.upload(b"\0\1", filename="a.bin")
    with stub(mock, "Files") as files:
        asked = files_pb2.RetrieveFileContentRequest(
            file_id=text.id, format=files_pb2.DOWNLOAD_FORMAT_TEXT
        )
        (piece,) = files.RetrieveFileContent(asked, metadata=bearer(mock))
        asked.file_id = other.id
        with pytest.raises(grpc.RpcError) as error:
            list(files.RetrieveFileContent(asked, metadata=bearer(mock)))
    assert piece.data == b"hello"
    assert status(error)[0] == "INVALID_ARGUMENT"


def init(**more: object) -> files_pb2.UploadFileChunk:
    return files_pb2.UploadFileChunk(init={"name": "a.mp4", **more})


def data(piece: bytes = b"x") -> files_pb2.UploadFileChunk:
    return files_pb2.UploadFileChunk(data=piece)


STREAMS = {
    "nothing": ([], "INVALID_ARGUMENT", "no field file"),
    "no init": ([data()], "INVALID_ARGUMENT", "no field file"),
    "init later": ([init(), data(), init()], "INVALID_ARGUMENT", "before file"),
    "no name": ([init(name="")], "INVALID_ARGUMENT", "no filename"),
    "a path": ([init(name="../a.mp4")], "INVALID_ARGUMENT", "cannot be used"),
    "short life": ([init(expires_after=5), data()], "INVALID_ARGUMENT", "expires_after is 5"),
    "too large": ([init(), *[data(bytes(10 * MIB))] * 6], "RESOURCE_EXHAUSTED", ""),
}


@pytest.mark.parametrize(("stream", "code", "words"), STREAMS.values(), ids=list(STREAMS))
def test_an_upload_out_of_order_is_refused(
    mock: MockProviders, stream: list[files_pb2.UploadFileChunk], code: str, words: str
) -> None:
    with stub(mock, "Files") as files, pytest.raises(grpc.RpcError) as error:
        files.UploadFile(iter(stream), metadata=bearer(mock))
    assert status(error)[0] == code
    assert words in status(error)[1]
    (entry,) = mock.xai.journal
    assert (entry["target"], entry["operation"]) == ("/xai_api.Files/UploadFile", "upload_file")
    assert "x-mock-diagnosis" in metadata(error)


def test_an_upload_without_a_key_is_refused(mock: MockProviders) -> None:
    where = f"127.0.0.1:{mock.xai.grpc_port}"
    with xai_sdk.Client(api_key="k", api_host=where, use_insecure_channel=True) as client:
        assert client.files.list().data == []
        with pytest.raises(grpc.RpcError) as error:  # the SDK sends no key with a stream
            client.files.upload(b"x", filename="a.bin")
    assert status(error)[0] == "UNAUTHENTICATED"


def test_an_upload_that_is_broken_off_leaves_nothing(mock: MockProviders, client: Client) -> None:
    def broken() -> Iterator[files_pb2.UploadFileChunk]:
        yield init()
        yield data()
        raise OSError("the disk is gone")

    with stub(mock, "Files") as files:
        for _ in range(100):  # that it ended and that it was broken off may come in either order
            with pytest.raises(grpc.RpcError):
                files.UploadFile(broken(), metadata=bearer(mock))
    assert client.files.list().data == []


def test_pieces_are_no_larger_than_documented(mock: MockProviders, client: Client) -> None:
    file = client.files.upload(bytes(5 * MIB), filename="a.bin")
    asked = files_pb2.RetrieveFileContentRequest(file_id=file.id)
    with stub(mock, "Files") as files:
        pieces = files.RetrieveFileContent(asked, metadata=bearer(mock))
        sizes = [len(one.data) for one in pieces]
    assert sum(sizes) == 5 * MIB
    assert max(sizes) <= 5 * 10**6


def test_a_file_may_break_off(mock: MockProviders, client: Client) -> None:
    file = client.files.upload(bytes(MIB), filename="a.bin")
    mock.xai.scenario({"on": "get_file_content", "wire": {"fault": "cut", "bytes": 1000}})
    with pytest.raises(grpc.RpcError) as error:
        client.files.content(file.id)
    assert status(error)[0] == "INTERNAL"
