// Editors of YAML. Each lives in a shadow root of its own, where it may bring its styles under a strict
// Content-Security-Policy. Colours are the page's, by custom properties, so dark and light are not its business.

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, nextDiagnostic, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--code-value)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'var(--code-mark)' },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: 'var(--code-quiet)' },
]);

const wave = (colour) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy ${colour} 1.5px`,
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '4px',
  paddingBottom: '0',
});

const look = EditorView.theme({
  '&': { height: '100%', fontSize: 'var(--code-size)', color: 'var(--code-ink)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', overscrollBehavior: 'contain' },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--faint)', border: 'none', paddingLeft: '6px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter': { backgroundColor: 'var(--line-active)' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '.cm-placeholder': { color: 'var(--faint)', fontStyle: 'italic' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--match)' },
  '.cm-foldGutter .cm-gutterElement': { color: 'var(--faint)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--raised)', color: 'var(--muted)', border: '1px solid var(--edge)' },
  '.cm-lintRange-error': wave('var(--error)'),
  '.cm-lintRange-warning': wave('var(--warning)'),
  '.cm-lintRange-info': wave('var(--note)'),
  '.cm-lintRange-active': { backgroundColor: 'var(--match)' },
  '.cm-gutter-lint': { width: '1.1em' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0.4em 0 0 0.1em' },
  '.cm-lint-marker': { width: '0.6em', height: '0.6em', borderRadius: '50%', content: 'none' },
  '.cm-lint-marker-error': { content: 'none', backgroundColor: 'var(--error)' },
  '.cm-lint-marker-warning': { content: 'none', backgroundColor: 'var(--warning)' },
  '.cm-lint-marker-info': { content: 'none', backgroundColor: 'var(--note)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--edge)', borderRadius: '8px',
    boxShadow: 'var(--shadow)', maxWidth: 'min(34rem, 90vw)', overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'visible' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '13px', maxHeight: '15em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px', lineHeight: '1.5' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '0.75' },
  '.cm-tooltip.cm-completionInfo': { fontFamily: 'var(--sans)', fontSize: '13px', padding: '8px 12px', width: '20rem' },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', fontSize: '13.5px', padding: '8px 12px', borderLeftWidth: '3px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--error)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--note)' },
  '.cm-diagnosticSource': { color: 'var(--muted)', fontSize: '12px', opacity: '1' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--accent)', color: 'var(--on-accent)', borderRadius: '5px', padding: '2px 9px', cursor: 'pointer',
  },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)', borderColor: 'var(--edge)' },
  '.cm-panels input, .cm-panels button': { fontFamily: 'var(--sans)', fontSize: '13px' },
  '.cm-textfield': { backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--edge)', borderRadius: '5px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--edge)', borderRadius: '5px' },
});

/** An editor in an element; `changed` is called with every change by a person, `leave` when somebody goes on by Escape. */
export function editor(host, { label, hint = '', changed, leave, readOnly = false, extensions = [] }) {
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(':host { display: block; } .box { height: 100%; }');
  root.adoptedStyleSheets = [sheet];
  const box = document.createElement('div');
  box.className = 'box';
  root.append(box);
  const writing = [
    history(),
    indentOnInput(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    lintGutter(),
    keymap.of([
      { key: 'Escape', run: () => (leave(), true) },
      { key: 'Shift-F8', run: previousDiagnostic },
      indentWithTab,
      ...historyKeymap,
      ...lintKeymap,
    ]),
    EditorView.updateListener.of((update) => update.docChanged && changed(update)),
  ];
  const reading = [EditorState.readOnly.of(true), EditorView.editable.of(false)];
  const view = new EditorView({
    root,
    parent: box,
    extensions: [
      lineNumbers(),
      foldGutter(),
      drawSelection(),
      bracketMatching(),
      highlightSelectionMatches(),
      search({ top: true }),
      indentUnit.of('  '),
      yaml(),
      syntaxHighlighting(colours),
      look,
      readOnly ? reading : writing,
      hint ? placeholder(hint) : [],
      extensions,
      keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of(readOnly ? { 'aria-label': label, tabindex: '0' } : { 'aria-label': label }),
    ],
  });
  return new Editor(view);
}

const SEVERITIES = { error: 'error', warning: 'warning', note: 'info' };

class Editor {
  constructor(view) {
    this.view = view;
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Puts another text in; where it is the same, nothing happens. */
  set text(text) {
    const { doc } = this.view.state;
    if (doc.toString() === text) return;
    this.view.dispatch({ changes: { from: 0, to: doc.length, insert: text }, selection: { anchor: 0 } });
    this.view.scrollDOM.scrollTop = 0;
  }

  /** Marks what is said: `{from, to, severity, message, help, rule, fix}`. */
  mark(findings) {
    const { doc } = this.view.state;
    const inside = (at) => Math.min(at, doc.length);
    const diagnostics = findings.map(({ from, to, severity, message, help, rule, fix }) => {
      let [start, end] = [inside(from), inside(to)];
      const line = doc.lineAt(start);
      // What is about a whole object stands at its first line; a point gets a character to show itself at.
      end = Math.min(end, line.to);
      if (end <= start) [start, end] = start < line.to ? [start, start + 1] : [Math.max(line.from, start - 1), start];
      return {
        from: start,
        to: end,
        severity: SEVERITIES[severity],
        source: rule,
        message: help ? `${message}\n${help}` : message,
        actions: fix ? [{ name: 'Write it', apply: () => this.edit(fix) }] : [],
      };
    });
    diagnostics.sort((one, other) => one.from - other.from || one.to - other.to);
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Makes a change, `[{from, to, insert}]`. */
  edit(changes) {
    this.view.dispatch({ changes, userEvent: 'input.fix' });
    this.view.focus();
  }

  /** Selects a place and goes there. */
  select(from, to) {
    const end = this.view.state.doc.length;
    const [anchor, head] = [Math.min(from, end), Math.min(to, end)];
    this.view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
    this.view.focus();
  }

  next() {
    this.view.focus();
    nextDiagnostic(this.view);
  }

  previous() {
    this.view.focus();
    previousDiagnostic(this.view);
  }

  focus() {
    this.view.focus();
  }
}
