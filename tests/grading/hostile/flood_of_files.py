"""Writes files wherever it can for three seconds."""

# earns: all
import time

end = time.monotonic() + 2
for folder in ("/tmp", "/dev/shm", "."):
    number = 0
    try:
        while time.monotonic() < end and number < 20_000:
            with open(f"{folder}/f{number}", "wb") as file:
                file.write(bytes(100_000))
            number += 1
    except OSError:
        pass


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
