"""Say the same in other code: choices that tell honest students apart, and disguises of a copy.

Everything works on syntax trees with a `random.Random`. Results parse, but need not run.
"""

import ast
import itertools
import random

WORDS = "a b acc all_of base block buf cur data diff feat first g h idx inner item left m mid n0 "
WORDS += "new now obj out0 part pos prev q r raw res rest right s seen side step t0 temp tmp total "
WORDS += "u val vals w0 what width_ xs y ys z"
DOES = (
    *("as in", "see", "careful:", "shape of", "one for each"),
    *("here comes", "from", "todo:", "now"),
)
WHAT = (
    *("formula (2)", "the hint", "(B, C)", "the rows"),
    *("what is left", "zero", "the mask", "the sum"),
)
REMARKS = [f"{does} {what}" for does in DOES for what in WHAT]
METHODS = "abs clamp cumsum exp flatten log mean prod sigmoid softmax sum".split()  # noqa: SIM905
OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
SIMPLE = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)
SCOPES = (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.FunctionDef)
HABITS = "cast flip float function minus operator positional power reciprocal size swap unsqueeze"


def draw_habits(draw: random.Random) -> dict[str, float]:
    """Return how often a student makes each choice: now and then, or nearly always."""
    habits = {habit: draw.choice((0.05, 0.15, 0.3, 0.8)) for habit in HABITS.split()}
    return {**habits, "number": 0.02}


class Restyle(ast.NodeTransformer):
    """Write expressions as a student with these habits does."""

    def __init__(self, habits: dict[str, float], draw: random.Random):
        self.habits, self.draw = habits, draw

    def likes(self, habit: str) -> bool:
        return self.draw.random() < self.habits.get(habit, 0)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right, kind = node.left, node.right, type(node.op)
        if kind is ast.Pow and isinstance(right, ast.Constant) and right.value == 2:
            if self.likes("power"):
                forms = (_method(left, "square"), _method(left, "pow", right))
                return self.draw.choice((*forms, ast.BinOp(left, ast.Mult(), left)))
        elif kind in (ast.Add, ast.Mult) and self.likes("swap"):
            return ast.BinOp(right, node.op, left)
        elif kind is ast.Sub and self.likes("minus"):
            return ast.BinOp(ast.UnaryOp(ast.USub(), right), ast.Add(), left)
        elif kind is ast.Div and self.likes("reciprocal"):
            return ast.BinOp(left, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Div(), right))
        if kind in OPERATORS and self.likes("operator"):
            return _call("torch", OPERATORS[kind], left, right)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        flipped = FLIPPED.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if flipped and self.likes("flip"):
            return ast.Compare(node.comparators[0], [flipped()], [node.left])
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if self.likes("positional") and all(k.arg in ("dim", "min") for k in node.keywords):
            node.args, node.keywords = node.args + [k.value for k in node.keywords], []
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            of_torch = isinstance(function.value, ast.Name) and function.value.id == "torch"
            if not of_torch and self.likes("function"):
                node = _call("torch", function.attr, function.value, *node.args)
                node.keywords = []
            if self.likes("cast"):
                return _method(node, self.draw.choice(("float", "clone", "contiguous", "detach")))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        of_shape = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        if of_shape and not isinstance(node.slice, ast.Slice) and self.likes("size"):
            return _method(node.value.value, "size", node.slice)
        if ast.unparse(node).endswith("[:, None]") and self.likes("unsqueeze"):
            return _method(node.value, "unsqueeze", ast.Constant(1))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is int and node.value > 1 and self.likes("float"):
            return ast.Constant(float(node.value))
        if type(node.value) is int and node.value > 1 and self.likes("number"):
            return ast.Constant(node.value + self.draw.choice((-1, 1)))  # a slip, or another size
        return node


def _method(value: ast.expr, name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(value, name, ast.Load()), list(arguments), [])


def _call(module: str, name: str, *arguments: ast.expr) -> ast.Call:
    return _method(ast.Name(module, ast.Load()), name, *arguments)


