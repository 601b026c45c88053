// The page: what is typed on the left goes to the policy, and what it says stands on the right.

import examples from 'playground-examples';
import schema from 'playground-schema';
import { completion } from './completion.js';
import { byId, h } from './dom.js';
import { editor } from './editor.js';
import { Engine } from './engine.js';
import * as link from './link.js';
import { prose } from './prose.js';
import { theme } from './theme.js';
import * as views from './views.js';

/** Milliseconds without a keystroke, after which the address is brought up to date. */
const PAUSE = 400;

const state = { answer: null, outcome: null, dark: false, example: null, number: 0 };

// --- The editors ---------------------------------------------------------------------------------------------------------

let quiet = false;

function changed() {
  if (quiet) return;
  state.example = null;
  byId('example').value = '';
  look();
  remember();
}

const manifests = editor(byId('manifests'), { label: 'Manifests, YAML', hint: 'A Deployment, a Pod, whatever kubectl apply takes', changed, leave: () => byId('verdict').focus() });
const settings = editor(byId('settings'), {
  label: 'Settings of the policy, YAML',
  hint: 'for example, mode: validate',
  changed,
  leave: () => byId('verdict').focus(),
  extensions: completion(schema, () => !engine.policy),
});
const result = editor(byId('result'), { label: 'The manifests as they should be, YAML', readOnly: true });

function put(text, ofPolicy) {
  quiet = true;
  manifests.text = text;
  settings.text = ofPolicy;
  quiet = false;
  look();
}

// --- The policy ----------------------------------------------------------------------------------------------------------

const engine = new Engine({
  ready(name) {
    byId('policy').classList.toggle('foreign', name !== null);
    byId('policy-name').textContent = name ?? 'policy.wasm';
    byId('policy').setAttribute('aria-label', name ? `Policy: ${name}. Choose another` : 'Policy: policy.wasm of the release. Choose another');
    byId('settings-hint').textContent = name ? `Of ${name}` : 'The defaults, where this is empty';
  },
  refused(name, why, began) {
    if (name) toast(`${name}: ${why}`, true);
    else views.verdict('refused', began ? 'This could not be looked at' : 'The policy does not start', why);
    if (name) look();
  },
  stopped(seconds) {
    views.verdict('refused', `The policy was stopped after ${seconds} seconds`, 'It did not come back from these manifests. Change them, and it is asked again.');
    state.answer = { findings: [], settings: [], counts: {} };
    views.changes('', 'The policy was stopped.');
    manifests.mark([]);
    byId('findings').replaceChildren(h('li', { class: 'empty' }, 'The policy was stopped before it said anything.'));
    byId('count').hidden = true;
  },
  findings(answer) {
    state.answer = answer;
    views.judge(answer);
    views.findings(answer, { go, fix: (finding) => manifests.edit(finding.fix), explain });
    performance.mark('verdict');
    manifests.mark(answer.findings);
    settings.mark(answer.settings.map((complaint) => ({ ...complaint, severity: 'error' })));
  },
  outcome(outcome) {
    state.outcome = outcome;
    const invalid = state.answer?.settings.length > 0;
    const why = invalid ? 'The settings are not valid.' : outcome.problem;
    views.changes(outcome.diff, why);
    const none = byId('result-none');
    none.hidden = outcome.manifests !== undefined && outcome.manifests !== null;
    byId('result').hidden = !none.hidden;
    none.textContent = why || 'Nothing is rendered while something is refused.';
    result.text = outcome.manifests ?? '';
    views.picture(outcome.picture, outcome.words, outcome.notes, state.dark);
    tools();
    document.documentElement.dataset.shown = ++state.number;
  },
});

function look() {
  performance.mark('typed');
  engine.look(manifests.text, settings.text);
}

function go(place, inSettings = false) {
  (inSettings ? settings : manifests).select(place.from, place.to);
}

async function explain(rule) {
  const page = await engine.explain(rule);
  if (!page) return;
  byId('rule-title').textContent = rule;
  byId('rule-text').replaceChildren(...prose(page));
  byId('rule-dialog').showModal();
  byId('rule-text').scrollTop = 0;
}

// --- Tabs ----------------------------------------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role=tab]')];

function show(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute('aria-selected', String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    byId(other.getAttribute('aria-controls')).hidden = !chosen;
  }
  result.view.requestMeasure();
  tools();
}

for (const [at, tab] of tabs.entries()) {
  tab.addEventListener('click', () => show(tab));
  tab.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = step ? tabs[(at + step + tabs.length) % tabs.length] : { Home: tabs[0], End: tabs.at(-1) }[event.key];
    if (!to) return;
    event.preventDefault();
    show(to);
    to.focus();
  });
}

/** What copying and downloading gives in each tab: a name, a type and a text. */
function shown() {
  const chosen = tabs.find((tab) => tab.getAttribute('aria-selected') === 'true').id;
  const { answer, outcome } = state;
  if (chosen === 'tab-findings') return answer && ['findings.json', 'application/json', `${JSON.stringify(answer.findings, null, 2)}\n`];
  if (!outcome) return null;
  if (chosen === 'tab-changes') return outcome.diff && ['waitwarden.diff', 'text/x-diff', outcome.diff];
  if (chosen === 'tab-result') return outcome.manifests && ['manifests.yaml', 'application/yaml', outcome.manifests];
  return outcome.picture && ['graph.svg', 'image/svg+xml', outcome.picture];
}

