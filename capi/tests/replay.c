/* Facts by typed calls beside the same facts by JSON: replay POLICY.wasm CALLS
 *
 * CALLS is a row of netstrings (`LENGTH:BYTES,`): a call's name and its arguments, as the function
 * of the builder takes them. `begin VIEW JSON` makes a builder, `build` asks for both plans and
 * prints `same PLAN` or `other`, with both; a refusal counts as an answer.
 */
#include "../examples/file.h"

#include <string.h>

static privet_text calls;
static size_t at;

/* The next netstring. */
static privet_text next(void) {
  char *end;
  size_t length = strtoull(calls.data + at, &end, 10);
  size_t start = (size_t)(end - calls.data) + 1;
  if (*end != ':' || length >= calls.length - start || calls.data[start + length] != ',') {
    fprintf(stderr, "no netstring at %zu\n", at);
    exit(1);
  }
  at = start + length + 1;
  return (privet_text){calls.data + start, length};
}

/* It ends with a comma, so reading a number stops there. */
static int64_t number(void) {
  return strtoll(next().data, NULL, 10);
}

/* What a call said: a plan as JSON, or why there is none. */
static char *answer(privet_status status, privet_error *error, privet_facts *facts) {
  privet_plan *plan = NULL;
  privet_buffer *buffer = NULL;
  char *text = NULL;
  size_t length;
  if (status == PRIVET_STATUS_OK) status = privet_plan_new(facts, &plan, &error);
  if (status == PRIVET_STATUS_OK) status = privet_plan_json(plan, &buffer, &error);
  const char *said = buffer ? privet_buffer_data(buffer, &length) : privet_error_text(error);
  if (!buffer) length = strlen(said);
  text = malloc(length + 16);
  if (!text) exit(1);
  snprintf(text, length + 16, "%d %.*s", status, (int)length, said);
  privet_buffer_free(buffer);
  privet_plan_free(plan);
  privet_facts_free(facts);
  privet_error_free(error);
  return text;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: %s POLICY.wasm CALLS\n", arguments[0]);
    return 2;
  }
  privet_text wasm = file(arguments[1]), json = {NULL, 0}, view = json;
  calls = file(arguments[2]);
  privet_engine *engine;
  privet_policy *policy;
  privet_facts_builder *builder = NULL;
  privet_error *error = NULL;
  if (privet_engine_new(0, 4, 10000, &engine, &error) != PRIVET_STATUS_OK ||
      privet_policy_load(engine, wasm, json, &policy, &error) != PRIVET_STATUS_OK) {
    fprintf(stderr, "%s\n", privet_error_text(error));
    return 1;
  }
  while (at < calls.length) {
    privet_text call = next(), a, b, c, d;
    privet_status status = PRIVET_STATUS_OK;
    /* A call of the builder with a name, and perhaps what `next` gives. */
#define CALL(text) (call.length == sizeof(text) - 1 && memcmp(call.data, text, call.length) == 0)
    if (CALL("begin")) {
      view = next();
      json = next();
      status = privet_facts_builder_new(policy, view, &builder, &error);
    } else if (CALL("build")) {
      privet_facts *facts;
      status = privet_facts_from_json(policy, json, view, &facts, &error);
      char *by_json = answer(status, error, facts);
      status = privet_facts_builder_build(builder, &facts, &error);
      char *typed = answer(status, error, facts);
      builder = NULL;
      error = NULL;
      status = PRIVET_STATUS_OK;
      if (strcmp(by_json, typed) == 0) {
        printf("same %s\n", typed);
      } else {
        printf("other\n  json  %s\n  typed %s\n", by_json, typed);
      }
      free(by_json);
      free(typed);
    } else if (CALL("ask")) {
      a = next(), b = next(), c = next(), d = next();
      status = privet_facts_builder_ask(builder, a, b, c, d, number(), &error);
    } else if (CALL("entity")) {
      a = next(), b = next();
      status = privet_facts_builder_entity(builder, a, b, &error);
    } else if (CALL("parent")) {
      a = next(), b = next();
      status = privet_facts_builder_parent(builder, a, b, &error);
    } else if (CALL("tags")) {
      status = privet_facts_builder_tags(builder, &error);
    } else if (CALL("bool")) {
      a = next();
      status = privet_facts_builder_bool(builder, a, (int)number(), &error);
    } else if (CALL("long")) {
      a = next();
      status = privet_facts_builder_long(builder, a, number(), &error);
    } else if (CALL("text")) {
      a = next(), b = next();
      status = privet_facts_builder_text(builder, a, b, &error);
    } else if (CALL("reference")) {
      a = next(), b = next(), c = next();
      status = privet_facts_builder_reference(builder, a, b, c, &error);
    } else if (CALL("decimal")) {
      a = next(), b = next();
      status = privet_facts_builder_decimal(builder, a, b, &error);
    } else if (CALL("ip")) {
      a = next(), b = next();
      status = privet_facts_builder_ip(builder, a, b, &error);
    } else if (CALL("datetime")) {
      a = next();
      status = privet_facts_builder_datetime(builder, a, number(), &error);
    } else if (CALL("duration")) {
      a = next();
      status = privet_facts_builder_duration(builder, a, number(), &error);
    } else if (CALL("set")) {
      status = privet_facts_builder_set(builder, next(), &error);
    } else if (CALL("record")) {
      status = privet_facts_builder_record(builder, next(), &error);
    } else if (CALL("end")) {
      status = privet_facts_builder_end(builder, &error);
    } else {
      fprintf(stderr, "no call: %.*s\n", (int)call.length, call.data);
      return 1;
    }
    if (status != PRIVET_STATUS_OK) {
      printf("refused %.*s: %d %s\n", (int)call.length, call.data, status, privet_error_text(error));
      privet_error_free(error);
      error = NULL;
    }
  }
  privet_facts_builder_free(builder);
  privet_policy_free(policy);
  privet_engine_free(engine);
  free((void *)wasm.data);
  free((void *)calls.data);
  return 0;
}
