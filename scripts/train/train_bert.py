"""Pre-train the BERT of 06_transformer/04_bert for longer than a lesson has: 13 minutes on a CPU.

    python scripts/train/train_bert.py --seed 0

It reads the manual and the library's docstrings of the Python it runs on, without the sentences
that `data.load_manual` holds out, and stores its vocabulary beside the weights.
"""

import argparse
import platform
import time
from itertools import takewhile

import checkpoints
import torch
from checkpoints import report
from torch.nn import functional as F

from dlcourse import data, runtime
from dlcourse import train as training
from dlcourse.models.transformer import bert
from dlcourse.models.transformer.transformer import sinusoids
from dlcourse.text import wordpieces

SIZES = {"D": 128, "layers": 2, "h": 4, "F": 512, "longest": 64, "initial": 0.06}
VOCABULARY, BATCH, LENGTH, SHARE = 2000, 32, 48, 0.2


def corpus() -> tuple[list[str], list[str]]:
    """Return the sentences to train on, the manual's and the library's, and the held-out ones."""
    manual, held_out = data.load_manual()
    docstrings, _ = data.load_docstrings()
    texts = dict.fromkeys(sentence.text for sentence in manual + docstrings)
    return list(texts), [sentence.text for sentence in held_out]


def build(vocabulary: int) -> bert.BertForMaskedLM:
    """Build the model; its table of positions begins with waves, and is learned on from there."""
    model = bert.BertForMaskedLM(bert.BertConfig(vocabulary=vocabulary, **SIZES))
    table = model.bert.positions.weight
    table.data = 2**0.5 * SIZES["initial"] * sinusoids(*table.shape)
    return model


def batches(words: torch.Tensor, pad: int):
    """Yield batches for ever, of sentences of about one length, without their common padding."""
    while True:
        for pool in torch.randperm(len(words)).split(BATCH * 16):
            pool = pool[(words[pool] != pad).sum(dim=1).argsort()]
            parts = [part for part in pool.split(BATCH) if len(part) == BATCH]
            for index in torch.randperm(len(parts)).tolist():
                batch = words[parts[index]]  # (B, LENGTH)
                yield batch[:, : (batch != pad).sum(dim=1).max()]


def train(
    model, words, pieces, seconds: float, lr: float = 1.2e-3, steps: int | None = None
) -> int:
    """Train for `steps`, or for what fits into `seconds`; return the steps."""
    start = time.perf_counter()

    def done(step: int) -> float:
        return step / steps if steps else (time.perf_counter() - start) / seconds

    def rate(step: int) -> float:
        return min(done(step) / 0.06, max(0, 1 - done(step)) / 0.94)  # up, then down

    def loss_of(model, x: torch.Tensor) -> torch.Tensor:
        hidden, at = bert.hide(
            x, x > pieces.mask, mask=pieces.mask, vocabulary=len(pieces), share=SHARE
        )
        return F.cross_entropy(model(hidden, x != pieces.pad, at=at), x[at])

    stream = takewhile(lambda pair: done(pair[0]) < 1, enumerate(batches(words, pieces.pad)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    return report(
        training.steps(
            model,
            (x for _, x in stream),
            loss_of,
            optimizer=optimizer,
            schedule=schedule,
            clip=1.0,
        )
    )


@torch.no_grad()
def measure(guess, texts: list[str], pieces) -> dict[str, float]:
    """Return the loss where every seventh position is hidden, by turns, and a share of whole words.

    The share is of those guessed. `guess(words, mask, at)` returns logits (N, V) of the N positions
    where `at` (B, T) is True.
    """
    x = pieces.encode(texts, LENGTH)
    mask = x != pieces.pad
    place = torch.arange(x.shape[1]) + torch.arange(len(x))[:, None]
    whole = torch.tensor([piece[0].isalpha() and len(piece) > 1 for piece in pieces.pieces])
    losses, ranks = [], []
    for turn in range(7):
        at = (x > pieces.mask) & (place % 7 == turn)
        logits = guess(x.masked_fill(at, pieces.mask), mask, at)  # (N, V)
        losses.append(F.cross_entropy(logits, x[at], reduction="none"))
        rank = (logits > logits.gather(1, x[at][:, None])).sum(dim=1)
        ranks.append(rank[whole[x[at]]])
    rank = torch.cat(ranks)
    found = {"loss": torch.cat(losses).mean().item()}
    found |= {f"top{k}": (rank < k).float().mean().item() for k in (1, 5)}
    return {name: round(value, 4) for name, value in found.items()}


def masked(model):
    """Return the model as `measure` wants it."""
    return lambda words, mask, at: model.eval()(words, mask, at=at)


def counted(words: torch.Tensor, V: int, kind: str):
    """Return a guess by counts of `words`.

    It is of the word, of it after its left neighbour, or of both sides: P(w | left) P(w | right) /
    P(w), as if the two sides knew nothing of each other.
    """
    p = torch.bincount(words.flatten(), minlength=V).float()
    p[:5] = 0
    p = (p + 0.1) / (p + 0.1).sum()
    pairs = torch.zeros(V, V)
    pairs.index_put_((words[:, :-1], words[:, 1:]), torch.tensor(1.0), accumulate=True)
    after, before = (
        ((c + 3 * p) / (c.sum(dim=1, keepdim=True) + 3)).log() for c in (pairs, pairs.T)
    )

    def guess(x, mask, at):
        left, right = after[x.roll(1, 1)[at]], before[x.roll(-1, 1)[at]]  # (N, V)
        if kind == "left":
            return left
        return left + right - p.log() if kind == "both" else p.log().expand_as(left)

    return guess


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=800)
    arguments = parser.parse_args()
    texts, held_out = corpus()
    pieces = wordpieces.learn(texts + 3 * [s.text for s in data.load_manual()[0]], VOCABULARY)
    words = pieces.encode(texts, LENGTH)
    print(f"{len(texts):,} sentences, {(words != pieces.pad).sum():,} pieces", flush=True)
    counts = {}
    for kind in ("none", "left", "both"):
        scores = measure(counted(words, len(pieces), kind), held_out, pieces)
        counts |= {f"{kind}_{name}": value for name, value in scores.items()}
    print(counts, flush=True)
    runtime.set_seed(arguments.seed)
    model = build(len(pieces))
    steps = train(model, words, pieces, arguments.seconds)
    model.half().float()  # as it will be stored
    found = measure(masked(model), held_out, pieces) | counts | {"steps": steps}
    print(found)
    checkpoints.save(
        "bert",
        model.state_dict() | {"vocabulary": pieces.to_tensor()},
        found | {"python": platform.python_version()},
        script="scripts/train/train_bert.py",
        seed=arguments.seed,
    )
