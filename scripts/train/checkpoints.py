"""Write a checkpoint and its card into the package: for the scripts train_*.py."""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import save as to_bytes

FOLDER = Path(__file__).resolve().parents[2] / "src" / "dlcourse" / "checkpoints"
LIMIT = 2_000_000  # bytes, design section 2


def report(losses: Iterable[float], every: int = 200) -> int:
    """Take all steps, print mean loss and time now and then; return how many there were."""
    start, recent, step = time.perf_counter(), [], 0
    for step, loss in enumerate(losses, start=1):
        recent.append(loss)
        if step % every == 0:
            seconds = time.perf_counter() - start
            print(f"step {step}: {sum(recent) / every:.3f}, {seconds:.0f} s", flush=True)
            recent.clear()
    return step


def save(name: str, state_dict: dict, metrics: dict, *, script: str, seed: int) -> Path:
    """Write `<name>.safetensors` (weights as float16) and `<name>.json`.

    `metrics` are those of the weights as stored, so measure after rounding: `w.half().float()`.
    Raises ValueError above 2 MB.
    """
    weights = {
        key: w.detach().cpu().to(torch.float16 if w.is_floating_point() else w.dtype).contiguous()
        for key, w in state_dict.items()
    }
    content = to_bytes(weights)
    if len(content) > LIMIT:
        raise ValueError(f"{name} has {len(content):,} bytes, more than {LIMIT:,}")
    card = {"script": script, "seed": seed, "metrics": metrics}
    card["sha256"] = hashlib.sha256(content).hexdigest()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.safetensors").write_bytes(content)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return path
