// Runs a policy. This worker knows nothing of the page, and the page ends it when the policy does not come back.

import init, { Playground, explain_rule } from 'playground-host';

/** Milliseconds between signs of life. */
const BEAT = 100;

let playground;
let beaten = -Infinity;

function beat() {
  const now = performance.now();
  if (now - beaten < BEAT) return;
  beaten = now;
  postMessage({ beat: true });
}

async function load({ host, policy, release }) {
  try {
    await init({ module_or_path: host });
    playground = new Playground(new Uint8Array(policy), release, beat);
    postMessage({ ready: true });
  } catch (error) {
    postMessage({ failed: error.message || String(error) });
  }
}

function broken(error) {
  postMessage({ failed: `this is a bug of the playground: ${error.message || error}` });
}

self.onmessage = ({ data }) => {
  try {
    if (data.host) {
      load(data);
    } else if (data.look) {
      beaten = -Infinity;
      postMessage({ findings: playground.review(data.look.manifests, data.look.settings) });
    } else if (data.go) {
      beaten = -Infinity;
      postMessage({ outcome: playground.outcome() });
    } else if ('explain' in data) {
      postMessage({ explained: explain_rule(data.explain) });
    }
  } catch (error) {
    broken(error);
  }
};
