// The pages about rules, which are Markdown of a plain kind: headings, paragraphs, lists, fenced code, inline code, emphasis.

import { h } from './dom.js';

/** Text, with its inline code and strong words as elements. */
export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.length > 2 && part.startsWith('`')) return h('code', null, part.slice(1, -1));
    if (part.length > 4 && part.startsWith('**')) return h('strong', null, part.slice(2, -2));
    return part;
  });
}

/** The elements of a page; its first heading is left to whoever shows it. */
export function prose(markdown) {
  const elements = [];
  let paragraph = [];
  let list = null;
  let code = null;
  const flush = () => {
    if (paragraph.length) elements.push(h('p', null, ...inline(paragraph.join(' '))));
    paragraph = [];
  };
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) {
      flush();
      if (code) elements.push(h('pre', { tabindex: '0' }, h('code', null, code.join('\n'))));
      code = code ? null : [];
    } else if (code) {
      code.push(line);
    } else if (line.startsWith('# ')) {
      flush();
    } else if (line.startsWith('## ')) {
      flush();
      list = null;
      elements.push(h('h3', null, ...inline(line.slice(3))));
    } else if (line.startsWith('- ')) {
      flush();
      if (!list) elements.push((list = h('ul')));
      list.append(h('li', null, ...inline(line.slice(2))));
    } else if (list && line.startsWith('  ')) {
      list.lastChild.append(' ', ...inline(line.trim()));
    } else if (line.trim() === '') {
      flush();
      list = null;
    } else {
      paragraph.push(line);
    }
  }
  flush();
  return elements;
}
