"""Text as numbers: a vocabulary of words or characters, and pieces of words."""

from dlcourse.text.vocabulary import BEGIN, END, PAD, SPECIAL, UNKNOWN, Vocabulary, before
from dlcourse.text.wordpieces import WordPieces

__all__ = ["BEGIN", "END", "PAD", "SPECIAL", "UNKNOWN", "Vocabulary", "WordPieces", "before"]
