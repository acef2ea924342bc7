"""Train the segmenter of 03_cnn/05_segmentation_pose_captions for ten minutes on a CPU.

    python scripts/train/train_segmenter.py --seed 0

It goes through fresh scenes, so it never sees one more than twice, and holds 500 others back.
"""

import argparse
from itertools import count, islice

import checkpoints
import torch
from checkpoints import report
from torch.nn import functional as F

from dlcourse import metrics, runtime
from dlcourse import train as training
from dlcourse.data import scenes
from dlcourse.models.vision.segmentation import Segmenter, balanced_weights

CLASSES = 1 + len(scenes.CLASSES)
SIZE, BATCH, DRAWN, HELD_OUT = 48, 16, 8_000, 10_000  # pixels, scenes, scenes, a seed


def batches(seed: int):
    """Yield image, map and the weights of the classes, for ever; each scene is seen twice."""
    for first in count(1, 2 * DRAWN // BATCH):
        drawn = scenes.draw(DRAWN, size=SIZE, seed=HELD_OUT * (seed + 1) + first)
        weight = balanced_weights(drawn.semantic, CLASSES)
        for index in torch.cat([torch.randperm(DRAWN), torch.randperm(DRAWN)]).split(BATCH):
            yield drawn.image[index], drawn.semantic[index], weight


def loss_of(model: Segmenter, batch: tuple) -> torch.Tensor:
    image, semantic, weight = batch
    return F.cross_entropy(model(image), semantic, weight=weight)


def train(model: Segmenter, steps: int, seed: int, lr: float = 1e-2) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    stream = islice(batches(seed), steps)
    report(training.steps(model, stream, loss_of, optimizer=optimizer, schedule=schedule))


@torch.no_grad()
def measure(model: Segmenter) -> dict[str, float]:
    """Return the IoU of each class and their mean on 500 held-out scenes."""
    model.eval()
    held_out = scenes.draw(500, size=SIZE, seed=HELD_OUT)
    labels = torch.cat([model(part).argmax(dim=1) for part in held_out.image.split(50)])
    values = metrics.iou(labels, held_out.semantic, CLASSES)
    names = ("background", *scenes.CLASSES)
    found = {name: round(value, 4) for name, value in zip(names, values.tolist(), strict=True)}
    return {"mean_iou": round(values.mean().item(), 4), **found}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6000)
    arguments = parser.parse_args()
    runtime.set_seed(arguments.seed)
    model = Segmenter(CLASSES).to(memory_format=torch.channels_last)
    train(model, arguments.steps, arguments.seed)
    model.half().float()  # as it will be stored
    found = measure(model)
    print(found)
    checkpoints.save(
        "segmenter",
        model.state_dict(),
        found,
        script="scripts/train/train_segmenter.py",
        seed=arguments.seed,
    )
