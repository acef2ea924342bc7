"""Hands in text that is no JSON."""


# earns: none
# looks: yes
def damage(nb):
    return b"this is my homework"
