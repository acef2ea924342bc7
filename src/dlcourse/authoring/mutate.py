"""Change the solutions by machine, one place at a time, and tell which changes no check notices.

A change after which the answer still does what is asked cannot be noticed. It is written down with
its reason in `equal.toml` beside the part's wrong answers: 'line → changed line' = "reason". Every
other change must be rejected: where one is not, the check needs an input that tells it apart.
"""

import argparse
import ast
import difflib
import multiprocessing
import resource
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from dlcourse.authoring import answers

EQUAL = "equal.toml"
CPU_SECONDS = 5  # for one changed answer: some loop for ever
MEMORY = 8 << 30  # bytes of address space
TRAINED = 8  # changes tried of an answer that is trained, which takes seconds each
MODULES = "torch", "F", "nn", "math"
OPERATORS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Pow: [ast.Mult], ast.Mod: [ast.FloorDiv],
    ast.Mult: [ast.Div], ast.Div: [ast.Mult, ast.FloorDiv], ast.FloorDiv: [ast.Div],
    ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd, ast.BitXor],
    ast.And: [ast.Or], ast.Or: [ast.And],
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Eq: [ast.NotEq],
    ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE], ast.NotEq: [ast.Eq],
}  # fmt: skip
COMMUTE = ast.Add, ast.Mult, ast.BitAnd, ast.BitOr
NAMES = {
    **{"min": "max", "minimum": "maximum", "argmax": "argmin", "any": "all", "sum": "mean"},
    **{"mean": "sum", "prod": "sum", "floor": "ceil", "int": "round", "log2": "log", "cos": "sin"},
    **{"exp": "expm1", "sigmoid": "tanh", "elu": "relu", "gelu": "relu", "cummax": "cummin"},
    **{"zeros_like": "ones_like", "ones_like": "zeros_like", "ones": "zeros", "max": "min"},
    **{"maximum": "minimum", "argmin": "argmax", "all": "any", "softmax": "log_softmax"},
    **{"MaxPool2d": "AvgPool2d", "ReLU": "Tanh", "inf": "pi"},
}


@dataclass
class Sweep:
    """What became of the changed answers to a part."""

    changed: int
    survivors: list[str]  # those that got points, as `line → changed line`
    ended: int  # by the limit of time or memory


def mutants(source: str) -> dict[str, str]:
    """Return {`line → changed line`: changed cell} for each change that is still Python."""
    tree = ast.parse(source)
    before, found = ast.unparse(tree), {}
    for node in ast.walk(tree):  # Python shares one object among all equal operators
        match node:
            case ast.Compare():
                node.ops = [type(operator)() for operator in node.ops]
            case ast.BinOp() | ast.AugAssign():
                node.op = type(node.op)()
            case ast.BoolOp():
                node.op = type(node.op)()
    for node in list(ast.walk(tree)):
        for other in _changes(node):
            changed = ast.unparse(_Exchange(node, other).visit(tree))
            _Exchange(other, node).visit(tree)
            if changed != before and changed not in found.values() and _compiles(changed):
                label = _label(before, changed)
                found[f"{label} (again)" if label in found else label] = changed
    return found


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Give what could stand in a node's place: slips of the pen, small misconceptions."""
    for other in OPERATORS.get(type(node), ()):
        yield other()
    match node:
        case ast.BinOp(left, operator, right):
            yield from (left, right)
            if not isinstance(operator, COMMUTE):
                yield ast.BinOp(right, operator, left)
            if isinstance(operator, ast.FloorDiv):  # towards zero, and up
                yield _written("int(({}) / ({}))", left, right)
                yield _written("-(-({}) // ({}))", left, right)
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.BoolOp(operator, values):
            for left_out in values:
                yield ast.BoolOp(operator, [v for v in values if v is not left_out])
        case ast.IfExp(test, body, orelse):
            yield from (body, orelse, ast.IfExp(test, orelse, body))
        case ast.If(test, body, orelse):
            yield ast.If(_written("not ({})", test), body, orelse)
            yield ast.Pass()
        case ast.Assign() | ast.AugAssign() | ast.Return() | ast.Expr() | ast.For() | ast.While():
            yield ast.Pass()
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Name(name, ast.Load()) if name in NAMES:
            yield ast.Name(NAMES[name])
        case ast.Attribute(value, name) if name in NAMES:
            yield ast.Attribute(value, NAMES[name])
        case ast.keyword("min" | "max" as name, value):
            yield ast.keyword({"min": "max", "max": "min"}[name], value)
        case ast.Tuple(items, context):
            yield from (ast.Tuple(swapped, context) for swapped in _swaps(items))
        case ast.Call(function, positional, keywords):
            yield from (ast.Call(function, swapped, keywords) for swapped in _swaps(positional))
            for left_out in keywords:
                yield ast.Call(function, positional, [k for k in keywords if k is not left_out])
            match function:  # what the call works on, in its place
                case ast.Attribute(value, name) if getattr(value, "id", "") not in MODULES:
                    yield value
                    if name == "long":
                        yield _written("({}).round().long()", value)
                case _ if positional:
                    yield positional[0]


def _written(text: str, *parts: ast.expr) -> ast.expr:
    return ast.parse(text.format(*map(ast.unparse, parts)), mode="eval").body


def _swaps(items: list) -> Iterator[list]:
    for i in range(len(items) - 1):
        yield [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


def _compiles(source: str) -> bool:
    try:
        compile(source, "", "exec")
    except SyntaxError:
        return False
    return True


def _label(before: str, after: str) -> str:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    texts = ("; ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return " → ".join(texts)


def sweep(part: answers.SolvedPart) -> Sweep:
    """Mark all changed answers to a part, in a process that is begun anew where one ends it."""
    found = list(mutants(part.answer).items())
    learns = any(operation == "learn" for operation, _, _ in answers.asked(part))
    if learns:
        found = found[:: -(-len(found) // TRAINED)]
    seconds = CPU_SECONDS * (20 if learns else 1)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dlcourse.checks", "nbformat"])
    result, tried = Sweep(len(found), [], 0), 0
    while tried < len(found):
        mine, theirs = context.Pipe()
        left = [source for _, source in found[tried:]]
        process = context.Process(target=_mark, args=(theirs, part, left, seconds))
        process.start()
        theirs.close()
        assert mine.recv() == "ready"
        try:
            for _ in left:
                result.survivors += [found[tried][0]] * mine.recv()
                tried += 1
        except EOFError:
            result.ended, tried = result.ended + 1, tried + 1
        process.join()
    return result


def _mark(connection, part: answers.SolvedPart, sources: list[str], seconds: int) -> None:
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send("ready")
    for source in sources:
        limit = int(time.process_time()) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        connection.send(answers.mark.__wrapped__(part, source).points > 0)


def equals(part: answers.SolvedPart) -> dict[str, str]:
    """Return {`line → changed line`: reason} of the changes that make no difference."""
    path = answers.WRITTEN / part.assignment / part.name / EQUAL
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("assignments", nargs="*", default=answers.assignments())
    wrong = 0
    for name in parser.parse_args().assignments:
        for part in answers.parts(name).values():
            done, known = sweep(part), equals(part)
            print(
                f"{name}/{part.name}: of {done.changed} changed answers "
                f"{len(done.survivors)} pass, {len(known)} are written down as equal, "
                f"{done.ended} hit a limit"
            )
            for label in sorted(known.keys() ^ set(done.survivors)):
                fault = "no longer passes, or is not made" if label in known else "passes"
                print(f"    {fault}: {label}")
                wrong += 1
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
