"""What code does, whatever its names, order, layout and comments are; nothing is executed.

Code becomes small trees, one for each statement or value, and a tree becomes features, one for each
node and depth. What lies deeper than a feature looks is a blank in it, as a local name is: so a
value has the same features with a name of its own and without.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

DEPTHS = (1, 2, 3)  # levels of a tree that one feature shows
MAX_CHARS = 50_000  # of an answer
MAX_NODES = 20_000
MAX_LEVEL = 40  # of nesting; what is deeper is a blank
MAX_JOINED = 12  # lines of one statement in an answer that does not parse
BLANK = "_"
NEWLINE = re.compile(r"\r\n?|\n")  # as Python counts lines; splitlines() knows more
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
# Expressions that have others in them as statements do: a comprehension is a loop.
NESTING = ast.IfExp | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp | ast.Lambda
# Fields that stand for what a statement does, and fields that do nothing.
HEADS = {"test": "if", "ifs": "if", "iter": "each"}
IDLE = {"args", "bases", "decorator_list", "keywords", "optional_vars", "pattern", "returns"}
IDLE |= {"target", "type", "type_params"}


class TooLarge(ValueError):
    """Says that an answer is too large to be compared."""


@dataclass
class Tree:
    """A value: what is done, and to what; a leaf has no children. Lines count from 1."""

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


def read(source: str) -> tuple[list[Tree], bool]:
    """Return the trees of an answer, and whether it parses; if not, those of the lines that do.

    Raises TooLarge.
    """
    if len(source) > MAX_CHARS:
        raise TooLarge(f"{len(source):,} characters, more than {MAX_CHARS:,}")
    body = _parse(source)
    whole = body is not None
    body = body if whole else list(_salvage(NEWLINE.split(source)))
    nodes = [node for statement in body for node in ast.walk(statement)]
    if len(nodes) > MAX_NODES:
        raise TooLarge(f"a syntax tree of more than {MAX_NODES:,} nodes")
    reader = Reader(_find_own_names(nodes))
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
        for size in range(1, MAX_JOINED + 1):
            text = "\n".join(lines[at : at + size]).strip()
            text = text.removeprefix("el") if text.startswith("elif ") else text
            body = _parse(f"{text} pass" if text.endswith(":") else text)
            if body is not None:
                yield from (ast.increment_lineno(statement, at) for statement in body)
                break
        at += 1 if body is None else size


def _find_own_names(nodes: list[ast.AST]) -> set[str]:
    """Return the names, and with a dot the attributes, that an answer makes itself."""
    names = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(f".{name}")
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                names |= {name, f".{name}"}
    return names


class Reader:
    """Gathers the trees of statements."""

    def __init__(self, own: set[str]):
        self.own, self.trees, self.level = own, [], 0

    def read(self, node: ast.AST) -> None:
        """Add the trees of a statement, or of whatever else has values in it."""
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self.assign(node)
        elif isinstance(node, ast.expr) and not isinstance(node, NESTING):
            self.add(node)
        elif not isinstance(node, SILENT) and not _is_print(node) and self.level < MAX_LEVEL:
            self.level += 1
            for name, value in ast.iter_fields(node):
                for part in value if isinstance(value, list) else [value]:
                    if name in HEADS:
                        self.add(part, HEADS[name])
                    elif isinstance(part, ast.AST) and name not in IDLE:
                        self.read(part)
            self.level -= 1

    def assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        """Add what is assigned; to which name says nothing, to which place does."""
        target, value = node.targets[0] if isinstance(node, ast.Assign) else node.target, node.value
        if isinstance(node, ast.AugAssign) and value:
            value = ast.copy_location(ast.BinOp(target, node.op, value), node)
        pairs = [(target, value)] if value else []
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts)
        for target, value in pairs:
            if isinstance(target, ast.Subscript):
                self.add(value, "set", target)
            else:
                self.add(value)

    def add(self, node: ast.expr, label: str = "", *before: ast.expr) -> None:
        """Add the tree of a value, or of what is done with it."""
        tree = self.tree(node)
        if label:
            tree = Tree(label, [*map(self.tree, before), tree], node.lineno, node.end_lineno or 0)
        if tree.children:
            self.trees.append(tree)

    def tree(self, node: ast.expr | Tree | None) -> Tree:
        """Return the tree of an expression; NESTING becomes trees of its own and is a blank."""
        if isinstance(node, Tree):
            return node
        self.level += 1
        label, parts = self.part(node) if self.level < MAX_LEVEL else (BLANK, [])
        children = [self.tree(part) for part in parts]
        self.level -= 1
        if label in UNORDERED:  # a + (b + c) is a + b + c
            children = [g for c in children for g in (c.children if c.label == label else [c])]
        return Tree(label, children, getattr(node, "lineno", 0), getattr(node, "end_lineno", 0))

    def part(self, node: ast.expr | None) -> tuple[str, list]:
        """Return the label of an expression and what it is made of."""
        while isinstance(node, ast.NamedExpr | ast.Starred | ast.Await):
            node = node.value
        match node:
            case None:
                return "", []
            case ast.Name(id=name):
                return (BLANK if name in self.own else name), []
            case ast.Constant(value=value):
                return repr(
                    int(value) if isinstance(value, float) and value.is_integer() else value
                )[:80], []
            case ast.Attribute(attr=name) if f".{name}" in self.own:
                return BLANK, []
            case ast.Attribute(attr=name, value=value):
                return (name, []) if self.is_module(value) else (f".{name}", [value])
            case ast.Call(func=function, args=args, keywords=keywords):
                # x.f(y), torch.f(x, y) and torch.f(x, k=y) are the same.
                named = isinstance(function, ast.Name | ast.Attribute)
                label, before = self.part(function) if named else ("call", [function])
                parts = [*before, *args, *(keyword.value for keyword in keywords)]
                if label.endswith("square") and len(parts) == 1:
                    return "pow", [*parts, Tree("2")]
                return label.removeprefix("."), parts or [Tree("")]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return f"-{value:g}", []
            case ast.UnaryOp(op=op, operand=operand):
                return _name(op), [operand]
            case ast.BinOp(left=left, op=op, right=right):
                return _name(op), [left, right]
            case ast.BoolOp(op=op, values=values):
                return _name(op), values
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                flipped = FLIPPED.get(type(op))
                return (flipped, [right, left]) if flipped else (_name(op), [left, right])
            case ast.Slice(lower=lower, upper=upper, step=step):
                return "slice", [lower, upper, step]
        if isinstance(node, NESTING):
            self.read(node)
            return BLANK, []
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return type(node).__name__, parts

    def is_module(self, node: ast.expr) -> bool:
        """Say if an attribute's owner is a name, or a chain of names, from outside the answer."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.own


def _name(operator: ast.AST) -> str:
    return OPERATORS.get(type(operator), type(operator).__name__)


def _is_print(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and getattr(getattr(node.value, "func", None), "id", "") == "print"
    )
