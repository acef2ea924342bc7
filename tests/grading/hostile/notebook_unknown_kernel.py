"""Names a kernel that does not exist."""


# earns: all
def damage(nb):
    nb.metadata.kernelspec = {"name": "julia", "display_name": "Julia", "language": "julia"}
    nb.metadata.language_info = {"name": "julia"}
    return nb
