import gzip
import hashlib
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from dlcourse import data
from dlcourse.data import download, mnist
from dlcourse.runtime import CourseError

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "src" / "dlcourse" / "checkpoints"
CHECKPOINTS = sorted(FOLDER.glob("*.json"))


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}i", *array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes(), mtime=0)


IMAGES = np.arange(3 * 28 * 28, dtype=np.uint16).astype(np.uint8).reshape(3, 28, 28)
LABELS = np.array([7, 0, 4], np.uint8)
FILES = {name: idx(IMAGES if "images" in name else LABELS) for name in mnist.IDX_FILES}


class Mirrors(BaseHTTPRequestHandler):
    """Serve FILES under /right, and under other folders as a bad mirror would."""

    released = threading.Event()

    def do_GET(self):
        _, kind, name = self.path.split("/")
        body = FILES[name]
        self.send_response(404 if kind == "missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind == "right":
            self.wfile.write(body)
        elif kind == "wrong":
            self.wfile.write(body[:-1] + bytes([body[-1] ^ 1]))
        elif kind == "truncated":
            self.wfile.write(body[: len(body) // 2])
        elif kind == "hanging":
            self.released.wait(20)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Run the mirrors on loopback; return a function by which the data set uses the kinds named."""
    Mirrors.released.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirrors)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path))
    monkeypatch.setattr(download, "TIMEOUT_S", 0.3)
    hashes = {name: "md5:" + hashlib.md5(body).hexdigest() for name, body in FILES.items()}
    monkeypatch.setattr(mnist, "IDX_FILES", hashes)
    base = f"http://127.0.0.1:{server.server_port}"
    yield lambda *kinds: monkeypatch.setattr(mnist, "MIRRORS", [f"{base}/{kind}" for kind in kinds])
    Mirrors.released.set()
    server.shutdown()
    server.server_close()


def test_fetch_mnist_reads_what_the_mirror_serves(server, tmp_path):
    server("right")
    train, test = data.fetch_mnist()
    images, labels = train.tensors
    assert torch.equal(images, torch.from_numpy(IMAGES / 255).float()[:, None])
    assert labels.tolist() == [7, 0, 4]
    assert len(test) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(mnist.IDX_FILES)
    server("hanging")  # what is there and right is not asked for again
    assert len(data.fetch_mnist()[0]) == 3


@pytest.mark.timeout(12)  # or the mirror that hangs is waited for
@pytest.mark.parametrize("bad", ["wrong", "truncated", "hanging", "missing"])
def test_fetch_mnist_goes_on_to_the_second_mirror(server, bad):
    server(bad, "right")
    assert len(data.fetch_mnist()[0]) == 3


@pytest.mark.parametrize("bad", ["wrong", "truncated", "hanging", "missing"])
def test_fetch_mnist_keeps_nothing_bad_and_names_the_offline_set(server, tmp_path, bad):
    server(bad, bad)
    with pytest.raises(CourseError, match=r"could not download.*use data\.load_mnist\(\)"):
        data.fetch_mnist()
    assert list(tmp_path.iterdir()) == []


def test_fetch_mnist_mends_a_file_that_was_damaged_later(server, tmp_path):
    server("right")
    data.fetch_mnist()
    next(tmp_path.iterdir()).write_bytes(b"damaged")
    assert len(data.fetch_mnist()[0]) == 3


def test_a_data_home_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "file"))
    with pytest.raises(CourseError, match=r"cannot write .*DLCOURSE_DATA.*data\.load_mnist"):
        data.fetch_mnist()


def test_the_published_hashes_are_used():
    assert [value[4:8] for value in mnist.IDX_FILES.values()] == ["f68b", "d53e", "9fb6", "ec29"]
    assert len({mirror.split("/")[2] for mirror in mnist.MIRRORS}) == 2


def test_load_mnist_is_the_same_split_everywhere():
    train, test = data.load_mnist()
    images, labels = train.tensors
    assert images.shape == (4000, 1, 28, 28)
    assert images.dtype == torch.float32
    assert images.min() == 0
    assert images.max() == 1
    assert (labels.bincount() + test.tensors[1].bincount()).tolist() == [500] * 10
    digest = hashlib.sha256(test.tensors[0].numpy().tobytes()).hexdigest()
    assert digest.startswith("f7e55df9deb9")
    assert not {x.numpy().tobytes() for x in images} & {
        x.numpy().tobytes() for x in test.tensors[0]
    }


@pytest.mark.parametrize("name", data.PHOTOS)
def test_every_photograph_loads_offline(name):
    photo = data.load_photo(name)
    assert photo.dtype == np.float32
    assert 0 <= photo.min() < photo.max() <= 1
    assert photo.ndim == 2 or photo.shape[2] == 3


def test_the_faces_come_first_and_are_not_blank():
    images, is_face = data.load_faces()
    assert images.shape == (200, 25, 25)
    assert images.dtype == np.float32
    assert 0 <= images.min() < images.max() <= 1
    assert is_face.tolist() == [True] * 100 + [False] * 100
    assert images.std(axis=(1, 2))[:100].min() > 0.05


def test_a_checkpoint_that_is_not_there_is_named():
    with pytest.raises(CourseError, match="no checkpoint is called 'nothing'; there are: "):
        data.checkpoint("nothing")


@pytest.mark.parametrize("path", CHECKPOINTS, ids=lambda path: path.stem)
def test_a_checkpoint_is_small_and_as_its_card_says(path):
    content = path.with_suffix(".safetensors").read_bytes()
    card = data.checkpoint_card(path.stem)
    assert len(content) <= 2_000_000
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert (ROOT / card["script"]).is_file()
    assert card["metrics"]
    assert all(weight.isfinite().all() for weight in data.checkpoint(path.stem).values())


def test_all_checkpoints_together_are_small_and_have_a_card_each():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 16_000_000
    assert sorted(path.stem for path in FOLDER.glob("*.safetensors")) == [
        p.stem for p in CHECKPOINTS
    ]


def test_a_photograph_is_resized_without_leaving_its_range():
    photo = data.load_photo("cat", size=(50, 60))
    assert photo.shape == (50, 60, 3)
    assert photo.dtype == np.float32
    assert photo.min() >= 0
    assert photo.max() <= 1


@pytest.mark.parametrize(("load", "known"), [(data.load_photo, "astronaut"), (data.card, "mnist")])
def test_an_unknown_name_is_told_what_there_is(load, known):
    with pytest.raises(CourseError, match=f"'dog'.*{known}"):
        load("dog")


@pytest.mark.parametrize("name", data.CARDS)
def test_a_card_is_complete_and_shows_itself(name):
    card = data.card(name)
    assert all(vars(card).values())
    assert card.licence in card._repr_markdown_()


CALLS = [
    call for card in data.CARDS.values() for call in re.findall(r"data[.\w]+\(\w*\)", card.loads)
]


@pytest.mark.parametrize("call", CALLS)
def test_what_a_card_tells_a_reader_to_call_can_be_called(call, tmp_path, monkeypatch):
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path))
    given = {"n": 2, "name": "coins", "smiles": "CCO", "persons": data.scenes.faces.people(2)}
    if ".fetch_" in call:  # it gets as far as the network, which is closed
        with pytest.raises(CourseError, match="could not download"):
            eval(call, {"data": data}, given)
    else:
        assert eval(call, {"data": data}, given) is not None


def test_every_call_of_the_cards_is_found():
    assert len(CALLS) == sum(card.loads.count("(") for card in data.CARDS.values())
