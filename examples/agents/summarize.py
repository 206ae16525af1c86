"""Summarises a text: python3 summarize.py FILE (or text on stdin).

A program that knows nothing of AIOS. Under care it is `aios run -- python3 examples/agents/summarize.py FILE`:
retried, timed, its output and exit code handed back.
"""

import re
import sys
from collections import Counter


def summarise(text: str) -> str:
    words = re.findall(r"[^\W\d_]{4,}", text.lower())
    sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]
    frequent = Counter(words)
    best = max(sentences, key=lambda s: sum(frequent[w] for w in re.findall(r"[^\W\d_]{4,}", s.lower())), default="")
    common = ", ".join(word for word, _ in frequent.most_common(5))
    return f"{len(text.splitlines())} lines, {len(words)} words\nmost used: {common}\nin short: {best}"


def main() -> int:
    if len(sys.argv) > 2:
        print("usage: summarize.py [FILE]", file=sys.stderr)
        return 2
    try:
        if len(sys.argv) == 2:
            with open(sys.argv[1], encoding="utf-8") as file:
                text = file.read()
        else:
            text = sys.stdin.read()
    except OSError as failure:
        print(f"cannot read {sys.argv[1]}: {failure.strerror}", file=sys.stderr)
        return 1
    print(summarise(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
