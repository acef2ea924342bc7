"""Asks the kernel to shut down."""

# earns: cosine standardise learn
get_ipython().ask_exit()
exit()
