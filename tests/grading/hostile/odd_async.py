"""Is a coroutine."""


# earns: cosine standardise learn
# says: coroutine
async def shrink(x, t):
    return x
