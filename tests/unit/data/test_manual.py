import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from dlcourse import data
from dlcourse.data import download, manual, shakespeare
from dlcourse.runtime import CourseError
from dlcourse.text import wordpieces

TEXT = """Headings
********

   >>> print("A program, and not a sentence that anyone reads.")

* A bullet of the list names *one*
  thing, and "quotes" go. It isn’t the only one [3].

New in version 3.9: The method called "removeprefix" was added.

Changed in version 3.7: await and async are now proper keywords.

   stmt ::= "This grammar looks nearly like a sentence."

| A table | of words is not prose at all. |

too small a letter at the beginning of this one. Too short.

And this one does not end as a sentence

1234 x1 = f(y2) + 3.14 * (7 - z) ** 2 // 5 % 6.
"""


def test_sentences_are_prose_in_one_line():
    assert list(manual.sentences(TEXT)) == [
        "A bullet of the list names one thing, and quotes go.",
        "It isn't the only one.",
        "The method called removeprefix was added.",
    ]


def test_the_manual_is_real_english_and_no_sentence_is_there_twice():
    train, held_out = data.load_manual()
    assert len(train) > 1000
    assert 0.08 < len(held_out) / (len(train) + len(held_out)) < 0.18
    everything = [
        " ".join(re.findall("[a-z]+", sentence.text.lower())) for sentence in train + held_out
    ]
    assert len(set(everything)) == len(everything)
    assert all(5 <= len(sentence.text.split()) <= 45 for sentence in train)
    assert len({sentence.topic for sentence in train}) > 30
    words = " ".join(everything).split()
    assert words.count("the") > 0.04 * len(words)  # as in English
    assert not {'"', "’", "\n"} & set("".join(sentence.text for sentence in train))


def test_the_split_follows_from_words_and_seed_alone():
    found = [manual.Sentence(f"Sentence {'x' * n} is here.", "topic") for n in range(400)]
    _, held_out = manual.split_by_words(found, 0, 0.25)
    assert 0.15 < len(held_out) / 400 < 0.35
    # Other sentences beside it, or other marks, move no sentence to the other side.
    half = manual.split_by_words(found[::2], 0, 0.25)[1]
    assert half == [sentence for sentence in held_out if sentence in found[::2]]
    marked = [manual.Sentence(s.text.upper().replace(" is", ", *is*"), "") for s in held_out]
    assert manual.split_by_words(marked, 0, 0.25)[0] == []
    assert manual.split_by_words(found, 1, 0.25)[1] != held_out
    assert manual.split_by_words(found, 0, 0.0)[1] == []


def test_docstrings_are_split_as_the_manual_is(monkeypatch, tmp_path):
    shared = data.load_manual()[1][0].text
    (tmp_path / "a.py").write_text(
        f'"""{shared}"""\nclass A:\n    """Keep all things that are here."""\n'
    )
    (tmp_path / "bad.py").write_text("not python (")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "b.py").write_text('"""Skip the words of this sentence."""\n')
    monkeypatch.setattr(manual.sysconfig, "get_path", lambda _: str(tmp_path))
    train, held_out = data.load_docstrings()
    assert manual.Sentence(shared, "a") in held_out
    assert [s.text for s in train + held_out if s.text != shared] == [
        "Keep all things that are here."
    ]


# Pieces


def test_pieces_are_the_longest_that_are_known():
    pieces = wordpieces.WordPieces(
        [*wordpieces.SPECIAL, "un", "hash", "##hash", "##able", "hashable", "!"]
    )
    assert pieces.cut("Unhashable hashable!") == ["un", "##hash", "##able", "hashable", "!"]
    assert pieces.cut("unhashed") == ["[UNK]"]  # a word whole or not at all
    table = pieces.encode(["unhashable", "hash [MASK]"])
    assert table.tolist() == [[2, 5, 7, 8, 3], [2, 6, 4, 3, 0]]
    assert [pieces.decode(row) for row in table] == ["unhashable", "hash [MASK]"]
    assert pieces.encode(["hash hash hash"], length=4).tolist() == [[2, 6, 6, 3]]
    assert pieces.encode([]).shape == (0, 0)


@pytest.mark.parametrize(
    "wrong, said", [(["a"], r"\[PAD\]"), ([*wordpieces.SPECIAL, "b", "b"], "'b' is there twice")]
)
def test_a_vocabulary_that_cannot_be(wrong, said):
    with pytest.raises(CourseError, match=said):
        wordpieces.WordPieces(wrong)


@pytest.mark.parametrize("text", ["", "a", "☃", "the class __init__ of 汉字", 3 * "word word "])
def test_a_learned_vocabulary_reads_its_own_text_back(text):
    pieces = wordpieces.learn(["the class of __init__ 汉字 ☃", text], 60)
    assert pieces.decode(pieces.encode([text])[0]) == " ".join(wordpieces.split(text))
    assert pieces.unk not in pieces.encode([text])


def test_frequent_words_and_endings_find_a_place():
    texts = [f"{stem}ation {stem}" for stem in ("loc", "not", "rot", "cit", "vac")] + ["often " * 9]
    pieces = wordpieces.learn(texts, 35)
    assert "often" in pieces.number
    assert "##ation" in pieces.number
    assert len(pieces) == 35
    assert wordpieces.learn(texts, 35).pieces == pieces.pieces
    with pytest.raises(CourseError, match="size: 9 pieces do not hold"):
        wordpieces.learn(texts, 9)


def test_a_vocabulary_travels_as_a_tensor():
    pieces = wordpieces.learn(["naïve 汉字 text"], 50)
    content = pieces.to_tensor()
    assert content.dtype == torch.uint8
    assert wordpieces.WordPieces.from_tensor(content).pieces == pieces.pieces


# Shakespeare

PLAY = b"First Citizen:\nBefore we proceed any further, hear me speak.\n"


class Mirrors(BaseHTTPRequestHandler):
    """Serve PLAY under /right, and something else under other folders."""

    def do_GET(self):
        assert self.path.endswith("/input.txt")
        body = PLAY if self.path.startswith("/right") else b"moved"
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirrors(monkeypatch, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirrors)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path))
    monkeypatch.setattr(download, "TIMEOUT_S", 2)
    base = f"http://127.0.0.1:{server.server_port}"
    yield lambda *kinds: monkeypatch.setattr(shakespeare, "MIRRORS", [f"{base}/{k}" for k in kinds])
    server.shutdown()
    server.server_close()


def test_shakespeare_comes_from_the_first_right_mirror(mirrors, monkeypatch, tmp_path):
    monkeypatch.setattr(shakespeare, "SHA256", "sha256:" + hashlib.sha256(PLAY).hexdigest())
    mirrors("missing", "wrong", "right")
    train, held_out = data.fetch_tinyshakespeare()
    assert (train + held_out).encode() == PLAY
    assert len(train) == len(PLAY) * 9 // 10
    mirrors("missing")  # what is there and right is not asked for again
    assert data.fetch_tinyshakespeare() == (train, held_out)


def test_without_shakespeare_the_manual_is_named(mirrors, tmp_path):
    mirrors("right", "missing")  # "right" has another hash than the one published
    with pytest.raises(CourseError, match=r"could not download.*use data\.load_manual\(\)"):
        data.fetch_tinyshakespeare()
    assert list(tmp_path.iterdir()) == []


def test_the_published_hash_and_two_hosts_are_used():
    assert shakespeare.SHA256.startswith("sha256:86c4e6aa9db7c042")
    assert len({mirror.split("/")[2] for mirror in shakespeare.MIRRORS}) == 2
