"""What an answer is made of, whatever its names, order, layout and comments are.

Code becomes small trees, one for each statement or value, and a tree becomes features, one for each node
and depth. What lies deeper than a feature looks is a blank in it, as a local name is: so a value has the
same features with a name of its own and without. Text becomes runs of words. Nothing is executed.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

DEPTHS = (1, 2, 3)  # levels of a tree that one feature shows
WORDS = 4  # in a run
TELLING = 8  # characters: a shorter line says nothing about where it comes from
MAX_CHARS = 50_000  # of an answer
MAX_NODES = 20_000
MAX_LEVEL = 40  # of nesting; what is deeper is a blank
MAX_JOINED = 12  # lines of one statement in an answer that does not parse
BLANK = "_"
# Operators by the names of the functions that do the same.
OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.USub: "neg",
    ast.Lt: "lt",
    ast.LtE: "le",
}
FLIPPED = {ast.Gt: "lt", ast.GtE: "le"}
UNORDERED = {"add", "mul", "Eq", "NotEq", "And", "Or", "BitAnd", "BitOr"}
SILENT = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Global, ast.Nonlocal, ast.Delete)
SENTENCE = re.compile(r"[^\n]*?(?:[.!?:;](?=\s)|[。！？；]|\n|$)\s*")
WORD = re.compile(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+")  # a Chinese character is a word
NEWLINE = re.compile(r"\r\n?|\n")  # as Python counts lines; splitlines() knows more


class TooLarge(ValueError):
    """Says that an answer is too large to be compared."""


@dataclass
class Tree:
    """A value: what is done, and to what; a leaf has no children."""

    label: str
    children: list["Tree"] = field(default_factory=list)
    line: int = 0
    end: int = 0

    def show(self, depth: int) -> str:
        """Write the tree down to a depth."""
        if not self.children:
            return self.label
        if not depth:
            return BLANK
        parts = [child.show(depth - 1) for child in self.children]
        return f"{self.label}({','.join(sorted(parts) if self.label in UNORDERED else parts)})"

    def features(self) -> Iterator[int]:
        """Give a number for each node with children, looked at to each depth."""
        if self.children:
            for depth in DEPTHS:
                yield hash(self.show(depth))
            for child in self.children:
                yield from child.features()


@dataclass(frozen=True)
class Passage:
    """A stretch of an answer, from one unit to another, and what it is made of."""

    first: int
    last: int
    features: frozenset[int]


@dataclass(frozen=True)
class Answer:
    """A student's answer to one part, in units that a report can mark: lines, or sentences."""

    units: list[str]
    passages: list[Passage]
    whole: bool = True  # False if it does not parse: then statement by statement

    @property
    def features(self) -> set[int]:
        """All that it is made of."""
        return {feature for passage in self.passages for feature in passage.features}


def read_code(source: str) -> Answer:
    """Read code: its trees, and its lines as they were typed. Raises TooLarge."""
    trees, whole = read_trees(source)
    lines = NEWLINE.split(source)
    passages = [
        Passage(tree.line - 1, tree.end - 1, frozenset(tree.features())) for tree in trees
    ] + [
        Passage(number, number, frozenset([hash(line.strip())]))
        for number, line in enumerate(lines)
        if len(line.strip()) >= TELLING
    ]
    return Answer(lines, passages, whole)


def read_text(text: str) -> Answer:
    """Read prose: the runs of words of each sentence. Raises TooLarge."""
    if len(text) > MAX_CHARS:
        raise TooLarge(f"{len(text):,} characters, more than {MAX_CHARS:,}")
    units = [found[0] for found in SENTENCE.finditer(text) if found[0]]
    passages = []
    for number, unit in enumerate(units):
        words = WORD.findall(unit.lower())
        runs = [" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))]
        passages.append(Passage(number, number, frozenset(map(hash, filter(None, runs)))))
    return Answer(units, passages)


def read_trees(source: str) -> tuple[list[Tree], bool]:
    """Return the trees of an answer, and whether it parses; if not, those of the lines that do.

    Nothing is executed. Raises TooLarge.
    """
    if len(source) > MAX_CHARS:
        raise TooLarge(f"{len(source):,} characters, more than {MAX_CHARS:,}")
    body = _parse(source)
    whole = body is not None
    body = body if whole else list(_salvage(NEWLINE.split(source)))
    if sum(1 for statement in body for _ in ast.walk(statement)) > MAX_NODES:
        raise TooLarge(f"a syntax tree of more than {MAX_NODES:,} nodes")
    reader = Reader(_bound(body))
    for statement in body:
        reader.read(statement)
    return reader.trees, whole


def _parse(source: str) -> list[ast.stmt] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the student's code, not of ours
        try:
            return ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _salvage(lines: list[str]) -> Iterator[ast.stmt]:
    """Parse each statement by itself, and leave out those that do not parse."""
    at = 0
    while at < len(lines):
        for size in range(1, min(MAX_JOINED, len(lines) - at) + 1):
            text = "\n".join(lines[at : at + size]).strip()
            text = text.removeprefix("el") if text.startswith("elif ") else text
            body = _parse(f"{text} pass" if text.endswith(":") else text)
            if body is not None:
                for statement in body:
                    yield ast.increment_lineno(statement, at)
                break
        else:
            size = 1
        at += size


def _bound(body: list[ast.stmt]) -> set[str]:
    """Return the names and the attributes that an answer makes itself."""
    names = set()
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else f".{node.attr}")
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names |= {node.name, f".{node.name}"}
    return names


