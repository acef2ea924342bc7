"""Hands in an empty file."""


# earns: none
# looks: yes
def damage(nb):
    return b""
