"""Train the ViT of 06_transformer/06_transformers_that_see for some minutes on a CPU.

    python scripts/train/train_vit.py --seed 0

It sees the 4,000 digits that are always there, each time moved by up to three pixels either way: it
must learn what a CNN has built in. Patches are of 4x4 pixels, so that there are 7x7 of them.
"""

import argparse
from itertools import chain

import checkpoints
import torch
from checkpoints import report
from torch.nn import functional as F

from dlcourse import data, runtime
from dlcourse import train as training
from dlcourse.models.transformer.vit import ViT, ViTConfig

CONFIG = ViTConfig(size=28, patch=4, channels=1, D=48, layers=3, h=4, F=96, classes=10)
BATCH, MOST = 64, 3  # digits, pixels


def move(images: torch.Tensor) -> torch.Tensor:
    """Move each picture (B, 1, 28, 28) by its own whole number of pixels, up to MOST, each way."""
    wide = F.pad(images, (MOST,) * 4)
    by = torch.randint(0, 2 * MOST + 1, (len(images), 2)).tolist()
    return torch.stack([x[:, r : r + 28, c : c + 28] for x, (r, c) in zip(wide, by, strict=True)])


def train(model: ViT, epochs: int, lr: float = 3e-3) -> None:
    images, labels = data.load_mnist()[0].tensors
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.05)
    steps = epochs * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    order = (torch.randperm(len(images)).split(BATCH) for _ in range(epochs))
    report(
        training.steps(
            model,
            chain.from_iterable(order),
            lambda model, index: F.cross_entropy(model(move(images[index])), labels[index]),
            optimizer=optimizer,
            schedule=schedule,
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=18)
    arguments = parser.parse_args()
    runtime.set_seed(arguments.seed)
    model = ViT(CONFIG)
    train(model, arguments.epochs)
    model.half().float()  # as it will be stored
    found = {"accuracy": round(training.evaluate(model, data.load_mnist()[1])[1], 4)}
    print(found)
    checkpoints.save(
        "vit", model.state_dict(), found, script="scripts/train/train_vit.py", seed=arguments.seed
    )