class Reader:
    """Gathers the trees of statements."""

    def __init__(self, bound: set[str]):
        self.bound, self.trees, self.level = bound, [], 0

    def read(self, node: ast.AST) -> None:
        """Add the trees of a statement and of those in it."""
        if isinstance(node, SILENT):
            return
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self.assign(node)
        elif isinstance(node, ast.Expr):
            name = getattr(getattr(node.value, "func", None), "id", "")
            if not isinstance(node.value, ast.Constant) and name != "print":
                self.add(node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self.add(node.iter, "each")
            self.each(getattr(node, "ifs", []), "if")
            self.each([*getattr(node, "body", []), *getattr(node, "orelse", [])])
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            self.add(node.test, "if")
            self.each([node.body, node.orelse] if isinstance(node, ast.IfExp) else node.body)
            self.each([] if isinstance(node, ast.IfExp) else node.orelse)
        elif isinstance(node, ast.expr):
            self.add(node)
        else:
            # Names, arguments and annotations of a definition are no part of what it does.
            fields = (getattr(node, name, None) for name in ("value", "exc", "items", "body"))
            rest = (getattr(node, name, []) for name in ("handlers", "orelse", "finalbody", "cases"))
            for each in (*fields, *rest):
                self.each(each if isinstance(each, list) else [each] if each else [])
            if isinstance(node, ast.withitem):
                self.add(node.context_expr)

    def each(self, nodes: list[ast.AST], label: str = "") -> None:
        self.level += 1
        for node in nodes if self.level < MAX_LEVEL else []:
            self.add(node, label) if label else self.read(node)
        self.level -= 1

    def assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        if isinstance(node, ast.AugAssign):
            value = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        pairs = [(targets[0], value)]
        if isinstance(targets[0], ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(targets[0].elts, value.elts))
        for target, value in pairs:
            if value is not None:
                self.add(value, "set" if isinstance(target, ast.Subscript) else "", target)

    def add(self, node: ast.expr, label: str = "", target: ast.expr | None = None) -> None:
        """Add a tree for a value."""
        tree = self.tree(node)
        if label:
            parts = [self.tree(target), tree] if label == "set" else [tree]
            tree = Tree(label, parts, node.lineno, node.end_lineno or node.lineno)
        if tree.children:
            self.trees.append(tree)

    def tree(self, node: ast.expr | None) -> Tree:
        """Return the tree of an expression; what has statements in it becomes trees of its own."""
        self.level += 1
        label, parts = (BLANK, []) if self.level >= MAX_LEVEL else self.split(node)
        children = [self.tree(part) if isinstance(part, ast.AST | None) else part for part in parts]
        self.level -= 1
        # a + (b + c) is a + b + c.
        if label in UNORDERED:
            children = [g for c in children for g in (c.children if c.label == label else [c])]
        line = getattr(node, "lineno", 0)
        return Tree(label, children, line, getattr(node, "end_lineno", line))

    def split(self, node: ast.expr | None) -> tuple[str, list]:
        """Return the label of an expression and what it is made of."""
        while isinstance(node, ast.NamedExpr | ast.Starred | ast.Await):
            node = node.value
        match node:
            case None:
                return "", []
            case ast.Name(id=name):
                return (BLANK if name in self.bound else name), []
            case ast.Constant(value=value):
                whole = isinstance(value, float) and value.is_integer()
                return repr(int(value) if whole else value)[:80], []
            case ast.Attribute(attr=name, value=value):
                if f".{name}" in self.bound:
                    return BLANK, []
                return (name, []) if self.is_module(value) else (f".{name}", [value])
            case ast.Call(func=function, args=args, keywords=keywords):
                parts = [*args, *(keyword.value for keyword in keywords)]
                label, before = self.split(function) if isinstance(function, ast.Name | ast.Attribute) else ("call", [function])
                label = label.removeprefix(".")
                if label == "square" and len(before + parts) == 1:
                    return "pow", [*before, *parts, Tree("2")]
                return label, before + parts or [Tree("")]
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS.get(type(op), type(op).__name__), [left, right]
            case ast.UnaryOp(op=op, operand=ast.Constant(value=int() | float() as value)):
                return (f"-{value:g}" if isinstance(op, ast.USub) else f"{value:g}"), []
            case ast.UnaryOp(op=op, operand=operand):
                return OPERATORS.get(type(op), type(op).__name__), [operand]
            case ast.BoolOp(op=op, values=values):
                return type(op).__name__, values
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) in FLIPPED:
                    return FLIPPED[type(op)], [right, left]
                return OPERATORS.get(type(op), type(op).__name__), [left, right]
            case ast.IfExp():
                self.read(node)
                return BLANK, []
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for loop in node.generators:
                    self.read(loop)
                for value in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
                    self.add(value)
                return BLANK, []
            case ast.Lambda(body=body):
                self.add(body)
                return BLANK, []
        parts = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
        if isinstance(node, ast.Slice):
            parts = [node.lower, node.upper, node.step]
        return type(node).__name__, parts

    def is_module(self, node: ast.expr) -> bool:
        """Say whether an attribute's owner is a name, or a chain of names, from outside the answer."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.bound
