/* Privet from C: a plan and bodies step by step, then a whole exchange by privet.toml.
 *
 * cc -I include examples/privet.c -L ../target/debug -lprivet -o privet-c
 * privet-c POLICY.wasm FACTS.json RESUME.json privet.toml TOKEN
 */
#include "file.h"

#include <string.h>

/* Says what went wrong, and ends: whoever gets no answer shows nothing. The error by its address,
 * since C may read an argument before the call in the argument before it. */
static void must(privet_status status, privet_error **error, const char *what) {
  if (status != PRIVET_STATUS_OK) {
    fprintf(stderr, "%s: %s\n", what, privet_error_text(*error));
    privet_error_free(*error);
    exit(1);
  }
}

/* A plan, and a body by it, whole and in pieces. */
static void step_by_step(privet_text wasm, privet_text json, privet_text body) {
  privet_error *error = NULL;
  privet_engine *engine;
  privet_policy *policy;
  privet_facts *facts;
  privet_plan *plan;
  privet_text no_digest = {NULL, 0};
  must(privet_engine_new(0, 4, 10000, &engine, &error), &error, "engine");
  must(privet_policy_load(engine, wasm, no_digest, &policy, &error), &error, "policy");
  must(privet_facts_from_json(policy, json, PRIVET_TEXT("detail"), &facts, &error), &error, "facts");
  must(privet_plan_new(facts, &plan, &error), &error, "plan");

  privet_buffer *buffer;
  size_t length;
  must(privet_plan_json(plan, &buffer, &error), &error, "plan as JSON");
  const char *text = privet_buffer_data(buffer, &length);
  printf("gate %d\nplan %.*s\n", privet_plan_gate(plan), (int)length, text);
  privet_buffer_free(buffer);

  /* The pack is swapped; what is broken changes nothing, and the plan is of the one before. */
  privet_status status = privet_policy_reload(policy, PRIVET_TEXT("no guest"), no_digest, &error);
  printf("broken %d: %s\n", status, privet_error_text(error));
  privet_error_free(error);
  must(privet_policy_reload(policy, wasm, no_digest, &error), &error, "reload");
  printf("revision %llu\n", (unsigned long long)privet_policy_revision(policy));

  must(privet_plan_redact(plan, body, &buffer, &error), &error, "body");
  const char *whole = privet_buffer_data(buffer, &length);

  privet_redactor *redactor;
  must(privet_redactor_new(plan, &redactor, &error), &error, "redactor");
  char *joined = malloc(length + 1);
  size_t filled = 0;
  for (size_t at = 0; at <= body.length; at += 100) {
    const char *out;
    size_t out_length, left = body.length - at;
    if (left > 0) {
      privet_text piece = {body.data + at, left < 100 ? left : 100};
      must(privet_redactor_write(redactor, piece, &out, &out_length, &error), &error, "piece");
    } else {
      out_length = 0;
    }
    if (left <= 100) {
      if (out_length > 0 && filled + out_length <= length) memcpy(joined + filled, out, out_length);
      filled += out_length;
      must(privet_redactor_end(redactor, &out, &out_length, &error), &error, "end");
      at = body.length;
    }
    if (filled + out_length <= length) memcpy(joined + filled, out, out_length);
    filled += out_length;
  }
  printf("pieces %s\n", filled == length && memcmp(joined, whole, length) == 0 ? "same" : "other");
  printf("body %.*s\n", (int)length, whole);
  free(joined);
  privet_redactor_free(redactor);
  privet_buffer_free(buffer);

  /* Nothing of a body that is not whole. */
  privet_text half = {body.data, body.length / 2};
  status = privet_plan_redact(plan, half, &buffer, &error);
  printf("half %d %s: %s\n", status, buffer ? "some" : "nothing", privet_error_text(error));
  privet_error_free(error);

  privet_plan_free(plan);
  privet_facts_free(facts);
  privet_policy_free(policy);
  privet_engine_free(engine);
}

/* One request as a gateway has it; `body` is what the service said. */
static void exchange(const privet_gateway *gateway, const char *target, const char *token, privet_text body) {
  privet_error *error = NULL;
  privet_exchange *exchange;
  must(privet_exchange_new(gateway, &exchange, &error), &error, "exchange");
  privet_exchange_header(exchange, "authorization", 13, token, strlen(token));
  privet_exchange_header(exchange, "x-purpose", 9, "recruitment", 11);
  size_t length;
  if (privet_exchange_request(exchange, "GET", 3, target, strlen(target), 0) == PRIVET_NEXT_FORWARD) {
    const char *up = privet_exchange_target(exchange, &length);
    printf("up %.*s\n", (int)length, up);
    privet_exchange_header(exchange, "content-type", 12, "application/json", 16);
    if (privet_exchange_response(exchange, 200, 1) == PRIVET_NEXT_FORWARD) {
      privet_exchange_body(exchange, body.data, body.length);
    }
  }
  const char *answer = privet_exchange_output(exchange, &length);
  printf("answer %d %.*s\n", privet_exchange_status(exchange), (int)length, answer);
  privet_exchange_free(exchange);
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: %s POLICY.wasm FACTS.json RESUME.json privet.toml TOKEN\n", arguments[0]);
    return 2;
  }
  privet_text wasm = file(arguments[1]), facts = file(arguments[2]), body = file(arguments[3]);
  printf("version %s\n", privet_version());
  step_by_step(wasm, facts, body);

  privet_error *error = NULL;
  privet_gateway *gateway;
  privet_text path = {arguments[4], strlen(arguments[4])};
  must(privet_gateway_open(path, &gateway, &error), &error, "gateway");
  exchange(gateway, "/resumes/resume-1", arguments[5], body);
  exchange(gateway, "/resumes/resume-2", arguments[5], body);
  exchange(gateway, "/resumes/resume-1", "Bearer nobody", body);
  must(privet_gateway_reload(gateway, &error), &error, "reload");
  privet_gateway_free(gateway);

  free((void *)wasm.data);
  free((void *)facts.data);
  free((void *)body.data);
  return 0;
}
