"""Train the translators of lesson 06_transformer/03_transformer for longer than a lesson may, on a CPU.

Transformer and recurrent net get the same FLOP, the same sentences and batches, and as many seeds.
"""

import argparse

import torch
from checkpoints import save
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from dlcourse import runtime
from dlcourse.data import translation
from dlcourse.models.seq2seq import Seq2Seq
from dlcourse.models.transformer import Transformer, TransformerConfig, smoothed_loss

SIZES = len(translation.CHARACTERS), len(translation.WORDS)
SMALL = TransformerConfig(*SIZES, D=64, layers=2, h=4, F=128, norm="pre", dropout=0.0, tied=False)
MODELS = {  # how to build one, and the peak of its learning rate: the better one of 0.005 and 0.01
    "transformer": (lambda: Transformer(SMALL), 5e-3),
    "recurrent": (lambda: Seq2Seq(*SIZES, D=64), 1e-2),
}


def batches(pairs: translation.Pairs, B: int, seed: int):
    """Yield batches of pairs of about equal length, for ever."""
    draw = torch.Generator().manual_seed(seed)
    length = (pairs.source > 0).sum(dim=1) + (pairs.target > 0).sum(dim=1)
    while True:
        order = (length + torch.rand(len(pairs), generator=draw)).argsort().split(B)
        for i in torch.randperm(len(order), generator=draw):
            yield pairs[order[i]]


def flop(model: torch.nn.Module, pairs: translation.Pairs, B: int, n: int = 16) -> float:
    """Return the mean FLOP of a training step over n batches: of matrix products, forward and back."""
    some = batches(pairs, B, seed=0)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        for _ in range(n):
            batch = next(some)
            smoothed_loss(model(batch.source, batch.target), batch.target).backward()
    model.zero_grad()
    return counter.get_total_flops() / n


def exact(model: torch.nn.Module, pairs: translation.Pairs) -> tuple[float, float]:
    """Return the shares of sentences and of words that are right, each word after the right ones."""
    model.eval()
    with torch.no_grad():
        right = model(pairs.source, pairs.target).argmax(dim=-1) == pairs.target
    model.train()
    words = pairs.target > 0
    return (right | ~words).all(dim=1).float().mean().item(), right[words].float().mean().item()


def learn(
    build, peak: float, pairs, new, *, seed: int, budget: float, B: int = 16
) -> torch.nn.Module:
    """Return a model trained for `budget` FLOP; print its scores at quarters of the way."""
    runtime.set_seed(seed)
    model = build()
    steps = round(budget / flop(model, pairs, B))
    warm = steps // 10
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    source = batches(pairs, B, seed)
    for n in range(1, steps + 1):
        batch = next(source)
        for group in optimizer.param_groups:
            group["lr"] = peak * min(n / warm, (steps - n) / (steps - warm))
        optimizer.zero_grad()
        smoothed_loss(model(batch.source, batch.target), batch.target).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if n % (steps // 4) == 0:
            print(
                type(model).__name__, seed, f"{n} of {steps} steps:", exact(model, new), flush=True
            )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=2.2e11, help="FLOP of each training")
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    pairs = translation.write(30_000, seed=100)
    new = translation.write(500, seed=1, held_out=True)
    metrics, stored = {"FLOP": options.budget}, None
    for name, (build, peak) in MODELS.items():
        for seed in range(options.seeds):
            model = learn(build, peak, pairs, new, seed=seed, budget=options.budget)
            metrics[f"{name} {seed}"] = [round(share, 4) for share in exact(model, new)]
            stored = stored or model  # the Transformer of seed 0
    store(stored, metrics, new)


def store(model: Transformer, metrics: dict, new: translation.Pairs) -> None:
    """Write the checkpoint with its card: the scores of the weights as stored, and the race."""
    model.load_state_dict({key: w.half().float() for key, w in model.state_dict().items()})
    metrics["sentences"], metrics["words"] = (round(share, 4) for share in exact(model, new))
    print(metrics)
    script = "scripts/train_translator.py"
    save("translator", model.state_dict(), metrics, script=script, seed=0)


if __name__ == "__main__":
    main()
