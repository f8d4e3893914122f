import hashlib, json, sys
from joserfc import jws
from joserfc.jwk import KeySet

document = json.load(open(sys.argv[1], encoding="utf-8"))
keys = KeySet.import_key_set(json.load(open(sys.argv[2], encoding="utf-8")))
proof = document["meta"].pop("proof")
claims = json.loads(jws.deserialize_compact(proof, keys, algorithms=["EdDSA"]).payload)
# RFC 8785, for documents without fractions and without names outside the basic plane; the package
# rfc8785 does the rest.
canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
digest = "sha-256:" + hashlib.sha256(canonical.encode()).hexdigest()
if digest != claims["document"]:
    sys.exit("altered")
print("valid:", claims["company"], claims["viewer"], claims["iat"], claims["mark_id"])
