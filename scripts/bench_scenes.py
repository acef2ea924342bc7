"""How many scenes of the drawn world are drawn a second, with all their ground truth.

python scripts/bench_scenes.py [threads]
"""

import sys
import time

import torch

from dlcourse.data import scenes


def scenes_a_second(n: int = 2048, size: int = 64, repeats: int = 3) -> float:
    """Return the best of `repeats` measurements, image and all masks and maps included."""
    best = 0.0
    for seed in range(repeats):
        start = time.perf_counter()
        drawn = scenes.draw(n, size, seed)
        drawn.masks, drawn.semantic, drawn.parts, drawn.subparts  # noqa: B018 (computed when asked for)
        best = max(best, n / (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    if len(sys.argv) > 1:
        torch.set_num_threads(int(sys.argv[1]))
    print(f"{scenes_a_second():.0f} scenes of 64x64 a second, {torch.get_num_threads()} threads")
