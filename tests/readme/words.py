"""`python -m tests.readme.words`: every sentence that a person may meet, by file and line.

For reading them through from top to bottom. Found in the code: texts of at least two words that are no docstring and no
SQL; what is filled in at run time stands as `{…}`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

BOT = Path(__file__).parent.parent.parent / "bot"
_SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|WITH|PRAGMA|AND|ORDER|WHERE|SET|JOIN|FROM|LEFT)\b"
)


def sentences() -> Iterator[tuple[str, int, str]]:
    """File below `bot/`, line, text."""
    for file in sorted(BOT.rglob("*.py")):
        name = str(file.relative_to(BOT))
        tree = ast.parse(file.read_text(encoding="utf-8"))
        silent = {id(node) for node in _silent(tree)}
        for node in ast.walk(tree):
            if id(node) in silent or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            text = _text(node)
            if len(re.findall(r"[^\W\d_]{2,}", text)) >= 2 and " " in text.strip() and not _SQL.match(text):
                yield name, node.lineno, " ".join(text.split())


def _silent(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, and the parts of an f-string, which are said by the whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)


if __name__ == "__main__":
    for file, line, text in sentences():
        print(f"{file}:{line}: {text}")
