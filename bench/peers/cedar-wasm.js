// Cedar's interpreter in WebAssembly, asked by the harness: policies and schema are read once, the
// entities go along with each call, as that interface wants it. The first line on standard input has
// all of it; each line after it makes one pass over the requests, and the answer is how many were
// allowed.
const cedar = require(process.argv[2]);
const readline = require('node:readline');

let asked = [];
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (asked.length === 0) {
    const { schema, policies, entities, requests } = JSON.parse(line);
    const read = [cedar.preparseSchema('schema', schema), cedar.preparsePolicySet('policies', { staticPolicies: policies })];
    for (const answer of read) {
      if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
    }
    asked = requests.map((request) => ({
      ...request,
      context: request.context ?? {},
      entities,
      preparsedSchemaName: 'schema',
      validateRequest: false,
      preparsedPolicySetId: 'policies',
    }));
    console.log(JSON.stringify({ version: cedar.getCedarSDKVersion(), answers: asked.map(allowed) }));
    return;
  }
  console.log(asked.filter(allowed).length);
});

function allowed(call) {
  const answer = cedar.statefulIsAuthorized(call);
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
  return answer.response.decision === 'allow';
}
