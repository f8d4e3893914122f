/* Faults in this very process: faults GOOD.wasm TRAPPING.wasm ENDLESS.wasm FACTS.json LARGE.json
 * BUNDLE DIGEST privet.toml TOKEN RESUME.json OLDER.wasm
 *
 * Whatever a guest, a bundle or facts do, the process lives and the answer is a denial; what is good
 * answers again. The facts LARGE do not fit into the mebibyte that guests have. The pack of
 * `privet.toml` traps.
 */
#include "../examples/file.h"

#include <string.h>

static privet_engine *engine;

/* What comes of a guest and facts: a status, and a plan's gate if there is one. */
static void planned(const char *name, privet_text guest, privet_text digest, privet_text facts) {
  privet_error *error = NULL;
  privet_policy *policy;
  privet_facts *made = NULL;
  privet_plan *plan = NULL;
  privet_status status = privet_policy_load(engine, guest, digest, &policy, &error);
  if (status == PRIVET_STATUS_OK) {
    status = privet_facts_from_json(policy, facts, PRIVET_TEXT("detail"), &made, &error);
  }
  if (status == PRIVET_STATUS_OK) status = privet_plan_new(made, &plan, &error);
  printf("%s %d %s\n", name, status, plan ? "a plan" : privet_error_text(error));
  if (!plan && privet_plan_gate(plan) == PRIVET_GATE_OPEN) printf("open without a plan\n");
  privet_plan_free(plan);
  privet_facts_free(made);
  privet_policy_free(policy);
  privet_error_free(error);
}

/* What is live after another was to take its place. */
static void replaced(const char *name, privet_text live, privet_text other) {
  privet_error *error = NULL;
  privet_policy *policy = NULL;
  privet_text none = {NULL, 0};
  privet_policy_load(engine, live, none, &policy, NULL);
  privet_status status = privet_policy_reload(policy, other, none, &error);
  printf("%s %d %llu %s\n", name, status, (unsigned long long)privet_policy_revision(policy),
         privet_error_text(error));
  privet_policy_free(policy);
  privet_error_free(error);
}

/* A gateway whose guest traps; a body after the denial, as no gateway should send it. */
static void exchanged(const privet_gateway *gateway, const char *token, privet_text body) {
  static const char target[] = "/resumes/resume-1";
  privet_exchange *exchange;
  privet_exchange_new(gateway, &exchange, NULL);
  privet_exchange_header(exchange, "authorization", 13, token, strlen(token));
  privet_exchange_header(exchange, "x-purpose", 9, "recruitment", 11);
  int first = privet_exchange_request(exchange, "GET", 3, target, sizeof target - 1, 0);
  int status = privet_exchange_status(exchange);
  privet_exchange_header(exchange, "content-type", 12, "application/json", 16);
  int then = privet_exchange_response(exchange, 200, 1);
  int last = privet_exchange_body(exchange, body.data, body.length);
  size_t length;
  const char *text = privet_exchange_output(exchange, &length);
  printf("exchange %d %d %d %d %.*s\n", first, status, then, last, (int)length, text);
  privet_exchange_free(exchange);
}

int main(int count, char **arguments) {
  if (count != 12) return 2;
  privet_text files[6], none = {NULL, 0};
  for (int i = 0; i < 6; i++) files[i] = file(arguments[1 + i]);
  privet_text facts = files[3], digest = {arguments[7], strlen(arguments[7])};
  privet_text zeros = PRIVET_TEXT("0000000000000000000000000000000000000000000000000000000000000000");
  privet_text half = {files[5].data, files[5].length / 2};
  if (privet_engine_new(1 << 20, 4, 1000, &engine, NULL) != PRIVET_STATUS_OK) return 1;
  for (int round = 0; round < 2; round++) {
    planned("good", files[0], none, facts);
    planned("trap", files[1], none, facts);
    planned("endless", files[2], none, facts);
    planned("memory", files[0], none, files[4]);
    planned("broken", (privet_text){files[0].data, files[0].length / 2}, none, facts);
    planned("bundle", files[5], digest, facts);
    planned("forged", files[5], zeros, facts);
    planned("half", half, digest, facts);
    planned("unpinned", files[5], none, facts);
  }
  privet_text older = file(arguments[11]);
  replaced("older", files[0], older);
  replaced("newer", older, files[0]);
  replaced("damaged", files[0], half);
  privet_engine_free(engine);

  privet_gateway *gateway;
  privet_error *error = NULL;
  privet_text config = {arguments[8], strlen(arguments[8])}, body = file(arguments[10]);
  if (privet_gateway_open(config, &gateway, &error) != PRIVET_STATUS_OK) {
    fprintf(stderr, "%s\n", privet_error_text(error));
    return 1;
  }
  exchanged(gateway, arguments[9], body);
  privet_gateway_free(gateway);
  for (int i = 0; i < 6; i++) free((void *)files[i].data);
  free((void *)body.data);
  free((void *)older.data);
  return 0;
}
