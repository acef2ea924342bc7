"""Writes into the folders of graded work, results and ledger."""

# earns: cosine standardise learn
import os

for step in ("autograded", "results", "ledger/torch4", "repaired", "feedback", "report"):
    folder = f"@COURSE@/grading/{step}"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/HOSTILE", "w") as file:
            file.write("x")
    except OSError as error:
        print(error)


def shrink(x, t):
    return torch.zeros_like(x)
