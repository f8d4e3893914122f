/* Reloads from several threads while others ask: threads ONE.wasm OTHER.wasm FACTS.json RESUME.json
 * privet.toml other.toml TOKEN TIMES
 *
 * Each answer must be, to the byte, the one of one pack or of the other, of one configuration or of
 * the other. `other.toml` takes the place of `privet.toml` and back again.
 */
#include "../examples/file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { ASKING = 3, RELOADING = 2 };

static const privet_policy *policy;
static const privet_gateway *gateway;
static privet_text guests[2], configs[2], facts, body, token;
static const char *config;
static char *plans[2], *answers[2];
static int times;
static atomic_int asking = 2 * ASKING, reloads[2];

static void must(bool holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "%s\n", what);
    exit(1);
  }
}

static char *copy(const char *text, size_t length, int status) {
  char *made = malloc(length + 8);
  must(made != NULL, "memory");
  snprintf(made, length + 8, "%d %.*s", status, (int)length, text);
  return made;
}

/* A plan, as text. */
static char *planned(void) {
  privet_facts *made;
  privet_plan *plan;
  privet_buffer *json;
  size_t length;
  must(privet_facts_from_json(policy, facts, PRIVET_TEXT("detail"), &made, NULL) == 0, "facts");
  must(privet_plan_new(made, &plan, NULL) == 0, "plan");
  must(privet_plan_json(plan, &json, NULL) == 0, "plan as JSON");
  const char *text = privet_buffer_data(json, &length);
  char *said = copy(text, length, privet_plan_gate(plan));
  privet_buffer_free(json);
  privet_plan_free(plan);
  privet_facts_free(made);
  return said;
}

/* An answer of the gateway's, as status and text. */
static char *answered(void) {
  static const char target[] = "/resumes/resume-1?view=card";
  privet_exchange *exchange;
  size_t length;
  must(privet_exchange_new(gateway, &exchange, NULL) == 0, "exchange");
  privet_exchange_header(exchange, "authorization", 13, token.data, token.length);
  privet_exchange_header(exchange, "x-purpose", 9, "recruitment", 11);
  if (privet_exchange_request(exchange, "GET", 3, target, sizeof target - 1, 0) == PRIVET_NEXT_FORWARD) {
    privet_exchange_header(exchange, "content-type", 12, "application/json", 16);
    if (privet_exchange_response(exchange, 200, 1) == PRIVET_NEXT_FORWARD) {
      privet_exchange_body(exchange, body.data, body.length);
    }
  }
  const char *text = privet_exchange_output(exchange, &length);
  char *said = copy(text, length, privet_exchange_status(exchange));
  privet_exchange_free(exchange);
  return said;
}

static void load_policy(int which) {
  privet_text no_digest = {NULL, 0};
  must(privet_policy_reload(policy, guests[which], no_digest, NULL) == 0, "policy reload");
}

/* In one step, as anybody should whose files are read meanwhile. */
static void load_config(int which, int thread) {
  char name[4096];
  snprintf(name, sizeof name, "%s.%d", config, thread);
  FILE *to = fopen(name, "wb");
  must(to && fwrite(configs[which].data, 1, configs[which].length, to) == configs[which].length, name);
  must(fclose(to) == 0 && rename(name, config) == 0, name);
  must(privet_gateway_reload(gateway, NULL) == 0, "gateway reload");
}

static void *ask(void *of_gateway) {
  int seen[2] = {0, 0};
  char **known = of_gateway ? answers : plans;
  for (int i = 0; i < times || atomic_load(&reloads[of_gateway != NULL]) < 2 * RELOADING; i++) {
    char *said = of_gateway ? answered() : planned();
    bool one = strcmp(said, known[0]) == 0, other = strcmp(said, known[1]) == 0;
    if (!one && !other) fprintf(stderr, "%s\n", said);
    must(one || other, "an answer of neither");
    seen[other]++;
    free(said);
  }
  printf("%s %d %d\n", of_gateway ? "exchanges" : "plans", seen[0], seen[1]);
  atomic_fetch_sub(&asking, 1);
  return NULL;
}

static void *reload(void *number) {
  int thread = (int)(size_t)number, is_gateway = thread / RELOADING;
  for (int which = thread % 2; atomic_load(&asking) > 0; which = !which) {
    if (is_gateway) {
      load_config(which, thread);
    } else {
      load_policy(which);
    }
    atomic_fetch_add(&reloads[is_gateway], 1);
  }
  return NULL;
}

int main(int count, char **arguments) {
  must(count == 9, "usage: threads ONE.wasm OTHER.wasm FACTS RESUME privet.toml other.toml TOKEN TIMES");
  privet_engine *engine;
  privet_policy *live;
  privet_gateway *opened;
  privet_text no_digest = {NULL, 0};
  for (int i = 0; i < 2; i++) guests[i] = file(arguments[1 + i]);
  facts = file(arguments[3]);
  body = file(arguments[4]);
  for (int i = 0; i < 2; i++) configs[i] = file(arguments[5 + i]);
  config = arguments[5];
  token = (privet_text){arguments[7], strlen(arguments[7])};
  times = atoi(arguments[8]);
  must(privet_engine_new(0, 8, 60000, &engine, NULL) == 0, "engine");
  must(privet_policy_load(engine, guests[0], no_digest, &live, NULL) == 0, "policy");
  must(privet_gateway_open((privet_text){config, strlen(config)}, &opened, NULL) == 0, "gateway");
  policy = live;
  gateway = opened;
  for (int i = 0; i < 2; i++) {
    load_policy(i);
    load_config(i, 0);
    plans[i] = planned();
    answers[i] = answered();
  }
  must(strcmp(plans[0], plans[1]) != 0, "one plan of both packs");
  must(strcmp(answers[0], answers[1]) != 0, "one answer of both configurations");
  printf("answer %s\nanswer %s\n", answers[0], answers[1]);

  pthread_t threads[2 * (ASKING + RELOADING)];
  int started = 0;
  for (int i = 0; i < 2 * ASKING; i++) {
    void *of_gateway = i % 2 ? answers : NULL;
    must(pthread_create(&threads[started++], NULL, ask, of_gateway) == 0, "thread");
  }
  for (int i = 0; i < 2 * RELOADING; i++) {
    must(pthread_create(&threads[started++], NULL, reload, (void *)(size_t)i) == 0, "thread");
  }
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  printf("reloads %d %d\n", atomic_load(&reloads[0]), atomic_load(&reloads[1]));

  for (int i = 0; i < 2; i++) {
    free(plans[i]);
    free(answers[i]);
    free((void *)guests[i].data);
    free((void *)configs[i].data);
  }
  free((void *)facts.data);
  free((void *)body.data);
  privet_gateway_free(opened);
  privet_policy_free(live);
  privet_engine_free(engine);
  return 0;
}
