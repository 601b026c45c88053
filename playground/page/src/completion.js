// Completion of settings, from their JSON Schema: keys where a key may stand, values where a schema names them.

import { autocompletion } from '@codemirror/autocomplete';

/** A key at the beginning of a line: its indentation, itself, and what stands behind it. */
const KEY = /^( *)([\w-]+)(?:: *(.*))?$/;

/** The schema that another one stands for. */
function resolve(root, schema) {
  const name = schema?.$ref?.match(/^#\/\$defs\/(.+)$/)?.[1];
  return name ? { ...root.$defs[name], ...schema } : schema;
}

/** The schema below a path of keys; undefined where the schema says nothing of it. */
function below(root, path) {
  return path.reduce((schema, key) => {
    const inner = resolve(root, schema);
    return inner?.properties?.[key] ?? (typeof inner?.additionalProperties === 'object' ? inner.additionalProperties : undefined);
  }, root);
}

/** The keys around a line, from the outermost: those above it that stand further to the left. */
function around(doc, number, indentation) {
  const path = [];
  for (let at = number - 1, left = indentation; at > 0 && left > 0; at -= 1) {
    const [, blanks, key] = doc.line(at).text.match(KEY) ?? [];
    if (key && blanks.length < left) {
      path.unshift(key);
      left = blanks.length;
    }
  }
  return path;
}

/** The values that a schema names. */
function values(root, schema) {
  const inner = resolve(root, schema) ?? {};
  const own = [...(inner.enum ?? []), ...('const' in inner ? [inner.const] : [])];
  const more = (inner.anyOf ?? []).flatMap((one) => values(root, one));
  return [...own, ...more].filter((value) => typeof value === 'string');
}

const said = (value) => (value === undefined || value === null ? undefined : JSON.stringify(value));

/** What may stand at the cursor: `{from, options}`; null where the schema does not know. */
export function complete(root, doc, number, column, asked) {
  const text = doc.line(number).text.slice(0, column);
  const [, blanks, key, begun] = text.match(KEY) ?? [null, text.match(/^ *$/)?.[0]];
  if (blanks === undefined) return null;
  const path = around(doc, number, blanks.length);
  if (begun !== undefined) {
    const options = values(root, below(root, [...path, key])).map((label) => ({ label, type: 'enum' }));
    return options.length ? { from: column - begun.length, options } : null;
  }
  if (!key && !asked) return null;
  const properties = resolve(root, below(root, path))?.properties ?? {};
  const options = Object.entries(properties).map(([label, schema]) => {
    const inner = resolve(root, schema);
    return { label, type: 'property', detail: said(inner.default), info: inner.description, apply: `${label}: ` };
  });
  return options.length ? { from: column - (key?.length ?? 0), options } : null;
}

/** Completes settings while `wanted()` is true: another policy has other settings. */
export function completion(root, wanted) {
  const source = (context) => {
    if (!wanted()) return null;
    const line = context.state.doc.lineAt(context.pos);
    const found = complete(root, context.state.doc, line.number, context.pos - line.from, context.explicit);
    return found && { from: line.from + found.from, options: found.options, validFor: /^[\w-]*$/ };
  };
  return autocompletion({ override: [source], icons: false });
}
