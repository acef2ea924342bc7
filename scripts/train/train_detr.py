"""Train the DETR of 06_transformer/06_transformers_that_see for a quarter of an hour.

    python scripts/train/train_detr.py --seed 0

It goes through fresh scenes, each seen three times, and holds 500 others back. On a CPU. The last
steps count "no object" fully: the paper's tenth is for 100 queries, and of our 8 it makes some
report an object that another has. `--second` runs these steps alone, from the stored weights.
"""

import argparse
from itertools import count, islice

import checkpoints
import torch
from checkpoints import report

from dlcourse import data, metrics, runtime
from dlcourse import train as training
from dlcourse.data import scenes
from dlcourse.models.vision import detr

SIZE, BATCH, DRAWN, TIMES = 64, 16, 4_000, 3  # pixels, scenes, scenes, how often each is seen
HELD_OUT = 10_000  # a seed; the training's are above it
CLASSES = len(scenes.CLASSES)


def batches(seed: int):
    """Yield images and what is to be found in them, for ever; each scene is seen TIMES times."""
    for first in count(1, TIMES * DRAWN // BATCH):
        drawn = scenes.draw(DRAWN, size=SIZE, seed=HELD_OUT * (seed + 1) + first)
        wanted = detr.targets(drawn.boxes, drawn.labels, SIZE, SIZE)
        for index in torch.cat([torch.randperm(DRAWN) for _ in range(TIMES)]).split(BATCH):
            yield drawn.image[index], wanted[index]


def loss_of(model: detr.DETR, batch: tuple) -> torch.Tensor:
    image, wanted = batch
    return model.loss(model(image), wanted)


def train(model: detr.DETR, steps: int, seed: int, lr: float) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=steps, pct_start=0.15
    )
    stream = islice(batches(seed), steps)
    report(training.steps(model, stream, loss_of, optimizer=optimizer, schedule=schedule, clip=0.1))


def measure(model: detr.DETR) -> dict[str, float]:
    """Return the mAP at two thresholds of IoU, all points, on 500 held-out scenes."""
    held_out = scenes.draw(500, size=SIZE, seed=HELD_OUT)
    truth = [(b[seen >= 0], seen[seen >= 0]) for b, seen in zip(held_out.boxes, held_out.labels)]
    found = [each for part in held_out.image.split(50) for each in model.detect(part)]
    return {
        f"map at {iou}": round(metrics.mean_average_precision(found, truth, CLASSES, iou), 4)
        for iou in (0.5, 0.7)
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--second", action="store_true", help="the last steps alone")
    arguments = parser.parse_args()
    runtime.set_seed(arguments.seed)
    model = detr.DETR(detr.DETRConfig(CLASSES))
    if arguments.second:
        model.load_state_dict(data.checkpoint("detr"))
    else:
        train(model, 4000, arguments.seed, lr=1e-3)
    sure = detr.DETR(detr.DETRConfig(CLASSES, no_object=1.0))
    sure.load_state_dict(model.state_dict())
    model = sure
    train(model, 1200, arguments.seed + 100, lr=4e-4)
    model.half().float()  # as it will be stored
    found = measure(model)
    print(found)
    checkpoints.save(
        "detr",
        model.state_dict(),
        found,
        script="scripts/train/train_detr.py",
        seed=arguments.seed,
    )
