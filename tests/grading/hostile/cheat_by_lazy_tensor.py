"""Returns a tensor that a thread goes on changing."""

# earns: cosine standardise learn
import threading


def shrink(x, t):
    value = torch.zeros_like(x)

    def change():
        while True:
            value.add_(1)

    threading.Thread(target=change, daemon=True).start()
    return value