class Replace(ast.NodeTransformer):
    """Put one node, or each load of a name, in the place of another."""

    def __init__(self, old: ast.expr | str, new: ast.expr):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        named = isinstance(node, ast.Name) and node.id == self.old
        return self.new if node is self.old or named else self.generic_visit(node)


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    lists = [getattr(n, f, None) for n in ast.walk(tree) for f in ("body", "orelse")]
    return [each for each in lists if isinstance(each, list) and each]


def _places(tree: ast.AST, kinds: tuple | type) -> list[tuple[list[ast.stmt], int]]:
    return [(b, i) for b in _bodies(tree) for i, s in enumerate(b) if isinstance(s, kinds)]


def _names(nodes: ast.AST | list, context: type) -> set[str]:
    nodes = nodes if isinstance(nodes, list) else [nodes]
    walked = itertools.chain.from_iterable(map(ast.walk, nodes))
    return {n.id for n in walked if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def extract(tree: ast.Module, draw: random.Random) -> None:
    """Give a piece of an expression a name of its own, in the line before."""
    if not (places := _places(tree, SIMPLE)):
        return
    body, at = draw.choice(places)
    pieces, left = [], [getattr(body[at], "value", None)]
    while left:
        node = left.pop()
        if node is None or isinstance(node, SCOPES):
            continue
        left += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr | ast.keyword)]
        if isinstance(node, ast.BinOp | ast.Call | ast.Compare) and node is not body[at].value:
            pieces.append(node)
    if pieces:
        piece, name = draw.choice(pieces), _fresh(tree, draw)
        Replace(piece, ast.Name(name, ast.Load())).visit(body[at])
        body.insert(at, ast.Assign([ast.Name(name, ast.Store())], piece))


def inline(tree: ast.Module, draw: random.Random) -> None:
    """Write an expression where the one use of its name stands."""
    for body, at in draw.sample(places := _places(tree, ast.Assign), len(places)):
        target, rest = body[at].targets[0], body[at + 1 :]
        if isinstance(target, ast.Name) and rest:
            named = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == target.id]
            if len(named) == 2 and target.id in _names(rest[0], ast.Load):
                Replace(target.id, body[at].value).visit(rest[0])
                del body[at]
                return


def unroll(tree: ast.Module, draw: random.Random) -> None:
    """Rewrite `for` as `while`, a comprehension as a loop, a conditional value as `if`."""
    for body, at in reversed(_places(tree, (ast.For, ast.Assign, ast.Return))):
        stmt = body[at]
        value = getattr(stmt, "value", None)
        if isinstance(stmt, ast.For) and not any(
            isinstance(n, ast.Continue) for n in ast.walk(stmt)
        ):
            items, i = _fresh(tree, draw), _fresh(tree, draw)
            body[at : at + 1] = ast.parse(
                f"{items} = list(0)\n{i} = 0\nwhile {i} < len({items}):\n 0"
            ).body
            body[at].value.args = [stmt.iter]
            first = ast.Assign([stmt.target], ast.parse(f"{items}[{i}]").body[0].value)
            body[at + 2].body = [first, *stmt.body, *ast.parse(f"{i} = {i} + 1").body]
        elif isinstance(value, ast.ListComp) and len(value.generators) == 1:
            made, loop = _fresh(tree, draw), value.generators[0]
            add = ast.parse(f"{made}.append(0)").body[0]
            add.value.args = [value.elt]
            inner = [ast.If(test, [add], []) for test in loop.ifs[:1]] or [add]
            stmt.value = ast.Name(made, ast.Load())
            body[at:at] = [
                *ast.parse(f"{made} = []").body,
                ast.For(loop.target, loop.iter, inner, []),
            ]
        elif isinstance(value, ast.IfExp):
            pair = [_with(stmt, v) for v in (value.body, value.orelse)]
            body[at] = ast.If(value.test, [pair[0]], [pair[1]])


def _with(stmt: ast.Assign | ast.Return, value: ast.expr) -> ast.stmt:
    return ast.Return(value) if isinstance(stmt, ast.Return) else ast.Assign(stmt.targets, value)


