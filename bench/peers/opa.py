"""OPA's engine as a C library, asked by the harness.

The library is named by the first argument; it is loaded and called here, without the package's own
Python. Rules and facts are read once, and the query is prepared by the first call; the inputs are
texts before anything is timed. The first line on standard input has all of it; each line after it
makes one pass over the inputs, and the answer is how many were allowed.
"""

import ctypes
import json
import re
import sys

library = ctypes.CDLL(sys.argv[1])
text, number = ctypes.c_char_p, ctypes.c_int
engine = ctypes.c_uint64
library.OpaNew.restype = engine
for name, arguments in (
    ("OpaAddPolicy", (engine, text, text)),
    ("OpaAddData", (engine, text, text)),
    ("OpaEvalDocument", (engine, text, text, number, number)),
):
    function = getattr(library, name)
    function.argtypes = arguments
    # Not a text: that would be copied, and the pointer lost.
    function.restype = ctypes.c_void_p
library.OpaFreeString.argtypes = (ctypes.c_void_p,)
library.OpaFreeString.restype = None


def call(function, *arguments):
    pointer = function(*arguments)
    answer = ctypes.string_at(pointer)
    library.OpaFreeString(pointer)
    return answer


def built_from():
    """OPA's version, as Go's linker wrote it into the library."""
    with open(sys.argv[1], "rb") as file:
        found = re.search(rb"dep\tgithub\.com/open-policy-agent/opa\tv([0-9.]+)", file.read())
    return found.group(1).decode() if found else "unknown"


def allowed(query, one):
    answer = call(library.OpaEvalDocument, opened, query, one, 0, 0)
    if b'"value":true' in answer:
        return True
    if b'"value":false' in answer:
        return False
    raise SystemExit(f"OPA gives no decision: {answer.decode()}")


opened = library.OpaNew()
first = json.loads(sys.stdin.readline())
for function, name, value in (
    (library.OpaAddPolicy, "rules.rego", first["rules"]),
    (library.OpaAddData, "", json.dumps(first["data"])),
):
    answer = json.loads(call(function, opened, name.encode(), value.encode()))
    if answer.get("error"):
        raise SystemExit(f"OPA cannot read {name or 'the data'}: {answer['error']}")
query = first["query"].encode()
inputs = [json.dumps(one).encode() for one in first["inputs"]]
answers = [allowed(query, one) for one in inputs]
print(json.dumps({"version": built_from(), "answers": answers}), flush=True)
for _ in sys.stdin:
    print(sum(allowed(query, one) for one in inputs), flush=True)
