// Elements, made in one expression. Text is always text: nothing on this page is parsed as HTML.

/** The element of that id. */
export const byId = (id) => document.getElementById(id);

/**
 * A new element. Of its properties, functions named `on…` listen, `class` is its class, and the rest are attributes; one
 * that is null, undefined or false is left out.
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
