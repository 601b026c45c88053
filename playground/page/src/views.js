// What stands on the right: verdict, findings, changes, picture.

import { byId, h } from './dom.js';
import { inline } from './prose.js';

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** The verdict on the page: its state, title and text. */
export function verdict(state, title, text) {
  const box = byId('verdict');
  const show = (element, words) => element.textContent !== words && (element.textContent = words);
  if (box.dataset.state !== state) box.dataset.state = state;
  show(byId('verdict-title'), title);
  show(byId('verdict-text'), text);
}

/** The verdict of an answer. */
export function judge({ settings, counts, findings }) {
  if (settings.length) {
    return verdict('settings', 'The settings are not valid', `${settings[0].message}${settings.length > 1 ? `, and ${plural(settings.length - 1, 'more problem')}` : ''}. Nobody is asked until they are.`);
  }
  const { objects, errors, warnings, notes, gains, touched, failed, suppressed, skipped } = counts;
  const about = [plural(objects, 'object')];
  if (gains) about.push(`${plural(gains, 'workload gets', 'workloads get')} a wait container`);
  else if (touched) about.push(`${plural(touched, 'object is', 'objects are')} changed`);
  if (suppressed) about.push(`${plural(suppressed, 'finding')} suppressed`);
  if (skipped) about.push(`${plural(skipped, 'document')} skipped`);
  const text = `${about.join(', ')}.`;
  if (!objects && !failed) return verdict('empty', 'No Kubernetes object yet', 'Write a manifest on the left, or start from an example.');
  if (failed && findings.every((finding) => finding.severity !== 'error' || ['unreadable', 'not-evaluated'].includes(finding.rule))) {
    return verdict('refused', 'Not all could be looked at', text);
  }
  if (errors) return verdict('refused', `Refused: ${plural(errors, 'error')}`, `${warnings ? `${plural(warnings, 'warning')} as well. ` : ''}${text}`);
  if (warnings) return verdict('warned', `Accepted, with ${plural(warnings, 'warning')}`, text);
  return verdict('accepted', notes ? `Accepted, with ${plural(notes, 'note')}` : 'Accepted', text);
}

/** The list of findings; `go(finding)` selects its place, `fix(finding)` makes its change, `explain(rule)` tells more. */
export function findings(answer, { go, fix, explain }) {
  const list = byId('findings');
  const number = answer.findings.length + answer.settings.length;
  const count = byId('count');
  count.hidden = number === 0;
  count.textContent = number;
  count.dataset.severity = answer.settings.length ? 'error' : (['error', 'warning', 'note'].find((severity) => answer.findings.some((finding) => finding.severity === severity)) ?? '');
  const said = answer.findings.map((finding) => one(finding, { go, fix, explain }));
  const wrong = answer.settings.map((complaint) =>
    h('li', { class: 'finding error' },
      h('button', { type: 'button', class: 'place', onclick: () => go(complaint, true) },
        h('span', { class: 'what' }, ...inline(complaint.message)),
        h('span', { class: 'where' }, h('span', { class: 'severity' }, 'error'), ' in the settings'))));
  const none = h('li', { class: 'empty' }, h('span', { class: 'empty-sign', 'aria-hidden': 'true' }, '✓'), 'Nothing to say. The changes stand in the next tab.');
  list.replaceChildren(...(number ? [...wrong, ...said] : [none]));
}

function one(finding, { go, fix, explain }) {
  const { severity, message, help, line, column, object, rule, source } = finding;
  return h('li', { class: `finding ${severity}` },
    h('button', { type: 'button', class: 'place', onclick: () => go(finding), title: 'Go to the place' },
      h('span', { class: 'what' }, ...inline(message)),
      help ? h('span', { class: 'help' }, ...inline(help)) : null,
      h('span', { class: 'where' },
        h('span', { class: 'severity' }, severity), ` line ${line}, column ${column}`,
        object ? h('span', null, ` · ${object}`) : null,
        source ? h('span', null, ` · ${source}`) : null)),
    h('span', { class: 'more' },
      finding.explained
        ? h('button', { type: 'button', class: 'rule', 'aria-haspopup': 'dialog', title: 'What this rule means', onclick: () => explain(rule) }, rule)
        : h('code', { class: 'rule' }, rule),
      finding.fix ? h('button', { type: 'button', class: 'fix', title: 'What the policy would write', onclick: () => fix(finding) }, 'Write it') : null));
}

/** A unified diff. */
export function changes(diff, why) {
  const panel = byId('panel-changes');
  if (!diff) return panel.replaceChildren(h('p', { class: 'empty' }, why || 'Nothing would be changed.'));
  const kind = (line) => ({ '+': 'added', '-': 'removed', '@': 'hunk' })[line[0]] ?? 'same';
  const lines = diff.split('\n').slice(2);
  if (lines.at(-1) === '') lines.pop();
  panel.replaceChildren(
    h('pre', { class: 'diff' }, h('code', null, ...lines.map((line) => h('span', { class: kind(line) }, `${line}\n`)))));
}

/** The rules of the picture's style that are for dark pages. */
let forDark = [];

/** The dependency graph. It brings a style of its own, so it gets a shadow root, and follows the page in dark and light. */
export function picture(svg, words, notes, dark) {
  const panel = byId('panel-graph');
  const said = notes.map((note) => h('p', { class: 'empty' }, ...inline(note)));
  if (!words) return panel.replaceChildren(h('p', { class: 'empty' }, 'Nobody waits for anybody yet.'), ...said);
  const told = h('details', { open: !svg }, h('summary', null, 'In words'), h('pre', { class: 'words', tabindex: '0' }, words));
  if (!svg) return panel.replaceChildren(...said, told);
  const style = svg.match(/<style>([\s\S]*?)<\/style>/)?.[1] ?? '';
  const parsed = new DOMParser().parseFromString(svg.replace(/<style>[\s\S]*?<\/style>/, ''), 'image/svg+xml');
  const host = h('div', { class: 'picture' });
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${style}\n:host { display: block; } svg { display: block; max-width: 100%; height: auto; margin: auto; } .ww-page { fill: none; }`);
  root.adoptedStyleSheets = [sheet];
  root.append(document.importNode(parsed.documentElement, true));
  forDark = [...sheet.cssRules].filter((rule) => rule instanceof CSSMediaRule && /prefers-color-scheme:\s*dark/.test(rule.conditionText));
  panel.replaceChildren(host, ...said, told);
  colour(dark);
}

/** Tells the picture whether the page is dark: its style asks the system, which the page may have been told to overrule. */
export function colour(dark) {
  for (const rule of forDark) rule.media.mediaText = dark ? 'all' : 'not all';
}
