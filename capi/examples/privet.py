"""Privet from Python without a wrapper: ctypes reads the library, and nothing else is there.

python3 privet.py LIBRARY POLICY.wasm RESUME.json FACTS.json...

For each file of facts: the plan by JSON and the plan by typed calls, which must be the same.
"""

import ctypes
import datetime
import json
import pathlib
import re
import sys


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("length", ctypes.c_size_t)]

    def __init__(self, value=""):
        value = value.encode() if isinstance(value, str) else value
        super().__init__(value, len(value))


lib = ctypes.CDLL(sys.argv[1])
lib.privet_version.restype = lib.privet_error_text.restype = ctypes.c_char_p
lib.privet_buffer_data.restype = ctypes.c_void_p


def call(name, *arguments, makes=False):
    """Calls a function with `out` and `error`; an error is an exception."""
    out, error = ctypes.c_void_p(), ctypes.c_void_p()
    more = [ctypes.byref(out)] if makes else []
    status = getattr(lib, "privet_" + name)(*arguments, *more, ctypes.byref(error))
    if status:
        text = lib.privet_error_text(error).decode()
        lib.privet_error_free(error)
        raise RuntimeError(f"{name}: {status}: {text}")
    return out


def free(name, pointer):
    getattr(lib, f"privet_{name}_free")(pointer)


def taken(buffer):
    length = ctypes.c_size_t()
    data = lib.privet_buffer_data(buffer, ctypes.byref(length))
    value = ctypes.string_at(data, length.value)
    free("buffer", buffer)
    return value


def uid(value):
    value = value.get("__entity", value) if isinstance(value, dict) else {}
    return (Text(value["type"]), Text(value["id"])) if value.keys() == {"type", "id"} else None


def milliseconds(text):
    is_time = re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d{4})", text)
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000) if is_time else None


def put(builder, name, value):
    """A value, of a JSON that says the types by itself: numbers, times, uids, arrays, records."""
    if isinstance(value, bool):
        call("facts_builder_bool", builder, Text(name), ctypes.c_int(value))
    elif isinstance(value, int):
        call("facts_builder_long", builder, Text(name), ctypes.c_int64(value))
    elif isinstance(value, str) and milliseconds(value) is not None:
        call("facts_builder_datetime", builder, Text(name), ctypes.c_int64(milliseconds(value)))
    elif isinstance(value, str):
        call("facts_builder_text", builder, Text(name), Text(value))
    elif isinstance(value, list):
        call("facts_builder_set", builder, Text(name))
        for member in value:
            put(builder, "", member)
        call("facts_builder_end", builder)
    elif uid(value):
        call("facts_builder_reference", builder, Text(name), *uid(value))
    else:
        call("facts_builder_record", builder, Text(name))
        for field, inner in value.items():
            put(builder, field, inner)
        call("facts_builder_end", builder)


def typed(policy, facts):
    builder = call("facts_builder_new", policy, Text(facts["view"]), makes=True)
    now = ctypes.c_int64(milliseconds(facts["now"]))
    call("facts_builder_ask", builder, *uid(facts["principal"]), *uid(facts["resource"]), now)
    for name, value in facts["context"].items():
        put(builder, name, value)
    for entity in facts["entities"]:
        call("facts_builder_entity", builder, *uid(entity["uid"]))
        for name, value in entity["attrs"].items():
            put(builder, name, value)
        for parent in entity.get("parents", []):
            call("facts_builder_parent", builder, *uid(parent))
    issued = facts.get("issued", {})
    for kind in ("relay", "industry"):
        for key, value in issued.get(kind, {}).items():
            call("facts_builder_issued", builder, Text(kind), Text(key), Text(value))
    if "region" in issued:
        call("facts_builder_issued", builder, Text("region"), Text(), Text(issued["region"]))
    if "pseudonym" in issued:
        key = bytes.fromhex(issued["pseudonym"]["key"])
        call("facts_builder_issued", builder, Text("pseudonym"), Text(), Text(key))
    for kind, values in facts.get("known", {}).items():
        for value in values:
            call("facts_builder_known", builder, Text(kind), Text(value))
    return call("facts_builder_build", builder, makes=True)


def answer(facts, body):
    """The plan, and the body by it if there is one."""
    plan = call("plan_new", facts, makes=True)
    said = json.loads(taken(call("plan_json", plan, makes=True)))
    if said["gate"] == "open" and "watermark" not in said["obligations"]:
        said["body"] = taken(call("plan_redact", plan, Text(body), makes=True)).decode()
    free("plan", plan)
    free("facts", facts)
    return said


print("version", lib.privet_version().decode())
engine = call("engine_new", ctypes.c_size_t(0), ctypes.c_uint32(4), ctypes.c_uint64(10000), makes=True)
wasm, body = (pathlib.Path(path).read_bytes() for path in sys.argv[2:4])
policy = call("policy_load", engine, Text(wasm), Text(), makes=True)
for path in sys.argv[4:]:
    text = pathlib.Path(path).read_text()
    facts = json.loads(text)
    by_json = call("facts_from_json", policy, Text(text), Text(facts["view"]), makes=True)
    said = answer(by_json, body)
    same = answer(typed(policy, facts), body) == said
    print(pathlib.Path(path).stem, said["gate"], "same" if same else "other")
    print(json.dumps(said, ensure_ascii=False))
try:
    call("facts_from_json", policy, Text("{}"), Text("detail"), makes=True)
except RuntimeError as error:
    print(error)
free("policy", policy)
free("engine", engine)
