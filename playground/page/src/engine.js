// The policy, in a worker. One that does not come back is ended with its worker, and another one is started.

/** One evaluation's time in milliseconds: policy-server's default. */
const DEADLINE = 2000;

/** The host, compiled once for all workers, and the policy of the release. */
const host = WebAssembly.compileStreaming(fetch(HOST));
const release = fetch(POLICY).then((answer) => {
  if (!answer.ok) throw new Error(`${POLICY} cannot be loaded: ${answer.status}`);
  return answer.arrayBuffer();
});

/** Asks a policy about the page, always about what it looks like last. */
export class Engine {
  /**
   * `told` hears what comes: `findings(answer)` and `outcome(answer)` of a look, `ready(name)` and `refused(name, why,
   * began)` of a policy, `stopped()` where one was ended while it was asked.
   */
  constructor(told) {
    this.told = told;
    this.number = 0;
    this.choose(null);
  }

  /** Takes another policy: a name and bytes; null is the one of the release. */
  choose(policy) {
    this.policy = policy;
    this.start();
  }

  /** Looks at the page; what was wanted before and is not begun yet is dropped. */
  look(manifests, settings) {
    this.last = { number: ++this.number, manifests, settings };
    this.waiting = this.last;
    this.next();
  }

  /** The page about a rule, as Markdown; undefined where there is none. */
  explain(rule) {
    if (!this.ready) return Promise.resolve();
    return new Promise((resolve) => {
      this.explained = resolve;
      this.worker.postMessage({ explain: rule });
    });
  }

  start() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.ready = false;
    this.busy = null;
    this.worker = new Worker(WORKER, { type: 'module', name: 'policy' });
    const worker = this.worker;
    worker.onmessage = ({ data }) => worker === this.worker && this.hear(data);
    worker.onerror = (event) => worker === this.worker && this.fail(event.message ?? 'the worker does not start');
    const policy = this.policy;
    Promise.all([host, policy?.bytes ?? release]).then(
      ([module, bytes]) => worker.postMessage({ host: module, policy: bytes, release: !policy }),
      (error) => worker === this.worker && this.fail(error.message),
    );
  }

  next() {
    if (!this.ready || this.busy || !this.waiting) return;
    this.busy = this.waiting;
    this.waiting = null;
    this.wind();
    this.worker.postMessage({ look: this.busy });
  }

  /** Begins to wait for an evaluation. */
  wind() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), DEADLINE);
  }

  hear(message) {
    if (message.beat) return this.wind();
    if ('explained' in message) return this.explained?.(message.explained);
    clearTimeout(this.timer);
    if (message.ready) {
      this.ready = true;
      this.told.ready(this.policy?.name ?? null);
    } else if (message.failed) {
      return this.fail(message.failed);
    } else if (message.findings) {
      this.told.findings(JSON.parse(message.findings));
      // What comes later is not worth waiting for when somebody typed on.
      this.worker.postMessage({ go: !this.waiting });
      if (!this.waiting) return this.wind();
      this.busy = null;
    } else if (message.outcome) {
      this.busy = null;
      this.told.outcome(JSON.parse(message.outcome));
    }
    this.next();
  }

  /** The policy does not come back. */
  stop() {
    if (!this.ready) return this.fail(`the policy was stopped after ${DEADLINE / 1000} seconds`);
    this.start();
    this.told.stopped(DEADLINE / 1000);
  }

  /** The policy cannot be run; the one of the release can. Where that one broke, it is started anew. */
  fail(why) {
    const [name, began] = [this.policy?.name ?? null, this.ready];
    clearTimeout(this.timer);
    if (this.policy) this.choose(null);
    else if (began) this.start();
    this.told.refused(name, why, began);
  }
}