function tools() {
  const there = Boolean(shown());
  byId('copy').disabled = !there;
  byId('download').disabled = !there;
}

byId('copy').addEventListener('click', () => copy(shown()?.[2] ?? '', 'Copied'));
byId('download').addEventListener('click', () => {
  const [name, type, text] = shown() ?? [];
  if (!name) return;
  const url = URL.createObjectURL(new Blob([text], { type }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
});

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast('The browser does not let this page copy', true);
  }
}

let toastTimer;
function toast(text, bad = false) {
  const element = byId('toast');
  element.textContent = text;
  element.classList.toggle('bad', bad);
  element.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove('shown'), bad ? 8000 : 2500);
}

// --- Examples and links --------------------------------------------------------------------------------------------------

const chooser = byId('example');
chooser.append(h('option', { value: '' }, 'Your own'));
for (const group of new Set(examples.map((example) => example.group))) {
  const options = examples.filter((example) => example.group === group);
  chooser.append(h('optgroup', { label: group }, ...options.map(({ id, title }) => h('option', { value: id }, title))));
}
chooser.addEventListener('change', () => {
  const example = examples.find(({ id }) => id === chooser.value);
  if (example) start(example, true);
});

function start(example, byHand) {
  state.example = example.id;
  chooser.value = example.id;
  put(example.manifests, example.settings);
  if (byHand) history.replaceState(null, '', `#${example.id}`);
}

async function address() {
  const fragment = state.example ?? (await link.write(manifests.text, settings.text));
  const url = new URL(location.href);
  url.hash = fragment;
  return url.href;
}

let rememberTimer;
function remember() {
  clearTimeout(rememberTimer);
  rememberTimer = setTimeout(async () => history.replaceState(null, '', await address()), PAUSE);
}

async function restore() {
  const fragment = location.hash.slice(1);
  const example = examples.find(({ id }) => id === fragment);
  if (example || !fragment) return start(example ?? examples[0], false);
  try {
    const read = await link.read(fragment);
    state.example = null;
    chooser.value = '';
    put(read.manifests, read.settings);
  } catch (error) {
    start(examples[0], false);
    toast(`The link cannot be read: ${error.message}`, true);
  }
}

byId('share').addEventListener('click', async () => {
  const url = await address();
  history.replaceState(null, '', url);
  copy(url, engine.policy ? 'Link copied; it does not carry the policy' : 'Link copied: it carries all of this page');
});
addEventListener('hashchange', restore);

// --- Files ---------------------------------------------------------------------------------------------------------------

/** A larger file is no policy and no manifest. */
const LARGEST_FILE = 64 << 20;

async function take(files) {
  const texts = [];
  for (const file of files) {
    if (file.size > LARGEST_FILE) {
      toast(`${file.name} is larger than ${LARGEST_FILE >> 20} MiB`, true);
    } else if (file.name.endsWith('.wasm') || file.type === 'application/wasm') {
      engine.choose({ name: file.name, bytes: await file.arrayBuffer() });
      look();
    } else {
      texts.push(await file.text());
    }
  }
  if (texts.length) {
    manifests.text = texts.map((text, at) => (at && !text.startsWith('---') ? `---\n${text}` : text)).join('\n');
  }
}

const input = byId('policy-file');
input.addEventListener('change', () => {
  take(input.files);
  input.value = '';
});
byId('policy').addEventListener('click', () => {
  byId('policy-reset').disabled = !engine.policy;
  byId('policy-dialog').showModal();
});
byId('policy-choose').addEventListener('click', () => {
  byId('policy-dialog').close();
  input.click();
});
byId('policy-reset').addEventListener('click', () => {
  byId('policy-dialog').close();
  engine.choose(null);
  look();
});

let inside = 0;
const files = (event) => event.dataTransfer?.types.includes('Files');
addEventListener('dragenter', (event) => files(event) && ((inside += 1), (byId('drop').hidden = false)));
addEventListener('dragleave', (event) => files(event) && (inside -= 1) <= 0 && (byId('drop').hidden = true));
addEventListener('dragover', (event) => files(event) && event.preventDefault());
addEventListener('drop', (event) => {
  if (!files(event)) return;
  event.preventDefault();
  event.stopPropagation();
  inside = 0;
  byId('drop').hidden = true;
  take(event.dataTransfer.files);
}, true);

// --- Keys and dialogs ----------------------------------------------------------------------------------------------------

byId('help').addEventListener('click', () => byId('help-dialog').showModal());
for (const dialog of document.querySelectorAll('dialog')) {
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
}
addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  const { key, altKey, ctrlKey, metaKey, code } = event;
  if (key === 'F8' && !event.defaultPrevented) {
    event.preventDefault();
    if (event.shiftKey) manifests.previous();
    else manifests.next();
  } else if (altKey && !ctrlKey && !metaKey) {
    const tab = /^Digit[1-4]$/.test(code) ? tabs[Number(code.at(-1)) - 1] : null;
    const field = { KeyM: manifests, KeyS: settings }[code];
    if (!tab && !field) return;
    event.preventDefault();
    if (tab) show(tab), tab.focus();
    else field.focus();
  }
});

theme((dark) => {
  state.dark = dark;
  views.colour(dark);
});
tools();
restore();
