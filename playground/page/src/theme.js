// Dark and light: as the system has it, until somebody says otherwise.

import { byId } from './dom.js';

const KEY = 'theme';
const ORDER = ['system', 'light', 'dark'];
const SIGNS = { system: '◐', light: '☀', dark: '☾' };
const NAMES = { system: 'as the system', light: 'light', dark: 'dark' };
const system = matchMedia('(prefers-color-scheme: dark)');

/** Where nothing may be kept, the choice is for this visit. */
const kept = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

const keep = (choice) => {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // It is for this visit.
  }
};

/** Begins; `changed(dark)` is called now and with every change. */
export function theme(changed) {
  const button = byId('theme');
  let choice = ORDER.includes(kept()) ? kept() : 'system';
  const show = () => {
    const dark = choice === 'dark' || (choice === 'system' && system.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    button.textContent = SIGNS[choice];
    button.setAttribute('aria-label', `Colours: ${NAMES[choice]}`);
    button.title = button.getAttribute('aria-label');
    changed(dark);
  };
  button.addEventListener('click', () => {
    choice = ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length];
    keep(choice);
    show();
  });
  system.addEventListener('change', show);
  show();
}
