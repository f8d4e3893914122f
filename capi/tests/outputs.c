/* What comes out, where it is wanted or not: outputs privet.toml POLICY.wasm FACTS.json RESUME.json
 *
 * A length that nobody wants changes nothing else: what a request must lose is told all the same.
 * `privet.toml` believes headers, and passes `/plain`.
 */
#include "../examples/file.h"

#include <string.h>

static privet_exchange *asked(const privet_gateway *gateway, const char *target, privet_next next) {
  static const char *headers[][2] = {
      {"x-principal-id", "recruiter-1"}, {"x-principal-type", "Recruiter"},
      {"x-job", "job-1"},                {"x-purpose", "recruitment"},
  };
  privet_exchange *exchange;
  if (privet_exchange_new(gateway, &exchange, NULL) != PRIVET_STATUS_OK) exit(1);
  privet_exchange_peer(exchange, "127.0.0.1", 9);
  for (int i = 0; i < 4; i++) {
    const char *name = headers[i][0], *value = headers[i][1];
    privet_exchange_header(exchange, name, strlen(name), value, strlen(value));
  }
  if (privet_exchange_request(exchange, "GET", 3, target, strlen(target), 0) != next) {
    printf("another answer %d\n", privet_exchange_status(exchange));
  }
  return exchange;
}

/* How many headers are taken out; each has a length, and the same name without one. */
static int removed(const privet_exchange *exchange) {
  const char *name;
  size_t length = 0;
  int place = 0;
  while ((name = privet_exchange_removed_header(exchange, place, NULL)) != NULL) {
    if (privet_exchange_removed_header(exchange, place++, &length) != name || length == 0) {
      printf("another name\n");
    }
  }
  if (privet_exchange_removed_header(exchange, place, &length) != NULL) printf("one more\n");
  return place;
}

/* How many headers are set; each output that is wanted is there, whichever others are. */
static int set(const privet_exchange *exchange) {
  int place = 0;
  for (;; place++) {
    for (int wanted = 0; wanted < 16; wanted++) {
      const char *name = NULL, *value = NULL;
      size_t name_length = 0, value_length = 0;
      bool is_there = privet_exchange_set_header(
          exchange, place, wanted & 1 ? &name : NULL, wanted & 2 ? &name_length : NULL,
          wanted & 4 ? &value : NULL, wanted & 8 ? &value_length : NULL);
      int written = (name != NULL) | (name_length != 0) << 1 | (value != NULL) << 2 | (value_length != 0) << 3;
      if (!is_there) return wanted == 0 && written == 0 ? place : -1;
      if (written != wanted) printf("wanted %d and got %d\n", wanted, written);
    }
  }
}

/* What comes of a piece whose output goes nowhere. */
static privet_status lost(privet_text wasm, privet_text facts, privet_text body) {
  privet_engine *engine;
  privet_policy *policy;
  privet_facts *made;
  privet_plan *plan;
  privet_redactor *redactor;
  privet_text none = {NULL, 0};
  if (privet_engine_new(0, 4, 10000, &engine, NULL) || privet_policy_load(engine, wasm, none, &policy, NULL) ||
      privet_facts_from_json(policy, facts, PRIVET_TEXT("detail"), &made, NULL) ||
      privet_plan_new(made, &plan, NULL) || privet_redactor_new(plan, &redactor, NULL)) {
    exit(1);
  }
  size_t length = 1;
  privet_status status = privet_redactor_write(redactor, body, NULL, &length, NULL);
  if (length != 0) printf("a length of nothing\n");
  privet_redactor_free(redactor);
  privet_plan_free(plan);
  privet_facts_free(made);
  privet_policy_free(policy);
  privet_engine_free(engine);
  return status;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  privet_text wasm = file(arguments[2]), facts = file(arguments[3]), body = file(arguments[4]);
  privet_text config = {arguments[1], strlen(arguments[1])};
  privet_gateway *gateway;
  privet_error *error = NULL;
  if (privet_gateway_open(config, &gateway, &error) != PRIVET_STATUS_OK) {
    fprintf(stderr, "%s\n", privet_error_text(error));
    return 1;
  }

  privet_exchange *exchange = asked(gateway, "/resumes/resume-1", PRIVET_NEXT_FORWARD);
  printf("request %d %d %s\n", removed(exchange), set(exchange),
         privet_exchange_target(exchange, NULL) ? "a target" : "none");
  privet_exchange_header(exchange, "content-type", 12, "application/json", 16);
  int next = privet_exchange_response(exchange, 200, 1);
  printf("response %d %d %d\n", next, removed(exchange), set(exchange) > 0);
  next = privet_exchange_body(exchange, body.data, body.length);
  printf("body %d %s\n", next, privet_exchange_output(exchange, NULL) ? "there" : "none");
  privet_exchange_free(exchange);

  exchange = asked(gateway, "/plain", PRIVET_NEXT_PASS);
  printf("passing request %d %d\n", removed(exchange), set(exchange));
  next = privet_exchange_response(exchange, 201, 1);
  printf("passing response %d %d %d %d\n", next, removed(exchange), set(exchange), privet_exchange_status(exchange));
  privet_exchange_free(exchange);
  privet_gateway_free(gateway);

  printf("lost %d\n", lost(wasm, facts, body));
  free((void *)wasm.data);
  free((void *)facts.data);
  free((void *)body.data);
  return 0;
}
