"""Train the translators of 06_transformer/03_transformer for longer than a lesson may, on a CPU.

Transformer and recurrent net get the same FLOP, the same sentences and batches, as many layers, the
same width, and as many seeds.
"""

import argparse
from itertools import islice

import torch
from checkpoints import save
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from dlcourse import runtime, train
from dlcourse.data import translation
from dlcourse.models.rnn.seq2seq import Seq2Seq
from dlcourse.models.transformer.transformer import Transformer, TransformerConfig, smoothed_loss

SIZES = len(translation.CHARACTERS), len(translation.WORDS)


def transformer(D: int) -> Transformer:
    """Return a Transformer of width D with one block each side: as deep as its rival."""
    sizes = {"D": D, "layers": 1, "h": 4, "F": 2 * D}
    return Transformer(TransformerConfig(*SIZES, **sizes, norm="pre", dropout=0.0, tied=False))


BUILD = {"transformer": transformer, "recurrent": lambda D: Seq2Seq(*SIZES, D=D)}
PEAKS = {  # of the learning rate, for each width: at 64 the best of 0.005, 0.01 and 0.02 for each
    64: {"transformer": 5e-3, "recurrent": 1e-2},
    32: {"transformer": 1e-2, "recurrent": 1e-2},
}


def batches(pairs: translation.Pairs, B: int, seed: int):
    """Yield batches of pairs of about equal length, for ever."""
    draw = torch.Generator().manual_seed(seed)
    length = (pairs.source > 0).sum(dim=1) + (pairs.target > 0).sum(dim=1)
    while True:
        order = (length + torch.rand(len(pairs), generator=draw)).argsort().split(B)
        for i in torch.randperm(len(order), generator=draw):
            yield pairs[order[i]]


def loss_of(model: torch.nn.Module, batch: translation.Pairs) -> torch.Tensor:
    return smoothed_loss(model(batch.source, batch.target), batch.target)


def flop(model: torch.nn.Module, pairs: translation.Pairs, B: int, n: int = 16) -> float:
    """Return the mean FLOP of a training step over n batches: of products, forward and back."""
    some = batches(pairs, B, seed=0)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        for _ in range(n):
            loss_of(model, next(some)).backward()
    model.zero_grad()
    return counter.get_total_flops() / n


def exact(model: torch.nn.Module, pairs: translation.Pairs) -> tuple[float, float]:
    """Return the shares of sentences and words that are right, each word after the right ones."""
    model.eval()
    with torch.no_grad():
        right = model(pairs.source, pairs.target).argmax(dim=-1) == pairs.target
    model.train()
    words = pairs.target > 0
    sentences = (right | ~words).all(dim=1).float().mean().item()
    return round(sentences, 4), round(right[words].float().mean().item(), 4)


def learn(
    model: torch.nn.Module, peak: float, pairs, new, *, seed: int, budget: float, B: int = 8
) -> list[tuple[float, float, float]]:
    """Train for `budget` FLOP; return GFLOP, shares of sentences and words at eighths of it."""
    cost = flop(model, pairs, B)
    steps = round(budget / cost)
    warm, curve = steps // 10, []
    optimizer = torch.optim.Adam(model.parameters(), lr=peak, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min((n + 1) / warm, (steps - n - 1) / (steps - warm))
    )
    losses = train.steps(
        model,
        islice(batches(pairs, B, seed), steps),
        loss_of,
        optimizer=optimizer,
        schedule=schedule,
        clip=1.0,
    )
    eighths = {round(steps * part / 8) for part in range(1, 9)}
    for n, _ in enumerate(losses, start=1):
        if n in eighths:
            curve.append((round(n * cost / 1e9, 1), *exact(model, new)))
            print(type(model).__name__, seed, f"{n} of {steps} steps:", curve[-1], flush=True)
    return curve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=2.2e11, help="FLOP of each training")
    parser.add_argument(
        "--narrow", type=float, default=2.5e10, help="FLOP of each at half the width"
    )
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    pairs = translation.write(30_000, seed=100)
    new, same = translation.write(500, seed=1, held_out=True), translation.write(500, seed=2)
    metrics, stored = {"FLOP": options.budget, "narrow FLOP": options.narrow}, None
    for D, budget in ((64, options.budget), (32, options.narrow)):
        for name, peak in PEAKS[D].items():
            for seed in range(options.seeds):
                runtime.set_seed(seed)
                model = BUILD[name](D)
                key = f"{name} {D} {seed}"
                metrics[f"{key} curve"] = learn(model, peak, pairs, new, seed=seed, budget=budget)
                metrics[key] = [
                    *exact(model, new),
                    *exact(model, same),
                ]  # same: pairs as in training
                stored = stored or model  # the Transformer of seed 0
    store(stored, metrics, new)


def store(model: Transformer, metrics: dict, new: translation.Pairs) -> None:
    """Write the checkpoint with its card: the scores of the weights as stored, and the race."""
    model.load_state_dict({key: w.half().float() for key, w in model.state_dict().items()})
    metrics["sentences"], metrics["words"] = exact(model, new)
    print(metrics)
    script = "scripts/train/train_translator.py"
    save("translator", model.state_dict(), metrics, script=script, seed=0)


if __name__ == "__main__":
    main()
