/* One fact of each type by typed calls, and the same from JSON: the plans must be the same.
 *
 * privet build pack --output types.wasm
 * cc -I include examples/facts.c -L ../target/debug -lprivet -o facts-c
 * facts-c types.wasm pack/viewers/all.json
 */
#include "file.h"

#include <string.h>

static privet_facts_builder *builder;
static privet_error *error;

/* Goes on after a call that succeeded. Without this nothing is built either: a builder that was told
 * wrongly refuses. */
static void must(privet_status status) {
  if (status != PRIVET_STATUS_OK) {
    fprintf(stderr, "%s\n", privet_error_text(error));
    privet_error_free(error);
    exit(1);
  }
}

#define T PRIVET_TEXT
/* An element of a set has no name. */
#define ELEMENT T("")
#define BOOL(name, value) must(privet_facts_builder_bool(builder, name, value, &error))
#define LONG(name, value) must(privet_facts_builder_long(builder, name, value, &error))
#define TEXT(name, value) must(privet_facts_builder_text(builder, name, T(value), &error))
#define REFERENCE(name, type, id) must(privet_facts_builder_reference(builder, name, T(type), T(id), &error))
#define DECIMAL(name, value) must(privet_facts_builder_decimal(builder, name, T(value), &error))
#define IP(name, value) must(privet_facts_builder_ip(builder, name, T(value), &error))
#define DATETIME(name, value) must(privet_facts_builder_datetime(builder, name, value, &error))
#define DURATION(name, value) must(privet_facts_builder_duration(builder, name, value, &error))
#define SET(name) must(privet_facts_builder_set(builder, name, &error))
#define RECORD(name) must(privet_facts_builder_record(builder, name, &error))
#define END must(privet_facts_builder_end(builder, &error))
#define ENTITY(type, id) must(privet_facts_builder_entity(builder, T(type), T(id), &error))
#define PARENT(type, id) must(privet_facts_builder_parent(builder, T(type), T(id), &error))
#define TAGS must(privet_facts_builder_tags(builder, &error))

static const int64_t now = 1619604180000; /* 2021-04-28T10:03:00Z */

static privet_facts *typed(const privet_policy *policy) {
  must(privet_facts_builder_new(policy, T("detail"), &builder, &error));
  must(privet_facts_builder_ask(builder, T("Viewer"), T("viewer-1"), T("Resume"), T("resume-1"), now, &error));
  /* Before the first entity: the context. */
  DECIMAL(T("budget"), "-0.5");
  SET(T("entities"));
  REFERENCE(ELEMENT, "Viewer", "viewer-1");
  REFERENCE(ELEMENT, "Viewer", "boss");
  END;
  IP(T("ip"), "::1");
  DURATION(T("patience"), 90 * 1000);
  RECORD(T("place"));
  TEXT(T("city"), "Beijing");
  LONG(T("zip"), 100000);
  SET(T("flags"));
  END;
  END;
  DATETIME(T("since"), 1619568000000);

  ENTITY("Viewer", "viewer-1");
  PARENT("Group", "team");
  BOOL(T("active"), true);
  RECORD(T("address"));
  TEXT(T("city"), "Beijing");
  SET(T("flags"));
  TEXT(ELEMENT, "home");
  TEXT(ELEMENT, "quiet");
  END;
  END;
  DECIMAL(T("balance"), "1.25");
  DATETIME(T("joined"), now);
  LONG(T("level"), 7);
  REFERENCE(T("manager"), "Viewer", "boss");
  TEXT(T("name"), "张三");
  SET(T("nested"));
  SET(ELEMENT);
  LONG(ELEMENT, 1);
  LONG(ELEMENT, 2);
  END;
  SET(ELEMENT);
  END;
  END;
  IP(T("network"), "10.1.0.0/16");
  SET(T("numbers"));
  for (int64_t number = 1; number <= 3; number++) LONG(ELEMENT, number);
  END;
  DURATION(T("quota"), 90 * 60 * 1000);
  SET(T("records"));
  RECORD(ELEMENT);
  LONG(T("a"), 1);
  BOOL(T("b"), false);
  END;
  RECORD(ELEMENT);
  LONG(T("a"), 2);
  BOOL(T("b"), true);
  END;
  END;
  TAGS;
  SET(T("rôle"));
  TEXT(ELEMENT, "a");
  TEXT(ELEMENT, "b");
  END;

  ENTITY("Group", "team");
  PARENT("Group", "all");
  ENTITY("Resume", "resume-1");

  privet_facts *facts;
  must(privet_facts_builder_build(builder, &facts, &error));
  return facts;
}

/* The plan of some facts, as JSON. */
static privet_buffer *asked(privet_facts *facts) {
  privet_plan *plan;
  privet_buffer *json;
  must(privet_plan_new(facts, &plan, &error));
  must(privet_plan_json(plan, &json, &error));
  privet_plan_free(plan);
  privet_facts_free(facts);
  return json;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: %s POLICY.wasm FACTS.json\n", arguments[0]);
    return 2;
  }
  privet_text wasm = file(arguments[1]), json = file(arguments[2]), no_digest = {NULL, 0};
  privet_engine *engine;
  privet_policy *policy;
  privet_facts *facts;
  must(privet_engine_new(0, 4, 10000, &engine, &error));
  must(privet_policy_load(engine, wasm, no_digest, &policy, &error));
  must(privet_facts_from_json(policy, json, T("detail"), &facts, &error));

  size_t one_length, other_length;
  privet_buffer *one = asked(typed(policy)), *other = asked(facts);
  const char *one_text = privet_buffer_data(one, &one_length);
  const char *other_text = privet_buffer_data(other, &other_length);
  bool same = one_length == other_length && memcmp(one_text, other_text, one_length) == 0;
  printf("%s %.*s\n", same ? "same" : "other", (int)one_length, one_text);

  privet_buffer_free(one);
  privet_buffer_free(other);
  privet_policy_free(policy);
  privet_engine_free(engine);
  free((void *)wasm.data);
  free((void *)json.data);
  return same ? 0 : 1;
}
