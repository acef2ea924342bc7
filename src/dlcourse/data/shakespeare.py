"""Forty thousand lines of Shakespeare, the text on which small language models are compared."""

from dlcourse.data.download import fetch

NAME = "input.txt"
SHA256 = "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
MIRRORS = [
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare",
    "https://cdn.jsdelivr.net/gh/karpathy/char-rnn@master/data/tinyshakespeare",
]


def fetch_tinyshakespeare() -> tuple[str, str]:
    """Return the text in two parts: the first nine tenths to train on, the last tenth held out.

    Downloads 1.1 MB once into `runtime.data_home()` and checks its sha256. Raises CourseError,
    naming `load_manual`, when there is no network or no folder to write to. Card:
    `data.card("tinyshakespeare")`.
    """
    path = fetch(NAME, SHA256, MIRRORS, instead="data.load_manual()")
    text = path.read_text(encoding="utf-8")
    cut = len(text) * 9 // 10
    return text[:cut], text[cut:]