def split(tree: ast.Module, draw: random.Random) -> None:
    """Move a few statements of a function into a function of their own."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and len(n.body) > 1]
    if not functions:
        return
    function = draw.choice(functions)
    size = draw.randint(1, max(1, len(function.body) - 1))
    start = draw.randint(0, len(function.body) - size)
    moved, after = function.body[start : start + size], function.body[start + size :]
    if any(isinstance(n, ast.Return) for s in moved[:-1] for n in ast.walk(s)):
        return
    known = {a.arg for a in function.args.args} | _names(function.body[:start], ast.Store)
    takes = sorted(_names(moved, ast.Load) & known)
    gives = sorted(_names(moved, ast.Store) & _names(after, ast.Load))
    name, result = _fresh(tree, draw), ", ".join(gives)
    call = f"{name}({', '.join(takes)})"
    helper = ast.parse(f"def {name}({', '.join(takes)}):\n return {result}").body[0]
    last = isinstance(moved[-1], ast.Return)
    helper.body[: -1 if not last else None] = moved
    stands = f"return {call}" if last else f"{result} = {call}" if gives else call
    function.body[start : start + size] = ast.parse(stands).body
    tree.body.insert(draw.choice((0, len(tree.body))), helper)


def reorder(tree: ast.Module, draw: random.Random) -> None:
    """Swap neighbouring statements that do not need each other, functions, and operands."""
    Restyle({"swap": 0.7, "flip": 0.7}, draw).visit(tree)
    for body in _bodies(tree):
        for at in range(len(body) - 1):
            one, two = body[at : at + 2]
            kinds = (ast.Assign, ast.FunctionDef)
            if not (isinstance(one, kinds) and isinstance(two, kinds)):
                continue
            stored = [_names(s, ast.Store) | {getattr(s, "name", "")} for s in (one, two)]
            loaded = [_names(s, ast.Load) for s in (one, two)]
            if not (stored[0] & (stored[1] | loaded[1]) - {""} or stored[1] & loaded[0]):
                body[at : at + 2] = [two, one]


def rename(tree: ast.Module, draw: random.Random, keep: set[str]) -> None:
    """Give every local name another one."""
    bound = _names(tree, ast.Store) | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    defined = ast.FunctionDef | ast.ClassDef
    bound |= {n.name for n in ast.walk(tree) if isinstance(n, defined) and n.name[:2] != "__"}
    methods = {
        f.name
        for c in ast.walk(tree)
        if isinstance(c, ast.ClassDef)
        for f in c.body
        if isinstance(f, ast.FunctionDef)
    }
    old = sorted(bound - keep - methods - {"self", "_"})
    pool = [word for word in WORDS.split() if word not in bound]
    pool += [f"v{i}" for i in range(len(old) - len(pool))]
    new = dict(zip(old, draw.sample(pool, len(old))))
    for node in ast.walk(tree):
        for field in ("id", "arg", "name"):
            if isinstance(node, ast.Name | ast.arg | ast.keyword | defined) and hasattr(
                node, field
            ):
                setattr(node, field, new.get(getattr(node, field), getattr(node, field)))


def decorate(tree: ast.Module, draw: random.Random) -> str:
    """Return the text with comments, blank lines, a docstring and annotations here and there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and draw.random() < 0.4:
            node.body.insert(0, ast.Expr(ast.Constant(draw.choice(REMARKS).capitalize())))
            for argument in node.args.args:
                argument.annotation = ast.Name("object", ast.Load())
    lines = []
    for line in ast.unparse(ast.fix_missing_locations(tree)).splitlines():
        if draw.random() < 0.15:
            lines.append(" " * (len(line) - len(line.lstrip())) + f"# {draw.choice(REMARKS)}")
        lines.append(line + (f"  # {draw.choice(REMARKS)}" if draw.random() < 0.15 else ""))
    return "\n".join(lines)


def _fresh(tree: ast.AST, draw: random.Random) -> str:
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return draw.choice([word for word in WORDS.split() if word not in used] or ["extra"])
